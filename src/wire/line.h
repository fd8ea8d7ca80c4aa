/*
 * Splits bytes into lines: each ends in LF, and a CR before it is dropped. A partial line waits for
 * its rest; a line over its bound is an error as soon as that is known.
 */
#ifndef WIRE_LINE_H
#define WIRE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* Zero-initialise, then set max. */
struct line_reader {
	size_t max;       /* the longest line, its LF included */
	struct buffer in; /* owned; at most max and what was read with it */
	size_t searched;  /* bytes at the front that hold no LF */
	size_t taken;     /* bytes at the front that the last line_next() gave */
};

/* Room for n bytes to be read into, then line_claim() with how many came. */
char *line_reserve(struct line_reader *r, size_t n);
void line_claim(struct line_reader *r, size_t n);

/*
 * The next whole line: 1 with *line and *n (without its end), borrowed until the reader is used
 * again and writable until then; 0: not yet there; -1: the next line is longer than max.
 */
int line_next(struct line_reader *r, char **line, size_t *n);
/* The bytes behind the last line end, as line_next() gives a line: for when no more bytes will
 * come. Call it after line_next() gave 0. */
int line_rest(struct line_reader *r, char **line, size_t *n);
/* Would line_next() give 1 or -1? */
bool line_ready(struct line_reader *r);
/* Is there anything that was not given, even a partial line? */
bool line_pending(const struct line_reader *r);

void line_free(struct line_reader *r);

#endif
