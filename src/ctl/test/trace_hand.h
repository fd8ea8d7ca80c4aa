/* Traces made by hand. */
#ifndef CTL_TEST_TRACE_HAND_H
#define CTL_TEST_TRACE_HAND_H

#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/trace.h"

/* A span of a worker, or with node TRACE_NO_NODE of dtreed. */
static inline struct trace_span hand_span(const char *name, enum step_kind kind, int node,
                                          int64_t begin, int64_t end, size_t parent)
{
	return (struct trace_span){.name = mem_string(name),
	                           .kind = kind,
	                           .process =
	                               mem_string(node == TRACE_NO_NODE ? "dtreed" : "worker"),
	                           .pid = node == TRACE_NO_NODE ? 640 : 1000 + node,
	                           .node = node,
	                           .begin = begin,
	                           .end = end,
	                           .parent = parent};
}

/* The spans are taken over. */
static inline struct trace hand_trace(const struct trace_span *spans, size_t count)
{
	struct trace trace = {.request = 7, .start_us = 5000000, .count = count};

	trace.spans = mem_new_array(count ? count : 1, sizeof *spans);
	if (count)
		memcpy(trace.spans, spans, count * sizeof *spans);
	trace_account(&trace);
	return trace;
}

#define HAND_NONE TRACE_NO_PARENT

#endif
