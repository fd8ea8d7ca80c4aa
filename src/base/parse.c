/* Strict readers. */
#include "base/parse.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* How much of a culprit an error message repeats. */
#define SHOWN 48

int parse_int64(const char *s, size_t n, int64_t *value)
{
	bool negative = n && s[0] == '-';
	size_t i = n && (s[0] == '-' || s[0] == '+');
	int64_t v = 0;

	if (i == n)
		return -1;
	for (; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		int digit = s[i] - '0';
		/* Counts downwards, because -INT64_MIN does not fit. */
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, digit, &v))
			return -1;
	}
	if (!negative && __builtin_sub_overflow(0, v, &v))
		return -1;
	*value = v;
	return 0;
}

static int bad(const char *s, size_t n, const char *what, const char *why, struct error *err)
{
	cleanup_free char *shown = parse_printable(s, n, SHOWN);

	return error_set(err, ERR_PARAMS, "%s '%s' %s", what, shown, why);
}

bool parse_fits_id(int64_t value)
{
	return value >= INT32_MIN && value <= INT32_MAX;
}

int parse_parent(const char *s, size_t n, const char *what, int *id, struct error *err)
{
	size_t first = n && s[0] == '-';
	int64_t v;

	if (first == n)
		return bad(s, n, what, "is not an integer", err);
	for (size_t i = first; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return bad(s, n, what, "is not an integer", err);
	if (n > first + 1 && s[first] == '0')
		return bad(s, n, what, "has a leading zero", err);
	if (parse_int64(s, n, &v) || !parse_fits_id(v))
		return bad(s, n, what, "does not fit in 32 bits", err);
	*id = (int)v;
	return 0;
}

int parse_id(const char *s, size_t n, const char *what, int *id, struct error *err)
{
	int v;

	if (parse_parent(s, n, what, &v, err))
		return -1;
	if (v == NODE_CONTROLLER)
		return bad(s, n, what, "names the controller", err);
	*id = v;
	return 0;
}

int parse_range(const char *s, size_t n, const char *what, int64_t min, int64_t max, int64_t *value,
                struct error *err)
{
	int64_t v;
	cleanup_free char *shown = NULL;

	if (n && s[0] != '+' && s[0] != '-' && parse_int64(s, n, &v) == 0 && v >= min && v <= max) {
		*value = v;
		return 0;
	}
	shown = parse_printable(s, n, SHOWN);
	return error_set(err, ERR_PARAMS, "%s '%s' is not an integer from %lld to %lld", what,
	                 shown, (long long)min, (long long)max);
}

int parse_seconds(const char *s, size_t n, int64_t most, int64_t *ms)
{
	const char *point = memchr(s, '.', n);
	size_t whole = point ? (size_t)(point - s) : n;
	size_t digits = point ? n - whole - 1 : 0;
	int64_t seconds;
	int64_t rest = 0;

	if (digits > 3 || parse_range(s, whole, "", 0, most / 1000, &seconds, NULL) ||
	    (point && parse_range(point + 1, digits, "", 0, 999, &rest, NULL)))
		return -1;
	for (; digits < 3; digits++)
		rest *= 10;
	rest += seconds * 1000;
	if (rest < 1 || rest > most)
		return -1;
	*ms = rest;
	return 0;
}

/* The length of the UTF-8 sequence at s, 0 where there is none (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *s, size_t n)
{
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	size_t length;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		length = 2;
	} else if ((s[0] & 0xf0) == 0xe0) {
		length = 3;
		low = s[0] == 0xe0 ? 0xa0 : low;
		high = s[0] == 0xed ? 0x9f : high;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		length = 4;
		low = s[0] == 0xf0 ? 0x90 : low;
		high = s[0] == 0xf4 ? 0x8f : high;
	} else {
		return 0;
	}
	if (n < length || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

bool parse_utf8(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	while (n) {
		uint64_t eight;
		if (n >= sizeof eight) {
			memcpy(&eight, p, sizeof eight);
			if (!(eight & UINT64_C(0x8080808080808080))) {
				p += sizeof eight;
				n -= sizeof eight;
				continue;
			}
		}
		size_t length = utf8_length(p, n);
		if (!length)
			return false;
		p += length;
		n -= length;
	}
	return true;
}

/* C0, DEL, and C1 (U+0080 to U+009F), which some terminals obey as they do ESC. */
static bool is_control(const unsigned char *s, size_t length)
{
	return s[0] < 0x20 || s[0] == 0x7f || (length == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

char *parse_printable(const char *s, size_t n, size_t most)
{
	struct buffer out = {0};
	const unsigned char *p = (const unsigned char *)s;
	size_t i = 0;

	while (i < n && buffer_size(&out) < most) {
		size_t length = utf8_length(p + i, n - i);
		if (length == 0 || is_control(p + i, length)) {
			buffer_format(&out, "\\x%02x", p[i]);
			i++;
		} else {
			buffer_add(&out, p + i, length);
			i += length;
		}
	}
	if (i < n)
		buffer_add_string(&out, "...");
	buffer_add(&out, "", 1);
	return out.data;
}

static void escape_byte(struct buffer *out, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	static const char letters[] = "abtnvfr"; /* from 7 on */
	char text[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

	if (byte >= '\a' && byte <= '\r') {
		text[1] = letters[byte - '\a'];
		buffer_add(out, text, 2);
	} else {
		buffer_add(out, text, sizeof text);
	}
}

void parse_escape(struct buffer *out, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t plain = 0; /* what stands before i and is not added yet */
	size_t i = 0;

	while (i < n) {
		size_t length = utf8_length(p + i, n - i);
		bool fine = length && !is_control(p + i, length);

		if (fine) {
			plain += length;
			i += length;
			continue;
		}
		buffer_add(out, p + i - plain, plain);
		plain = 0;
		escape_byte(out, p[i++]);
	}
	buffer_add(out, p + i - plain, plain);
}
