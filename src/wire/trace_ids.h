/* The ids of traces for OpenTelemetry: those of a traceparent, or new ones. */
#ifndef WIRE_TRACE_IDS_H
#define WIRE_TRACE_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/traceparent.h"

struct trace_ids {
	char trace[33];  /* digits, NUL behind them */
	char parent[17]; /* the span around; "": there is none */
	char flags[3];
	uint64_t seed; /* of the ids of spans */
};

/* traceparent: as traceparent_read() gives it; NULL: there is none. */
void trace_ids_make(struct trace_ids *ids, const char *traceparent);
/* The id of the span of that number among all of these: never 0. */
uint64_t trace_ids_span(const struct trace_ids *ids, size_t number);
/* What a request is sent with whose first span has that number. */
void trace_ids_traceparent(const struct trace_ids *ids, size_t number,
                           char text[TRACEPARENT_SIZE + 1]);

#endif
