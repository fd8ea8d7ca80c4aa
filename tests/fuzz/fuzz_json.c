/*
 * The control socket's input, from bytes to JSON values: lines do not depend on the cuts, and what
 * is accepted as JSON means the same when it is written and read again.
 *
 * Input: one byte for the cuts, one for the longest line, then the stream.
 */
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "fuzz.h"
#include "wire/json.h"
#include "wire/line.h"

static void check_values(const struct cJSON *json)
{
	for (const struct cJSON *e = json_first(json); e; e = json_next(e)) {
		const char *s;
		size_t n;
		int64_t number;
		int id;

		if (json_string(e, "it", &s, &n, NULL) == 0)
			CHECK(strlen(s) == n && parse_utf8(s, n));
		if (json_int(e, "it", -JSON_INT_MAX, JSON_INT_MAX, &number, NULL) == 0)
			CHECK(json_is_number(e) && number <= JSON_INT_MAX &&
			      number >= -JSON_INT_MAX);
		if (json_id(e, "id", &id, NULL) == 0)
			CHECK(id != NODE_CONTROLLER && json_is_number(e));
		if (json_is_object(json))
			CHECK(json_name(e) && json_member(json, json_name(e)));
		check_values(e);
	}
}

/* The text after reading and writing it once more. Owned by the caller. */
static char *again(const char *text)
{
	struct cJSON *json = json_parse(text, strlen(text), JSON_REQUEST_VALUES, NULL, NULL);
	char *written;

	CHECK(json);
	written = json_text(json);
	json_free(json);
	return written;
}

static void check_line(const char *line, size_t n)
{
	/* A copy without a NUL, so that a sanitizer finds reads past it. */
	cleanup_free char *text = mem_try(n ? n : 1);
	struct json_scan scan;
	struct error err = {0};
	struct cJSON *json;

	if (n)
		memcpy(text, line, n);
	json = json_parse(text, n, JSON_REQUEST_VALUES, &scan, &err);
	CHECK(!scan.id || (scan.id >= text && scan.id + scan.id_size <= text + n));
	if (!json) {
		CHECK(err.code == ERR_PARSE || err.code == ERR_PARAMS || err.code == ERR_LIMIT);
		CHECK(err.text[0] && !strchr(err.text, '\n'));
		return;
	}
	CHECK(parse_utf8(text, n) && scan.values <= JSON_REQUEST_VALUES);
	check_values(json);
	cleanup_free char *first = json_text(json);
	json_free(json);
	CHECK(!strchr(first, '\n'));
	cleanup_free char *second = again(first);
	/* A number may become an integer: -0e1 is written as -0. After that nothing changes. */
	cleanup_free char *third = again(second);
	CHECK(strcmp(second, third) == 0);
	if (!strpbrk(first, ".e-"))
		CHECK(strcmp(first, second) == 0);
}

/* Reads the stream and records each line: "LENGTH:BYTES", "!" for one that is too long. */
static void read_lines(const char *bytes, size_t size, size_t max, struct cuts *cuts,
                       struct buffer *said)
{
	struct line_reader reader = {.max = max};
	char *line;
	size_t n;
	int rc = 0;

	while (size && rc >= 0) {
		size_t part = cuts ? cuts_next(cuts, size) : size;
		memcpy(line_reserve(&reader, part), bytes, part);
		line_claim(&reader, part);
		bytes += part;
		size -= part;
		while ((rc = line_next(&reader, &line, &n)) > 0) {
			buffer_format(said, "%zu:", n);
			buffer_add(said, line, n);
			if (!cuts)
				check_line(line, n);
		}
	}
	if (rc < 0) {
		buffer_format(said, "!");
	} else if (line_rest(&reader, &line, &n)) {
		buffer_format(said, "rest %zu:", n);
		buffer_add(said, line, n);
	}
	line_free(&reader);
}

/* The same with the whole stream at once. */
static void split_lines(const char *bytes, size_t size, size_t max, struct buffer *said)
{
	while (size) {
		const char *lf = memchr(bytes, '\n', size);
		size_t length = lf ? (size_t)(lf - bytes) : size;
		size_t n = length && bytes[length - 1] == '\r' ? length - 1 : length;

		if (length >= max) {
			buffer_format(said, "!");
			return;
		}
		buffer_format(said, lf ? "%zu:" : "rest %zu:", n);
		buffer_add(said, bytes, n);
		size -= lf ? length + 1 : length;
		bytes += lf ? length + 1 : length;
	}
}

static void check_same(const struct buffer *a, const struct buffer *b)
{
	CHECK(buffer_size(a) == buffer_size(b));
	CHECK(!buffer_size(a) || memcmp(buffer_bytes(a), buffer_bytes(b), buffer_size(a)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer expected = {0};
	struct buffer whole = {0};
	struct buffer cut = {0};
	struct cuts cuts;
	size_t max;

	if (size < 3)
		return 0;
	cuts = cuts_open(data[0], size);
	max = data[1] ? (size_t)16 * data[1] : 65536;
	split_lines((const char *)data + 2, size - 2, max, &expected);
	read_lines((const char *)data + 2, size - 2, max, NULL, &whole);
	read_lines((const char *)data + 2, size - 2, max, &cuts, &cut);
	check_same(&expected, &whole);
	check_same(&expected, &cut);
	buffer_free(&expected);
	buffer_free(&whole);
	buffer_free(&cut);
	return 0;
}
