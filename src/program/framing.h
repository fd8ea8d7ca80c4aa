/*
 * JSON messages in a stream of bytes: a line each, or each behind a header with its Content-Length,
 * as language servers have it (Language Server Protocol 3.17, "Base Protocol").
 */
#ifndef PROGRAM_FRAMING_H
#define PROGRAM_FRAMING_H

#include <stddef.h>

#include "base/mem.h"
#include "program/spec.h"
#include "wire/line.h"

/* Zero-initialise, then set kind and max. */
struct framing {
	enum program_framing kind;
	size_t max; /* bytes of one message */
	struct line_reader lines;
	struct buffer in; /* PROGRAM_FRAMING_HEADERS */
	size_t taken;     /* bytes at its front that were given */
};

void framing_take(struct framing *f, const char *bytes, size_t n);
/* The next whole message: 1 with it, borrowed until the next call; 0: not yet there; -1: one is
 * longer than max, or what came is no header. Blank lines between messages are none. */
int framing_next(struct framing *f, char **text, size_t *n);
void framing_free(struct framing *f);

/* Appends a message. */
void framing_write(enum program_framing kind, struct buffer *out, const char *text, size_t n);
/* The same without a copy: the caller writes the message where framing_open() says, then calls
 * framing_close(). `own` is empty, and the caller's. */
struct buffer *framing_open(enum program_framing kind, struct buffer *out, struct buffer *own);
void framing_close(enum program_framing kind, struct buffer *out, struct buffer *own);

#endif
