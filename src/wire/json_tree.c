/*
 * Owns what it has made until it gives it away. Invariant: the text is JSON, and nothing is looked
 * at twice to see whether it is.
 */
#include "wire/json_tree.h"

#include <stdint.h>
#include <string.h>

/* An integer of so many digits is exact in a double, and fits into an int64_t. */
#define DIGITS_EXACT 15

struct json_reader {
	const char *at;
	const char *end;
	const struct json_scan *scan;
	size_t numbers; /* passed so far */
	size_t inexact; /* of them, in scan->inexact */
};

/* A string of the text, without its quotes. */
struct json_span {
	const char *at;
	size_t size;
	bool escaped;
};

static cJSON *json_tree_value(struct json_reader *r, const struct json_span *name);

/* The next byte that is no blank. */
static inline char json_tree_byte(struct json_reader *r)
{
	while (json_is_blank(*r->at))
		r->at++;
	return *r->at;
}

static struct json_span json_tree_span(struct json_reader *r)
{
	const char *from = r->at + 1;
	const char *at = from;
	bool escaped = false;

	for (; *at != '"'; at++)
		if (*at == '\\') {
			escaped = true;
			at++;
		}
	r->at = at + 1;
	return (struct json_span){.at = from, .size = (size_t)(at - from), .escaped = escaped};
}

static uint32_t json_tree_hex4(const char *p)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
		value =
		    value << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
	return value;
}

static char *json_tree_put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

/* What follows a backslash, at *from, which goes behind it. */
static char *json_tree_put_escaped(char *to, const char **from)
{
	static const char letters[][2] = {
	    {'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}};
	char letter = *(*from)++;
	uint32_t c;

	for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
		if (letters[i][0] == letter)
			letter = letters[i][1];
	if (letter != 'u') {
		*to++ = letter;
		return to;
	}
	c = json_tree_hex4(*from);
	*from += 4;
	if (c >= 0xd800 && c < 0xdc00) {
		c = 0x10000 + ((c - 0xd800) << 10) + (json_tree_hex4(*from + 2) - 0xdc00);
		*from += 6;
	}
	return json_tree_put_utf8(to, c);
}

/* Writes the string, with a NUL behind it: gives what is behind that. It is never longer than it is
 * in the text. */
static char *json_tree_put_span(char *to, const struct json_span *s)
{
	const char *from = s->at;
	const char *end = from + s->size;

	if (!s->escaped) {
		memcpy(to, from, s->size);
		to += s->size;
	} else {
		while (from < end)
			if (*from != '\\') {
				*to++ = *from++;
			} else {
				from++;
				to = json_tree_put_escaped(to, &from);
			}
	}
	*to++ = '\0';
	return to;
}

/* One piece: the node, its name, its string. Of these cJSON_Delete() frees the first only, as the
 * bits say. */
static cJSON *json_tree_node(int type, const struct json_span *name, const struct json_span *string)
{
	cJSON *node = cJSON_malloc(sizeof *node + (name ? name->size + 1 : 0) +
	                           (string ? string->size + 1 : 0));
	char *behind = (char *)(node + 1);

	if (!node)
		return NULL;
	*node = (cJSON){.type = type};
	if (name) {
		node->type |= cJSON_StringIsConst;
		node->string = behind;
		behind = json_tree_put_span(behind, name);
	}
	if (string) {
		node->type |= cJSON_IsReference;
		node->valuestring = behind;
		json_tree_put_span(behind, string);
	}
	return node;
}

/* Is it an integer that needs no more than DIGITS_EXACT digits? Goes behind it then. */
static bool json_tree_integer(struct json_reader *r, double *value)
{
	const char *at = r->at;
	const bool negative = *at == '-';
	const char *digits = at += negative;
	int64_t v = 0;

	while (at < r->end && *at >= '0' && *at <= '9' && at - digits <= DIGITS_EXACT)
		v = v * 10 + (*at++ - '0');
	if (at - digits > DIGITS_EXACT || (at < r->end && (*at == '.' || *at == 'e' || *at == 'E')))
		return false;
	r->at = at;
	*value = negative ? -(double)v : (double)v;
	return true;
}

/* Any other: cJSON reads it whatever the locale is. */
static bool json_tree_real(struct json_reader *r, double *value)
{
	cJSON *number = cJSON_ParseWithLengthOpts(r->at, (size_t)(r->end - r->at), &r->at, false);

	if (number)
		*value = number->valuedouble;
	cJSON_Delete(number);
	return number;
}

static cJSON *json_tree_number(struct json_reader *r, const struct json_span *name)
{
	const struct json_scan *scan = r->scan;
	cJSON *node = json_tree_node(cJSON_Number, name, NULL);

	if (!node)
		return NULL;
	if (!json_tree_integer(r, &node->valuedouble) && !json_tree_real(r, &node->valuedouble)) {
		cJSON_Delete(node);
		return NULL;
	}
	if (r->inexact < scan->inexact_count && scan->inexact[r->inexact].place == r->numbers) {
		node->type |= JSON_INEXACT | (scan->inexact[r->inexact].whole ? JSON_WHOLE : 0);
		r->inexact++;
	}
	r->numbers++;
	return node;
}

static cJSON *json_tree_word(struct json_reader *r, int type, size_t size,
                             const struct json_span *name)
{
	r->at += size;
	return json_tree_node(type, name, NULL);
}

static cJSON *json_tree_string(struct json_reader *r, const struct json_span *name)
{
	struct json_span s = json_tree_span(r);

	return json_tree_node(cJSON_String, name, &s);
}

/* A member, or an element. */
static cJSON *json_tree_child(struct json_reader *r, bool named)
{
	struct json_span name;

	if (!named)
		return json_tree_value(r, NULL);
	json_tree_byte(r);
	name = json_tree_span(r);
	json_tree_byte(r);
	r->at++;
	return json_tree_value(r, &name);
}

static cJSON *json_tree_nested(struct json_reader *r, int type, char last,
                               const struct json_span *name)
{
	cJSON *node = json_tree_node(type, name, NULL);
	cJSON *newest = NULL;

	r->at++;
	if (!node)
		return NULL;
	while (json_tree_byte(r) != last) {
		cJSON *child;

		if (*r->at == ',')
			r->at++;
		child = json_tree_child(r, type == cJSON_Object);
		if (!child) {
			cJSON_Delete(node);
			return NULL;
		}
		if (newest)
			newest->next = child;
		else
			node->child = child;
		child->prev = newest;
		newest = child;
	}
	r->at++;
	if (newest)
		node->child->prev = newest;
	return node;
}

static cJSON *json_tree_value(struct json_reader *r, const struct json_span *name)
{
	switch (json_tree_byte(r)) {
	case '{':
		return json_tree_nested(r, cJSON_Object, '}', name);
	case '[':
		return json_tree_nested(r, cJSON_Array, ']', name);
	case '"':
		return json_tree_string(r, name);
	case 't':
		return json_tree_word(r, cJSON_True, strlen("true"), name);
	case 'f':
		return json_tree_word(r, cJSON_False, strlen("false"), name);
	case 'n':
		return json_tree_word(r, cJSON_NULL, strlen("null"), name);
	default:
		return json_tree_number(r, name);
	}
}

cJSON *json_tree(const char *text, size_t n, const struct json_scan *scan)
{
	struct json_reader r = {.at = text, .end = text + n, .scan = scan};

	return json_tree_value(&r, NULL);
}
