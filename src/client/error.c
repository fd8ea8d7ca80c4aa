/* All errors of libdtree are made here. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/internal.h"

int client_error(struct dtree_error *err, int code, const char *fmt, ...)
{
	static const char cut[] = "...";
	va_list ap;
	int n;

	if (!err)
		return -1;
	err->code = code;
	va_start(ap, fmt);
	n = vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof err->text) {
		size_t at = sizeof err->text - sizeof cut;
		/* The text is not cut inside a character. */
		while (at && ((unsigned char)err->text[at] & 0xc0) == 0x80)
			at--;
		memcpy(err->text + at, cut, sizeof cut);
	}
	return -1;
}
