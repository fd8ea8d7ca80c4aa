/* Owns the bytes that are no whole message yet. */
#include "program/framing.h"

#include <string.h>
#include <strings.h>

#include "base/parse.h"

#define HEADER_NAME "Content-Length:"
/* Of all header lines together. */
#define HEADER_MAX 4096

void framing_take(struct framing *f, const char *bytes, size_t n)
{
	if (f->kind == PROGRAM_FRAMING_HEADERS) {
		buffer_take(&f->in, f->taken);
		f->taken = 0;
		buffer_add(&f->in, bytes, n);
		return;
	}
	f->lines.max = f->max;
	memcpy(line_reserve(&f->lines, n), bytes, n);
	line_claim(&f->lines, n);
}

/* The number of the header's one line that counts; -1: there is none. */
static int64_t content_length(const char *header, size_t n, size_t max)
{
	const char *end = header + n;
	const char *at;
	size_t size;
	int64_t length = -1;

	for (; header < end; header = at + 2) {
		at = memmem(header, (size_t)(end - header), "\r\n", 2);
		if (!at)
			at = end;
		size = (size_t)(at - header);
		if (size < strlen(HEADER_NAME) ||
		    strncasecmp(header, HEADER_NAME, strlen(HEADER_NAME)) != 0)
			continue;
		header += strlen(HEADER_NAME);
		while (header < at && *header == ' ')
			header++;
		if (parse_range(header, (size_t)(at - header), HEADER_NAME, 0, (int64_t)max,
		                &length, NULL))
			return -1;
	}
	return length;
}

static int next_with_header(struct framing *f, char **text, size_t *n)
{
	const char *start;
	const char *end;
	int64_t length;
	size_t header;

	buffer_take(&f->in, f->taken);
	f->taken = 0;
	start = buffer_bytes(&f->in);
	end = start ? memmem(start, buffer_size(&f->in), "\r\n\r\n", 4) : NULL;
	if (!end)
		return buffer_size(&f->in) > HEADER_MAX ? -1 : 0;
	header = (size_t)(end - start) + 4;
	length = header > HEADER_MAX ? -1 : content_length(start, header - 4, f->max);
	if (length < 0)
		return -1;
	if (buffer_size(&f->in) < header + (size_t)length)
		return 0;
	*text = buffer_bytes(&f->in) + header;
	*n = (size_t)length;
	f->taken = header + *n;
	return 1;
}

int framing_next(struct framing *f, char **text, size_t *n)
{
	int rc;

	if (f->kind == PROGRAM_FRAMING_HEADERS)
		return next_with_header(f, text, n);
	do
		rc = line_next(&f->lines, text, n);
	while (rc > 0 && strspn(*text, " \t") >= *n);
	return rc;
}

void framing_free(struct framing *f)
{
	line_free(&f->lines);
	buffer_free(&f->in);
}

struct buffer *framing_open(enum program_framing kind, struct buffer *out, struct buffer *own)
{
	return kind == PROGRAM_FRAMING_LINES ? out : own;
}

void framing_close(enum program_framing kind, struct buffer *out, struct buffer *own)
{
	if (kind == PROGRAM_FRAMING_LINES)
		buffer_add(out, "\n", 1);
	else
		framing_write(kind, out, buffer_bytes(own), buffer_size(own));
	buffer_free(own);
}

void framing_write(enum program_framing kind, struct buffer *out, const char *text, size_t n)
{
	if (kind == PROGRAM_FRAMING_HEADERS)
		buffer_format(out, HEADER_NAME " %zu\r\n\r\n", n);
	buffer_add(out, text, n);
	if (kind == PROGRAM_FRAMING_LINES)
		buffer_add(out, "\n", 1);
}
