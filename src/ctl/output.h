/*
 * Standard output: replies and events become lines, as text or as JSON, and wait until they can be
 * written without blocking.
 */
#ifndef CTL_OUTPUT_H
#define CTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "ctl/render.h"
#include "ctl/verbs.h"
#include "dtree/client.h"

struct output_form;

/* What the answer to a command is marked with, as JSON. */
struct output_mark {
	size_t number;    /* the line of the command; 0: it has none */
	const char *node; /* of an error: the node, as its id or "@NAME"; NULL: none */
};

struct output {
	int fd;                         /* borrowed */
	const struct output_form *form; /* text or JSON */
	bool json;
	struct style style;
	bool raw;
	bool whole;              /* writes of any size do not block: a file, a terminal */
	bool closed;             /* nothing more can be written */
	int error;               /* why (errno), if closed */
	struct buffer pending;   /* to be written */
	struct output_mark mark; /* of the line that is made now; borrowed */
};

enum output_color {
	COLOR_AUTO, /* on a terminal, unless $NO_COLOR or $TERM forbids it */
	COLOR_ALWAYS,
	COLOR_NEVER,
};

void output_open(struct output *out, int fd, bool json, enum output_color color);
/* From now on an exec's result is its bytes, without a line of its own, and errors go to standard
 * error. */
void output_set_raw(struct output *out);
/* Reports on standard error that something could not be written, except lines to a pipe without a
 * reader, which has been closed on purpose. false: something was not written. */
bool output_close(struct output *out);

/* Adds the line or lines of a reply to *line, with the line end; none if the reply needs none.
 * `who`: the node of an exec, as it was named; "": one of a group; NULL: of no exec. */
void output_reply(const struct output *out, struct buffer *line, const struct verb *verb,
                  const char *who, const struct dtree_reply *reply);
/* Why a command failed, on one line, and without a reply whether it may have run. New memory:
 * free(). */
char *output_reason(const struct dtree_reply *reply);
/* The line of an error that was found before anything was sent. `who` as above. */
void output_error(const struct output *out, struct buffer *line, const char *who, int code,
                  const char *text);
/* The line of a notification; `render` makes its text form. */
void output_event(const struct output *out, struct buffer *line, render_fn *render,
                  const struct dtree_reply *event);

/* Queues bytes to be written; *line is empty then. */
void output_add(struct output *out, struct buffer *line);
/* The same for a line that tells of an error. */
void output_add_error(struct output *out, struct buffer *line);
/* Writes as much as possible at once; sets `closed` on failure. It is sure not to block only after
 * poll(2) gave POLLOUT. */
void output_write(struct output *out);
/* Writes all of it, blocking. */
void output_flush(struct output *out);

#endif
