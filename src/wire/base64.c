/* Base64. Nothing here keeps state. */
#include "wire/base64.h"

#include <stdbool.h>
#include <stdint.h>

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of a digit, and 64 for any other byte. */
static uint32_t base64_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26U;
	if (c >= '0' && c <= '9')
		return c - '0' + 52U;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : 64;
}

void base64_add(struct buffer *b, const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;
	char *to = buffer_reserve(b, base64_size(n) + 1);

	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t v = (uint32_t)p[i] << 16;

		if (have > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (have > 2)
			v |= p[i + 2];
		*to++ = base64_digits[v >> 18];
		*to++ = base64_digits[v >> 12 & 63];
		*to++ = have > 1 ? base64_digits[v >> 6 & 63] : '=';
		*to++ = have > 2 ? base64_digits[v & 63] : '=';
	}
	buffer_claim(b, base64_size(n));
}

/* Four digits, of which the last `padding` are '='. */
static bool base64_quad(const char *text, size_t padding, char *to)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4 - padding; i++) {
		uint32_t digit = base64_value((unsigned char)text[i]);
		if (digit > 63)
			return false;
		v |= digit << (18 - 6 * i);
	}
	to[0] = (char)(v >> 16);
	if (padding < 2)
		to[1] = (char)(v >> 8);
	if (padding < 1)
		to[2] = (char)v;
	/* What is left of the last digit. */
	return !padding || !(v & (padding == 2 ? 0xffffU : 0xffU));
}

int base64_read(struct buffer *b, const char *text, size_t n)
{
	size_t padding = 0;
	char *to;

	if (n % 4)
		return -1;
	if (n && text[n - 1] == '=')
		padding = text[n - 2] == '=' ? 2 : 1;
	to = buffer_reserve(b, n / 4 * 3 + 1);
	for (size_t i = 0; i < n; i += 4, to += 3)
		if (!base64_quad(text + i, i + 4 == n ? padding : 0, to))
			return -1;
	buffer_claim(b, n / 4 * 3 - padding);
	return 0;
}
