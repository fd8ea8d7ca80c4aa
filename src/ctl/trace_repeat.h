/* The same request many times: its steps as a table. */
#ifndef CTL_TRACE_REPEAT_H
#define CTL_TRACE_REPEAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "ctl/trace.h"

/* A line for each step with the median and the 99th percentile of its time and the median of what
 * is its own, then one for the whole; or all of it as one JSON object. count: at least 1. */
void trace_repeat_write(struct buffer *out, const struct trace *const *traces, size_t count,
                        bool json);

#endif
