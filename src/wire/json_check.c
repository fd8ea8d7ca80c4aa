/*
 * The pass over a text before cJSON sees it: RFC 8259 by recursive descent, as deep as JSON_DEPTH.
 * It records the place of the request's id and the inexact numbers, nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "wire/json.h"

/* cJSON reads a number through a buffer of 64 bytes and leaves what does not fit (cJSON.c,
 * parse_number). */
#define NUMBER_SIZE 60

struct checker {
	const char *start;
	const char *at;
	const char *end;
	size_t depth;
	size_t most; /* values */
	size_t numbers;
	size_t room; /* of scan->inexact */
	struct json_scan *scan;
	struct error refused; /* why valid JSON is refused: the first reason */
	struct error *err;
};

static int check_value(struct checker *c);

static int broken(struct checker *c, const char *why)
{
	return error_set(c->err, ERR_PARSE, "not JSON at byte %zu: %s", (size_t)(c->at - c->start),
	                 why);
}

static void json_check_refuse(struct checker *c, enum error_code code, const char *why)
{
	if (c->refused.code == ERR_NONE)
		error_set(&c->refused, code, "%s at byte %zu", why, (size_t)(c->at - c->start));
}

static inline void skip_blanks(struct checker *c)
{
	while (c->at < c->end && json_is_blank(*c->at))
		c->at++;
}

/* Takes the next byte if it is this one. */
static bool json_check_take(struct checker *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* Four hexadecimal digits at p, or -1. */
static int hex4(const char *p, const char *end)
{
	int value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = p[i] >= '0' && p[i] <= '9'   ? p[i] - '0'
		            : p[i] >= 'a' && p[i] <= 'f' ? p[i] - 'a' + 10
		            : p[i] >= 'A' && p[i] <= 'F' ? p[i] - 'A' + 10
		                                         : -1;
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* Behind "\u". A character beyond U+FFFF is a pair of them, high and low (RFC 8259, section 7). */
static int check_unicode(struct checker *c)
{
	int unit = hex4(c->at, c->end);

	if (unit < 0)
		return broken(c, "\\u takes four hexadecimal digits");
	if (unit == 0)
		json_check_refuse(c, ERR_PARAMS, "\\u0000 in a string");
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return broken(c, "half a surrogate pair");
	c->at += 4;
	if (unit < 0xd800 || unit > 0xdfff)
		return 0;
	if (c->end - c->at < 6 || c->at[0] != '\\' || c->at[1] != 'u')
		return broken(c, "half a surrogate pair");
	unit = hex4(c->at + 2, c->end);
	if (unit < 0xdc00 || unit > 0xdfff)
		return broken(c, "half a surrogate pair");
	c->at += 6;
	return 0;
}

static int check_escape(struct checker *c)
{
	if (c->at == c->end)
		return broken(c, "a string without an end");
	if (json_check_take(c, 'u'))
		return check_unicode(c);
	if (!memchr("\"\\/bfnrt", *c->at, 8))
		return broken(c, "no such escape");
	c->at++;
	return 0;
}

static int json_check_string(struct checker *c)
{
	const char *at = c->at;
	const char *end = c->end;

	if (at == end || *at != '"')
		return broken(c, "a string is expected");
	for (at++; at < end && *at != '"'; at++) {
		if ((unsigned char)*at >= 0x20 && *at != '\\')
			continue;
		c->at = at;
		if ((unsigned char)*at < 0x20)
			return broken(c, "a control byte in a string");
		c->at++;
		if (check_escape(c))
			return -1;
		at = c->at - 1;
	}
	c->at = at;
	return json_check_take(c, '"') ? 0 : broken(c, "a string without an end");
}

static size_t take_digits(struct checker *c)
{
	const char *from = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return (size_t)(c->at - from);
}

/* A number that a double does not hold exactly must not look as if it were an integer. */
static void note_inexact(struct checker *c, bool whole)
{
	struct json_scan *scan = c->scan;

	if (scan->inexact_count == c->room) {
		c->room = c->room ? 2 * c->room : 16;
		scan->inexact = mem_resize(scan->inexact, c->room * sizeof *scan->inexact);
	}
	scan->inexact[scan->inexact_count++] = (struct json_inexact){c->numbers, whole};
}

/* Passes over a number: gives the end of its integer part, and in *whole whether it has no exponent
 * and no fraction but zeros. NULL: it is no number. */
static const char *take_number(struct checker *c, bool *whole)
{
	const char *point;

	*whole = true;
	json_check_take(c, '-');
	if (!json_check_take(c, '0') && !take_digits(c)) {
		broken(c, "a value is expected");
		return NULL;
	}
	point = c->at;
	if (json_check_take(c, '.') && !take_digits(c)) {
		broken(c, "a digit is expected");
		return NULL;
	}
	for (const char *p = point + 1; p < c->at; p++)
		*whole = *whole && *p == '0';
	if (!json_check_take(c, 'e') && !json_check_take(c, 'E'))
		return point;
	*whole = false;
	if (!json_check_take(c, '-'))
		json_check_take(c, '+');
	if (!take_digits(c)) {
		broken(c, "a digit is expected");
		return NULL;
	}
	return point;
}

static int check_number(struct checker *c)
{
	const char *from = c->at;
	bool whole;
	const char *point = take_number(c, &whole);
	int64_t value;

	if (!point)
		return -1;
	if (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		return broken(c, "a number with a leading zero");
	if (c->at - from > NUMBER_SIZE)
		return broken(c, "a number of more than 60 characters");
	whole = whole && parse_int64(from, (size_t)(point - from), &value) == 0 &&
	        value >= -JSON_INT_MAX && value <= JSON_INT_MAX;
	if (c->at != point || !whole)
		note_inexact(c, whole);
	c->numbers++;
	return 0;
}

static int json_check_word(struct checker *c, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
		return broken(c, "a value is expected");
	c->at += n;
	return 0;
}

static int check_array(struct checker *c)
{
	c->at++;
	skip_blanks(c);
	if (json_check_take(c, ']'))
		return 0;
	do {
		if (check_value(c))
			return -1;
		skip_blanks(c);
	} while (json_check_take(c, ','));
	return json_check_take(c, ']') ? 0 : broken(c, "',' or ']' is expected");
}

static int check_member(struct checker *c)
{
	const char *name = c->at;
	const char *value;
	bool is_id;

	skip_blanks(c);
	name = c->at;
	if (json_check_string(c))
		return -1;
	is_id =
	    c->depth == 1 && !c->scan->id && c->at - name == 4 && memcmp(name, "\"id\"", 4) == 0;
	skip_blanks(c);
	if (!json_check_take(c, ':'))
		return broken(c, "':' is expected");
	skip_blanks(c);
	value = c->at;
	if (check_value(c))
		return -1;
	if (is_id) {
		c->scan->id = value;
		c->scan->id_size = (size_t)(c->at - value);
	}
	return 0;
}

static int check_object(struct checker *c)
{
	c->at++;
	skip_blanks(c);
	if (json_check_take(c, '}'))
		return 0;
	do {
		if (check_member(c))
			return -1;
		skip_blanks(c);
	} while (json_check_take(c, ','));
	return json_check_take(c, '}') ? 0 : broken(c, "',' or '}' is expected");
}

static int check_nested(struct checker *c, int (*check)(struct checker *c))
{
	int r;

	if (c->depth == JSON_DEPTH)
		return error_set(c->err, ERR_PARSE, "nested deeper than %d at byte %zu", JSON_DEPTH,
		                 (size_t)(c->at - c->start));
	c->depth++;
	r = check(c);
	c->depth--;
	return r;
}

static int check_value(struct checker *c)
{
	skip_blanks(c);
	if (c->scan->values++ == c->most && c->refused.code == ERR_NONE)
		error_set(&c->refused, ERR_LIMIT, "more than %zu values in one line", c->most);
	if (c->at == c->end)
		return broken(c, "a value is expected");
	switch (*c->at) {
	case '{':
		return check_nested(c, check_object);
	case '[':
		return check_nested(c, check_array);
	case '"':
		return json_check_string(c);
	case 't':
		return json_check_word(c, "true");
	case 'f':
		return json_check_word(c, "false");
	case 'n':
		return json_check_word(c, "null");
	default:
		return check_number(c);
	}
}

static int check_whole(struct checker *c)
{
	*c->scan = (struct json_scan){0};
	if (!parse_utf8(c->start, (size_t)(c->end - c->start)))
		return error_set(c->err, ERR_PARSE, "not valid UTF-8");
	if (check_value(c))
		return -1;
	skip_blanks(c);
	if (c->at != c->end)
		return broken(c, "something behind the value");
	if (c->refused.code == ERR_NONE)
		return 0;
	if (c->err)
		*c->err = c->refused;
	return -1;
}

int json_check(const char *text, size_t n, size_t values, struct json_scan *scan, struct error *err)
{
	struct checker c = {
	    .start = text, .at = text, .end = text + n, .most = values, .scan = scan, .err = err};

	return check_whole(&c);
}

bool json_fits(const char *text, size_t n, size_t around)
{
	struct json_scan scan = {0};
	struct checker c = {.start = text,
	                    .at = text,
	                    .end = text + n,
	                    .depth = around,
	                    .most = JSON_REQUEST_VALUES,
	                    .scan = &scan};
	bool good = !memchr(text, '\n', n) && !memchr(text, '\r', n) && check_whole(&c) == 0;

	free(scan.inexact);
	return good;
}
