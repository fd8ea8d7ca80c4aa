/*
 * How the spans of a trace lie within each other, as all pictures of it need it: children by
 * parent, clipped into it, and the time that is a span's own.
 */
#ifndef CTL_TRACE_NEST_H
#define CTL_TRACE_NEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "ctl/trace.h"

/* No span. */
#define NEST_NONE TRACE_NO_PARENT

struct trace_nested {
	int64_t begin; /* ns since the trace's start; within the parent's */
	int64_t end;
	size_t parent; /* indices of spans; NEST_NONE: there is none */
	size_t first;  /* child; children stand in the order of their begin */
	size_t last;
	size_t next; /* sibling */
};

struct trace_nest {
	const struct trace *trace;  /* borrowed */
	struct trace_nested *spans; /* as many as the trace has */
	size_t first;               /* of those without a parent; NEST_NONE: there are no spans */
	size_t last;
	int64_t end; /* of the last span */
};

struct trace_nest *trace_nest_new(const struct trace *trace);
void trace_nest_free(struct trace_nest *nest);

/* Walks from parents to children, then to siblings: each span is entered once and left once, what
 * is in it between the two. */
typedef void trace_visit_fn(void *arg, size_t i);
void trace_nest_walk(const struct trace_nest *nest, trace_visit_fn *enter, trace_visit_fn *leave,
                     void *arg);

/* A part of a span that is none of its children's. */
typedef void trace_own_fn(void *arg, size_t i, int64_t begin, int64_t end);
/* Gives the parts that are not empty, in order. */
void trace_nest_own(const struct trace_nest *nest, size_t i, trace_own_fn *part, void *arg);

/* The process of a span as text: "dtreed", "worker 10". */
void trace_add_process(struct buffer *out, const struct trace_span *span);

#endif
