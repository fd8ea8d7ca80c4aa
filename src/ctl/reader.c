/*
 * The shell's input. Invariant: `line` holds bytes only in READER_LINES, at most READER_LINE_MAX +
 * 1 of them, and begins with no blank; a CR that may be a line's last byte is kept in `cr` only.
 */
#include "ctl/reader.h"

#include <string.h>

#include "ctl/words.h"

void reader_free(struct reader *r)
{
	buffer_free(&r->line);
}

void reader_set(struct reader *r, enum reader_mode mode)
{
	r->mode = mode;
	r->any = false;
}

static void line_clear(struct reader *r)
{
	buffer_take(&r->line, buffer_size(&r->line));
	r->blanks = 0;
	r->complete = false;
}

static void line_add(struct reader *r, char c)
{
	bool blank = word_blank(c);

	if (blank && (buffer_size(&r->line) == 0 || r->blanks == READER_BLANKS))
		return;
	r->blanks = blank ? r->blanks + 1 : 0;
	buffer_add(&r->line, &c, 1);
}

/* The line is complete: gives an event, unless it is blank. */
static bool line_finish(struct reader *r, struct reader_event *event)
{
	r->cr = false;
	if (buffer_size(&r->line) == r->blanks) {
		line_clear(r);
		return false;
	}
	event->kind = READER_LINE;
	event->text = buffer_bytes(&r->line);
	event->n = buffer_size(&r->line) - r->blanks;
	r->complete = true;
	return true;
}

static size_t next_line(struct reader *r, const char *bytes, size_t n, struct reader_event *event)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n') {
			r->number++;
			if (line_finish(r, event))
				return i + 1;
			continue;
		}
		if (r->cr)
			line_add(r, '\r');
		r->cr = bytes[i] == '\r';
		if (!r->cr)
			line_add(r, bytes[i]);
		if (buffer_size(&r->line) > READER_LINE_MAX) {
			reader_set(r, READER_SKIP);
			event->kind = READER_LONG;
			event->text = buffer_bytes(&r->line);
			event->n = buffer_size(&r->line);
			r->complete = true;
			return i + 1;
		}
	}
	return n;
}

static void reader_line_over(struct reader *r, struct reader_event *event)
{
	r->cr = false;
	r->number++;
	reader_set(r, READER_LINES);
	event->kind = READER_END;
}

static size_t next_skip(struct reader *r, const char *bytes, size_t n, struct reader_event *event)
{
	const char *end = memchr(bytes, '\n', n);

	r->any = true;
	if (!end)
		return n;
	reader_line_over(r, event);
	return (size_t)(end - bytes) + 1;
}

static void bad_byte(struct reader *r, char c, struct reader_event *event)
{
	r->cr = false;
	reader_set(r, READER_SKIP);
	r->any = true;
	event->kind = READER_BAD;
	event->bad = (unsigned char)c;
}

/* How many bytes at the front are valid. */
static size_t good_bytes(const struct reader *r, char *bytes, size_t n)
{
	const char *end;

	if (r->mode == READER_RAW) {
		end = memchr(bytes, '\n', n);
		n = end ? (size_t)(end - bytes) : n;
		end = memchr(bytes, '\0', n);
		return end ? (size_t)(end - bytes) : n;
	}
	for (size_t i = 0; i < n; i++) {
		if (word_control(bytes[i]))
			return i;
		if (bytes[i] == '\t')
			bytes[i] = ' ';
	}
	return n;
}

/* A part of a long or raw line. */
static size_t next_part(struct reader *r, char *bytes, size_t n, size_t most,
                        struct reader_event *event)
{
	static const char cr = '\r';
	bool more;

	if (bytes[0] == '\n') {
		reader_line_over(r, event);
		return 1;
	}
	r->any = true;
	if (r->cr && r->mode == READER_WORDS) {
		bad_byte(r, cr, event);
		return 0;
	}
	if (r->cr) {
		r->cr = false;
		event->kind = READER_PART;
		event->text = &cr;
		event->n = 1;
		return 0;
	}
	more = n > most;
	n = good_bytes(r, bytes, more ? most : n);
	event->text = bytes;
	if (r->mode == READER_RAW) {
		/* A CR at the end is kept back until the next byte comes; other CRs are ordinary
		 * bytes. */
		if (n && bytes[n - 1] == '\r') {
			r->cr = true;
			event->n = n - 1;
		} else {
			event->n = n;
		}
	} else {
		event->n = n;
		if (n == 0 && bytes[0] == '\r') {
			r->cr = true;
			n = 1;
		}
	}
	if (event->n)
		event->kind = READER_PART;
	else if (n == 0)
		bad_byte(r, bytes[0], event);
	return n;
}

size_t reader_next(struct reader *r, char *bytes, size_t n, size_t most, struct reader_event *event)
{
	*event = (struct reader_event){0};
	if (r->complete)
		line_clear(r);
	if (!n)
		return 0;
	switch (r->mode) {
	case READER_LINES:
		return next_line(r, bytes, n, event);
	case READER_SKIP:
		return next_skip(r, bytes, n, event);
	case READER_WORDS:
	case READER_RAW:
		return next_part(r, bytes, n, most, event);
	}
	return 0;
}

void reader_end(struct reader *r, struct reader_event *event)
{
	*event = (struct reader_event){0};
	if (r->complete)
		line_clear(r);
	if (r->mode == READER_LINES)
		r->number += line_finish(r, event);
	else if (r->any || r->mode == READER_WORDS)
		reader_line_over(r, event);
}
