/* Traces that are kept until all are there, for a form that has them in one. */
#ifndef CTL_TRACE_KEPT_H
#define CTL_TRACE_KEPT_H

#include "base/error.h"
#include "base/mem.h"
#include "ctl/trace.h"
#include "wire/trace_ids.h"

/* Steps that are kept, of all traces. */
#define TRACE_KEPT_STEPS ((size_t)1024 * 1024)

struct trace_options;

/* Zero-initialise it. */
struct trace_kept {
	struct trace *traces; /* owned */
	size_t count;
	size_t steps;
	bool full; /* one of them was not kept: there were too many steps */
	struct trace_ids ids;
};

/* Takes it over: it is empty then. */
void trace_kept_add(struct trace_kept *kept, struct trace *trace);
/* Adds them in the form that was asked for; nothing where there are none. -1: not all were kept. */
int trace_kept_write(const struct trace_kept *kept, const struct trace_options *options,
                     struct buffer *out, struct error *err);
void trace_kept_clear(struct trace_kept *kept);

#endif
