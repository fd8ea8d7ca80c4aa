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

struct output {
	int fd;                         /* borrowed */
	const struct output_form *form; /* text or JSON */
	bool json;
	struct style style;
	bool whole;            /* a write of any size is fine: a file, a terminal */
	bool closed;           /* nothing more can be written */
	int error;             /* then: why (errno) */
	struct buffer pending; /* to be written */
};

enum output_color {
	COLOR_AUTO, /* on a terminal, unless $NO_COLOR or $TERM is against it */
	COLOR_ALWAYS,
	COLOR_NEVER,
};

void output_open(struct output *out, int fd, bool json, enum output_color color);
/* Says on standard error what could not be written, unless it was only that nobody reads on:
 * whoever closed a pipe knows. False where anything was not. */
bool output_close(struct output *out);

/* The line or lines of a reply to a command, with the line end, added to *line. Empty where there
 * is nothing to say. `id`: the node of an exec. */
void output_reply(const struct output *out, struct buffer *line, const struct verb *verb, int id,
                  const struct dtree_reply *reply);
/* Why a command failed, on one line, and where no reply came whether it may have run. New memory:
 * free(). */
char *output_reason(const struct dtree_reply *reply);
/* The line of an error that was found on this side before anything was sent. `id`: the node of an
 * exec, else NULL. */
void output_error(const struct output *out, struct buffer *line, const int *id, int code,
                  const char *text);
/* The line of a notification, in the form that `render` gives it as text. */
void output_event(const struct output *out, struct buffer *line, render_fn *render,
                  const struct dtree_reply *event);

/* Queues bytes to be written; *line is empty then. */
void output_add(struct output *out, struct buffer *line);
/* Writes what can be written at once; sets `closed` when that fails. Only after poll(2) said
 * POLLOUT is it sure not to block. */
void output_write(struct output *out);
/* Writes all of it, blocking. */
void output_flush(struct output *out);

#endif
