/* The forms of a trace for other programs, a row each. */
#ifndef CTL_TRACE_FORMATS_H
#define CTL_TRACE_FORMATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "ctl/trace.h"
#include "wire/trace_ids.h"

typedef void trace_write_fn(struct buffer *out, const struct trace_set *set);

/* Trace-event JSON, as Perfetto, speedscope and the DevTools open it. */
trace_write_fn trace_chrome_write;
/* A timeline, a lane for each process. One trace. */
trace_write_fn trace_svg_write;

struct trace_format {
	const char *name;
	bool many;    /* more traces than one can be in it */
	bool has_ids; /* its spans have the ids that requests are sent with */
	trace_write_fn *write;
};

/* The rows in order: NULL behind the last. */
const struct trace_format *trace_format_at(size_t i);

#endif
