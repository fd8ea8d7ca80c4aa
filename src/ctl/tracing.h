/*
 * The traces of the commands of a session: what dtreed tells of each is put into what this process
 * saw of it, and printed behind the reply, or written to a file.
 */
#ifndef CTL_TRACING_H
#define CTL_TRACING_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "ctl/loop.h"
#include "ctl/trace.h"
#include "ctl/trace_kept.h"
#include "ctl/trace_options.h"
#include "dtree/client.h"

/* A session's. Zero-initialise it. */
struct tracing {
	bool on;
	bool json;
	FILE *file;  /* owned, or standard error; NULL: behind the replies */
	bool silent; /* replies that tell of no failure are not printed */
	struct trace_options options;
	struct trace_kept kept; /* with a format, or repeated */
	char *title;            /* owned; of the commands that are sent next; NULL: their names */
};

/* A command under way. Zero-initialise it; its owner frees the title. */
struct traced {
	char *title;    /* NULL: it is not traced */
	uint64_t begun; /* clock_ns() */
};

/* raw: standard output has the bytes of results and nothing else. 0, or -1 with why the file cannot
 * be written. */
int tracing_open(struct tracing *t, const struct trace_options *options, bool raw,
                 struct error *err);
/* Writes what is kept. false: it could not be written; *err says why. */
bool tracing_close(struct tracing *t, struct error *err);

/* Puts it into the span of this process, with the ways to dtreed and back: `title`, from `begin` to
 * now; the reply could be read when it woke. Both are clock_ns(). */
void trace_wrap(struct trace *trace, const char *title, uint64_t begin,
                const struct loop_wake *woke, uint64_t end);

/* The traceparent that the next request is sent with, that its own spans and those of the programs
 * that it reaches are in one trace; NULL: that of the environment. */
const char *tracing_traceparent(const struct tracing *t, char text[TRACEPARENT_SIZE + 1]);

/* What the next commands are called. */
void tracing_title(struct tracing *t, const char *text, size_t n);
/* A command is sent now: `name`, where it has no title. */
void tracing_begin(const struct tracing *t, const char *name, struct traced *traced);
/* Its reply could be read when it woke: adds the trace to *line, or writes it to the file, or keeps
 * it. Nothing for a command that is not traced. */
void tracing_end(struct tracing *t, const struct traced *traced, const struct loop_wake *woke,
                 const struct dtree_reply *reply, struct buffer *line);

#endif
