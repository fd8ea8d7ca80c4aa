/* Spans (wire/spans.h) as a trace, for the files that write one. */
#ifndef WIRE_TRACE_SPANS_H
#define WIRE_TRACE_SPANS_H

#include "wire/spans.h"
#include "wire/trace.h"

/* Of at least one span; trace_account() is called. For the caller to clear. */
void trace_of_spans(struct trace *trace, const struct span *spans, size_t count);

#endif
