/*
 * Reads the trace of a request, as dtreed tells it beside the reply (dtree-protocol(7)). Pure: a
 * value in, a struct out.
 */
#ifndef CTL_TRACE_H
#define CTL_TRACE_H

#include "base/error.h"
#include "dtree/client.h"
#include "wire/trace.h"

/* Reads the member `trace` of a reply. 0, or -1 with ERR_PARSE, and *trace is empty. */
int trace_read(const struct dtree_value *value, struct trace *trace, struct error *err);

#endif
