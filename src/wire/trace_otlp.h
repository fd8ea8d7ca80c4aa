/* Traces in the form of OpenTelemetry. */
#ifndef WIRE_TRACE_OTLP_H
#define WIRE_TRACE_OTLP_H

#include "base/mem.h"
#include "wire/trace.h"

/* Appends OTLP/JSON: an ExportTraceServiceRequest on one line. */
void trace_otlp_write(struct buffer *out, const struct trace_set *set);

#endif
