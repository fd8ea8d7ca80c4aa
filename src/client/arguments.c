/* Arguments as bytes: where one ends, and where a character may be cut. Pure. */
#include <string.h>

#include "client/internal.h"

bool arguments_next(enum dtree_form form, const char *bytes, size_t size, size_t *at,
                    const char **arg, size_t *n)
{
	char separator = form == DTREE_BLANKS ? ' ' : '\0';
	const char *end;
	size_t i = *at;

	if (form == DTREE_BLANKS)
		while (i < size && bytes[i] == ' ')
			i++;
	if (i >= size)
		return false;
	end = memchr(bytes + i, separator, size - i);
	*arg = bytes + i;
	*n = end ? (size_t)(end - *arg) : size - i;
	*at = i + *n + 1;
	return true;
}

size_t arguments_unfinished(const char *s, size_t n)
{
	for (size_t back = 1; back <= 3 && back <= n; back++) {
		unsigned char c = (unsigned char)s[n - back];
		if (c < 0x80)
			return 0;
		if (c >= 0xc0)
			return back < (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) ? back : 0;
	}
	return 0;
}
