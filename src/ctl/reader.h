/*
 * The shell's input, cut into lines as the bytes come. Lines of any length are handled: of a line
 * over READER_LINE_MAX the head is reported, and the rest comes in parts or is skipped, as the
 * caller decides; it is never read as a second line. Pure: bytes in, events out.
 */
#ifndef CTL_READER_H
#define CTL_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* A longer line is a long line. Any other fits into a request that dtreed takes. */
#define READER_LINE_MAX ((size_t)256 * 1024)
/* Of a run of blanks in a line at most this many are kept; of blanks before the first word none. */
#define READER_BLANKS ((size_t)4096)

enum reader_mode {
	READER_LINES, /* whole command lines */
	READER_WORDS, /* the rest of a long line, in parts; tabs have become spaces */
	READER_RAW,   /* one line byte for byte, in parts */
	READER_SKIP,  /* the rest of a line, which is dropped */
};

enum reader_kind {
	READER_NONE, /* all bytes are taken, no event is complete */
	READER_LINE, /* a command line, not blank, without its line end */
	READER_LONG, /* the head of a long line; the mode is READER_SKIP unless the caller sets it
	              */
	READER_PART, /* bytes of a long or raw line */
	READER_END,  /* the end of a long, raw or skipped line; the mode is READER_LINES */
	READER_BAD,  /* an invalid byte; the rest of the line is skipped */
};

struct reader_event {
	enum reader_kind kind;
	const char *text; /* LINE, LONG, PART; borrowed until the next call */
	size_t n;
	unsigned char bad; /* BAD: the byte */
};

struct reader {
	enum reader_mode mode;
	struct buffer line; /* the command line so far */
	bool complete;      /* it was given as an event: the next call clears it */
	size_t blanks;      /* how many of its last bytes are blanks */
	bool cr;            /* a CR came last: it is dropped if the line ends now */
	bool any;           /* the raw line has at least a byte */
	size_t number; /* lines that are complete: that of a LINE is the number of it, from 1 */
};

void reader_free(struct reader *r);
/* Sets the mode for what comes next. */
void reader_set(struct reader *r, enum reader_mode mode);

/* Takes bytes up to the next event; a PART has at most `most` bytes (at least 1). The bytes may be
 * changed. Gives how many were taken. */
size_t reader_next(struct reader *r, char *bytes, size_t n, size_t most,
                   struct reader_event *event);
/* At the end of the input: the event of a last line without a line end, or NONE. */
void reader_end(struct reader *r, struct reader_event *event);

#endif
