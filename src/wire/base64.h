/*
 * Base64 of RFC 4648, section 4, with padding. Strict: what a writer would not write is refused
 * (blanks, line ends, bits that mean nothing). Pure.
 */
#ifndef WIRE_BASE64_H
#define WIRE_BASE64_H

#include "base/mem.h"

/* The length of the text for n bytes. */
static inline size_t base64_size(size_t n)
{
	return (n + 2) / 3 * 4;
}

/* Adds the text for n bytes. */
void base64_add(struct buffer *b, const char *bytes, size_t n);
/* Adds the bytes that the text stands for: 0, or -1 where it is no base64; then none are added. */
int base64_read(struct buffer *b, const char *text, size_t n);

#endif
