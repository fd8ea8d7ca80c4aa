/*
 * search: every position of a pattern in a text, in linear time (Knuth, Morris, Pratt: "Fast
 * pattern matching in strings", SIAM J. Comput. 6(2), 1977). Invariant: a request holds at most
 * TEXT_MOST bytes of text, as many of the pattern, four times the pattern for its table, and
 * DTREE_RESULT_MAX of result; each is allocated as far as it is needed, and a request without
 * memory is refused.
 */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "service/args.h"
#include "service/rows.h"

/* Positions below this have POSITION_DIGITS digits at most. */
#define TEXT_MOST       ((size_t)64 * 1024 * 1024)
#define POSITION_DIGITS 8
/* The first allocation for a result, in bytes. */
#define ROOM_FIRST ((size_t)256)

struct request {
	struct args args;
};

/* "0;7;9", growing. */
struct positions {
	char *text; /* owned */
	size_t size;
	size_t room;
};

static int positions_grow(struct positions *at, struct error *err)
{
	size_t room = at->room ? 2 * at->room : ROOM_FIRST;
	char *text;

	if (at->room == DTREE_RESULT_MAX)
		return error_set(err, ERR_SERVICE, "the result is longer than %zu bytes",
		                 DTREE_RESULT_MAX);
	if (room > DTREE_RESULT_MAX)
		room = DTREE_RESULT_MAX;
	text = mem_try_resize(at->text, room);
	if (!text)
		return error_set(err, ERR_SERVICE, "no memory for a result of %zu bytes", room);
	at->text = text;
	at->room = room;
	return 0;
}

/* Not by snprintf(), as a result may have millions of positions. */
static int positions_add(struct positions *at, size_t position, struct error *err)
{
	char digits[POSITION_DIGITS + 1];
	uint32_t rest = (uint32_t)position;
	size_t first = sizeof digits;

	do {
		digits[--first] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (at->size)
		digits[--first] = ';';
	while (at->room - at->size < sizeof digits - first)
		if (positions_grow(at, err))
			return -1;
	memcpy(at->text + at->size, digits + first, sizeof digits - first);
	at->size += sizeof digits - first;
	return 0;
}

/* border[i]: the length of the longest proper prefix of pattern[0..i] that also ends it. */
static uint32_t *border_table(const char *pattern, size_t n, struct error *err)
{
	uint32_t *border = mem_try(n * sizeof *border);
	uint32_t k = 0;

	if (!border) {
		error_set(err, ERR_SERVICE, "no memory for a pattern of %zu bytes", n);
		return NULL;
	}
	border[0] = 0;
	for (size_t i = 1; i < n; i++) {
		while (k && pattern[k] != pattern[i])
			k = border[k - 1];
		k += pattern[k] == pattern[i];
		border[i] = k;
	}
	return border;
}

static int find_all(const struct arg *text, const struct arg *pattern, struct positions *at,
                    struct error *err)
{
	cleanup_free uint32_t *border = border_table(pattern->bytes, pattern->size, err);
	const char *t = text->bytes;
	const char *p = pattern->bytes;
	size_t k = 0; /* bytes of the pattern that end at t[i] */

	if (!border)
		return -1;
	for (size_t i = 0; i < text->size; i++) {
		if (!k) {
			const char *next = memchr(t + i, p[0], text->size - i);
			if (!next)
				break;
			i = (size_t)(next - t);
		}
		while (k && p[k] != t[i])
			k = border[k - 1];
		k += p[k] == t[i];
		if (k < pattern->size)
			continue;
		if (positions_add(at, i + 1 - k, err))
			return -1;
		k = border[k - 1];
	}
	return 0;
}

static void give_positions(struct positions *at, struct dtree_result *result)
{
	char *fitting;

	if (!at->size) {
		result_give_copy(result, "-1");
		return;
	}
	fitting = mem_try_resize(at->text, at->size);
	result_give(result, fitting ? fitting : at->text, at->size);
	at->text = NULL;
}

static void *search_create(const struct dtree_node *node, char **why)
{
	(void)node;
	(void)why;
	return mem_new(1);
}

static void *search_open(void *state)
{
	struct request *r = mem_new(sizeof *r);

	(void)state;
	r->args = (struct args){
	    .expected = "TEXT and PATTERN",
	    .least = 2,
	    .count = 2,
	    .arg = {{.what = "text", .most = TEXT_MOST}, {.what = "pattern", .drop = true}},
	};
	return r;
}

static int search_feed(void *request, const char *bytes, size_t n)
{
	struct request *r = request;

	while (n) {
		size_t taken = args_take(&r->args, bytes, n);
		if (!taken)
			return -1;
		/* A pattern longer than the text cannot match: its other bytes are dropped. */
		r->args.arg[1].most = r->args.arg[0].size;
		bytes += taken;
		n -= taken;
	}
	return 0;
}

static void search_finish(void *request, struct dtree_result *result)
{
	struct request *r = request;
	const struct arg *text = &r->args.arg[0];
	const struct arg *pattern = &r->args.arg[1];
	struct error *err = &r->args.err;
	struct positions at = {0};
	int rc = args_end(&r->args);

	if (rc == 0 && pattern->size == 0)
		rc = error_set(err, ERR_SERVICE, "the pattern is empty");
	if (rc == 0 && pattern->size <= text->size)
		rc = find_all(text, pattern, &at, err);
	if (rc)
		result_refuse(result, err);
	else
		give_positions(&at, result);
	free(at.text);
}

static void search_close(void *request)
{
	struct request *r = request;

	args_free(&r->args);
	free(r);
}

const struct dtree_service service_search = {
    .abi = DTREE_SERVICE_ABI,
    .name = "search",
    .summary = "the 0-based byte positions of every match, overlapping ones too",
    .usage = "TEXT PATTERN",
    .create = search_create,
    .destroy = free,
    .open = search_open,
    .feed = search_feed,
    .finish = search_finish,
    .close = search_close,
};
