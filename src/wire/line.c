/*
 * Invariant: no byte is searched twice for a line end; the buffer holds at most one line of r->max
 * and one read behind it.
 */
#include "wire/line.h"

#include <string.h>

char *line_reserve(struct line_reader *r, size_t n)
{
	buffer_take(&r->in, r->taken);
	r->taken = 0;
	return buffer_reserve(&r->in, n);
}

void line_claim(struct line_reader *r, size_t n)
{
	buffer_claim(&r->in, n);
}

/* The line end in the bytes that were not taken; NULL: none yet. */
static char *line_end(struct line_reader *r)
{
	size_t size = buffer_size(&r->in);
	char *end;

	if (r->searched >= size)
		return NULL;
	end = memchr(buffer_bytes(&r->in) + r->searched, '\n', size - r->searched);
	r->searched = end ? (size_t)(end - buffer_bytes(&r->in)) : size;
	return end;
}

static void line_give(struct line_reader *r, size_t length, char **line, size_t *n)
{
	*line = buffer_bytes(&r->in) + r->taken;
	*n = length;
	if (length && (*line)[length - 1] == '\r')
		(*n)--;
}

int line_next(struct line_reader *r, char **line, size_t *n)
{
	char *end;
	size_t length;

	buffer_take(&r->in, r->taken);
	r->taken = 0;
	end = line_end(r);
	length = end ? (size_t)(end - buffer_bytes(&r->in)) : buffer_size(&r->in);
	/* The line end counts, whether it has come or not. */
	if (length >= r->max)
		return -1;
	if (!end)
		return 0;
	line_give(r, length, line, n);
	r->taken = length + 1;
	r->searched = 0;
	return 1;
}

int line_rest(struct line_reader *r, char **line, size_t *n)
{
	size_t length = buffer_size(&r->in);

	if (!length)
		return 0;
	line_give(r, length, line, n);
	r->taken = length;
	r->searched = 0;
	return 1;
}

bool line_ready(struct line_reader *r)
{
	buffer_take(&r->in, r->taken);
	r->taken = 0;
	return line_end(r) || buffer_size(&r->in) >= r->max;
}

bool line_pending(const struct line_reader *r)
{
	return buffer_size(&r->in) > r->taken;
}

void line_free(struct line_reader *r)
{
	buffer_free(&r->in);
}
