/*
 * The services with any bytes: the answer does not depend on the cuts, an error is one short line,
 * and sum and search agree with a simple oracle.
 *
 * Input: one byte for the service, one for the cuts, then requests, each ended by a byte 0xff. One
 * node serves them whole and another one cut.
 */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "fuzz.h"
#include "service/service.h"

#define SERVICES 4

/* Two complete arguments and nothing else. */
struct pair {
	const char *text;
	size_t text_size;
	const char *pattern;
	size_t pattern_size;
};

static struct dtree_result run(const struct dtree_service *service, void *state, const char *bytes,
                               size_t n, struct cuts *cuts)
{
	struct dtree_result result = {0};
	void *request = service->open(state);
	int rc = 0;

	CHECK(request);
	while (rc == 0 && n) {
		size_t part = cuts ? cuts_next(cuts, n) : n;
		/* A copy, so that a sanitizer finds reads past the part. */
		cleanup_free char *copy = mem_try(part);
		memcpy(copy, bytes, part);
		rc = service->feed(request, copy, part);
		bytes += part;
		n -= part;
	}
	service->finish(request, &result);
	service->close(request);
	CHECK(rc == 0 || !result.ok);
	CHECK(result.ok || result.text);
	if (result.text)
		CHECK(parse_utf8(result.text, result.size));
	if (!result.ok)
		CHECK(result.size && result.size < 512 && !memchr(result.text, '\n', result.size));
	return result;
}

/* The exact sum as text, or NULL for input that must be refused. */
static char *oracle_sum(const char *bytes, size_t n)
{
	__int128 total = 0;
	int64_t count = -1;
	int64_t got = 0;

	while (n) {
		const char *nul = memchr(bytes, '\0', n);
		int64_t value;

		if (!nul || parse_int64(bytes, (size_t)(nul - bytes), &value))
			return NULL;
		if (count < 0 && (value < 1 || value > 1000000000))
			return NULL;
		if (count < 0) {
			count = value;
		} else {
			total += value;
			got++;
		}
		n -= (size_t)(nul - bytes) + 1;
		bytes = nul + 1;
	}
	if (count < 0 || got != count || total > INT64_MAX || total < INT64_MIN)
		return NULL;
	return mem_format("%" PRId64, (int64_t)total);
}

static int read_pair(const char *bytes, size_t n, struct pair *pair)
{
	const char *first = n ? memchr(bytes, '\0', n) : NULL;
	const char *second =
	    first ? memchr(first + 1, '\0', n - (size_t)(first + 1 - bytes)) : NULL;

	if (!second || second + 1 != bytes + n)
		return -1;
	*pair =
	    (struct pair){bytes, (size_t)(first - bytes), first + 1, (size_t)(second - first - 1)};
	return pair->pattern_size ? 0 : -1;
}

static char *oracle_search(const char *bytes, size_t n)
{
	struct buffer out = {0};
	struct pair p;

	if (read_pair(bytes, n, &p))
		return NULL;
	for (size_t i = 0; i + p.pattern_size <= p.text_size; i++)
		if (memcmp(p.text + i, p.pattern, p.pattern_size) == 0)
			buffer_format(&out, "%s%zu", buffer_size(&out) ? ";" : "", i);
	if (!buffer_size(&out))
		buffer_add_string(&out, "-1");
	buffer_add(&out, "", 1);
	return out.data;
}

static void check_oracle(char *wanted, const struct dtree_result *result)
{
	CHECK(result->ok == (wanted != NULL));
	if (wanted)
		CHECK(result->size == strlen(wanted) &&
		      memcmp(result->text, wanted, result->size) == 0);
	free(wanted);
}

static void check_equal(const struct dtree_result *a, const struct dtree_result *b)
{
	CHECK(a->ok == b->ok && !a->text == !b->text);
	if (a->text)
		CHECK(a->size == b->size && memcmp(a->text, b->text, a->size) == 0);
}

static void check_request(const struct dtree_service *service, void *const states[2],
                          const char *bytes, size_t n, struct cuts *cuts)
{
	struct dtree_result whole = run(service, states[0], bytes, n, NULL);
	struct dtree_result cut = run(service, states[1], bytes, n, cuts);
	int64_t ms;

	if (strcmp(service->name, "sum") == 0)
		check_oracle(oracle_sum(bytes, n), &whole);
	if (strcmp(service->name, "search") == 0)
		check_oracle(oracle_search(bytes, n), &whole);
	if (strcmp(service->name, "timer") == 0 && whole.ok && whole.text)
		/* Two clocks differ. */
		CHECK(cut.ok && parse_int64(whole.text, whole.size, &ms) == 0 &&
		      parse_int64(cut.text, cut.size, &ms) == 0);
	else
		check_equal(&whole, &cut);
	free(whole.text);
	free(cut.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct dtree_service *service;
	struct cuts cuts;
	void *states[2];

	if (size < 2)
		return 0;
	service = service_at(data[0] % SERVICES);
	cuts = cuts_open(data[1], size);
	states[0] = service->create(&(struct dtree_node){.id = 1}, NULL);
	states[1] = service->create(&(struct dtree_node){.id = 2}, NULL);
	data += 2;
	size -= 2;
	while (size) {
		const uint8_t *end = memchr(data, 0xff, size);
		size_t n = end ? (size_t)(end - data) : size;

		check_request(service, states, (const char *)data, n, &cuts);
		n += end ? 1 : 0;
		data += n;
		size -= n;
	}
	service->destroy(states[0]);
	service->destroy(states[1]);
	return 0;
}
