/*
 * Writes JSON straight into a buffer. There is no other state: the last byte tells whether a comma
 * is due, as a whole value never ends in '{', '[', ':' or a line end.
 */
#include "wire/json_write.h"

#include <string.h>

#include "base/decimal.h"
#include "base/parse.h"
#include "wire/base64.h"

static void separate(struct buffer *b)
{
	size_t n = buffer_size(b);

	switch (n ? buffer_bytes(b)[n - 1] : '\n') {
	case '{':
	case '[':
	case ':':
	case '\n':
		return;
	default:
		buffer_add(b, ",", 1);
	}
}

/* Bytes that are examined one by one after one that needed escaping. */
#define BLOCK 64
/* Strings up to this length, as names and most arguments, are examined at once. */
#define SHORT 64

/* May this byte stand in a string as it is (RFC 8259, section 7)? */
static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f;
}

/* Writes the byte as it appears in a JSON string; gives the number of bytes written. */
static size_t escape(char to[JSON_ESCAPED_MAX], unsigned char byte)
{
	static const char letters[0x20] = {
	    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	static const char digits[] = "0123456789abcdef";

	to[0] = '\\';
	to[1] = byte < 0x20 ? letters[byte] : (char)byte;
	if (byte == '"' || byte == '\\' || (byte < 0x20 && to[1]))
		return 2;
	memcpy(to + 1, "u00", 3);
	to[4] = digits[byte >> 4];
	to[5] = digits[byte & 15];
	return JSON_ESCAPED_MAX;
}

/* s is valid UTF-8. Plain runs are copied whole; near an escaped byte it works byte by byte. */
static void add_escaped(struct buffer *b, const char *s, size_t n)
{
	size_t i = 0;

	while (i < n) {
		size_t from = i;
		while (i < n && is_plain((unsigned char)s[i]))
			i++;
		buffer_add(b, s + from, i - from);
		if (i == n)
			return;
		char *to = buffer_reserve(b, BLOCK * JSON_ESCAPED_MAX);
		size_t used = 0;
		for (from = i; i < n && i - from < BLOCK; i++) {
			if (is_plain((unsigned char)s[i]))
				to[used++] = s[i];
			else
				used += escape(to + used, (unsigned char)s[i]);
		}
		buffer_claim(b, used);
	}
}

/* The next of U+2028 and U+2029: they need no escape in JSON, but readers of lines, Node.js since
 * 24 among them (findings/json-lines-2028.sh), end a line at them. NULL: there is none. */
static const char *find_separator(const char *s, size_t n)
{
	const char *end = s + n;

	while ((s = memmem(s, (size_t)(end - s), "\xe2\x80", 2)) && end - s > 2) {
		if (s[2] == '\xa8' || s[2] == '\xa9')
			return s;
		s += 2;
	}
	return NULL;
}

/* s is valid UTF-8; `add` takes what is between those two. */
static void add_characters(struct buffer *b, const char *s, size_t n,
                           void (*add)(struct buffer *b, const char *s, size_t n))
{
	const char *end = s + n;
	const char *at;

	while ((at = find_separator(s, (size_t)(end - s)))) {
		add(b, s, (size_t)(at - s));
		buffer_add_string(b, at[2] == '\xa8' ? "\\u2028" : "\\u2029");
		s = at + 3;
	}
	add(b, s, (size_t)(end - s));
}

static void add_as_it_is(struct buffer *b, const char *s, size_t n)
{
	buffer_add(b, s, n);
}

size_t json_string_size(const char *s, size_t n)
{
	const char *end = s + n;
	size_t size = n;
	char escaped[JSON_ESCAPED_MAX];

	for (const char *p = s; p < end; p++)
		if (!is_plain((unsigned char)*p))
			size += escape(escaped, (unsigned char)*p) - 1;
	for (s = find_separator(s, n); s; s = find_separator(s + 3, (size_t)(end - s - 3)))
		size += JSON_ESCAPED_MAX - 3;
	return size;
}

/* The length of the character at s, 0 where there is none. */
static size_t character(const char *s, size_t n)
{
	for (size_t length = 1; length <= 4 && length <= n; length++)
		if (parse_utf8(s, length))
			return length;
	return 0;
}

static void add_repaired(struct buffer *b, const char *s, size_t n)
{
	static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
	size_t i = 0;

	while (i < n) {
		size_t length = character(s + i, n - i);
		if (length)
			add_characters(b, s + i, length, add_escaped);
		else
			buffer_add(b, replacement, sizeof replacement - 1);
		i += length ? length : 1;
	}
}

/* Copies what is ASCII and needs no escaping. False: it is not, and what was written is not
 * claimed. */
static bool copy_simple(char *to, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_plain((unsigned char)s[i]) || (unsigned char)s[i] >= 0x80)
			return false;
		to[i] = s[i];
	}
	return true;
}

static void add_quoted(struct buffer *b, const char *s, size_t n)
{
	char *to = buffer_reserve(b, n + 2);

	if (n <= SHORT && copy_simple(to + 1, s, n)) {
		to[0] = to[n + 1] = '"';
		buffer_claim(b, n + 2);
		return;
	}
	buffer_add(b, "\"", 1);
	if (parse_utf8(s, n))
		add_characters(b, s, n, add_escaped);
	else
		add_repaired(b, s, n);
	buffer_add(b, "\"", 1);
}

static void json_write_begin(struct buffer *b, const char *key)
{
	separate(b);
	if (!key)
		return;
	add_quoted(b, key, strlen(key));
	buffer_add(b, ":", 1);
}

void json_open_object(struct buffer *b, const char *key)
{
	json_write_begin(b, key);
	buffer_add(b, "{", 1);
}

void json_close_object(struct buffer *b)
{
	buffer_add(b, "}", 1);
}

void json_open_array(struct buffer *b, const char *key)
{
	json_write_begin(b, key);
	buffer_add(b, "[", 1);
}

void json_close_array(struct buffer *b)
{
	buffer_add(b, "]", 1);
}

void json_add_string(struct buffer *b, const char *key, const char *s, size_t n)
{
	json_write_begin(b, key);
	add_quoted(b, s, n);
}

void json_add_text(struct buffer *b, const char *key, const char *s)
{
	json_add_string(b, key, s, strlen(s));
}

void json_add_base64(struct buffer *b, const char *key, const char *bytes, size_t n)
{
	json_write_begin(b, key);
	buffer_add(b, "\"", 1);
	base64_add(b, bytes, n);
	buffer_add(b, "\"", 1);
}

void json_add_int(struct buffer *b, const char *key, int64_t value)
{
	char text[DECIMAL_SIZE];
	const char *digits = decimal_write(value, text);

	json_write_begin(b, key);
	buffer_add(b, digits, (size_t)(text + DECIMAL_SIZE - 1 - digits));
}

void json_add_bool(struct buffer *b, const char *key, bool value)
{
	json_write_begin(b, key);
	buffer_add_string(b, value ? "true" : "false");
}

void json_add_null(struct buffer *b, const char *key)
{
	json_write_begin(b, key);
	buffer_add_string(b, "null");
}

void json_add_raw(struct buffer *b, const char *key, const char *json, size_t n)
{
	json_write_begin(b, key);
	/* They stand in strings only. */
	add_characters(b, json, n, add_as_it_is);
}
