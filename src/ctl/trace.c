/* Reads a trace. Owns nothing. Invariant: of a trace that was read, a parent is before
 * its children and holds their times. */
#include "ctl/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* More steps than dtreed keeps of a request: a reply that has more is none of its. */
#define TRACE_SPANS_MAX ((size_t)16384)
/* Of a time since the start, in ns: a day and some. */
#define TRACE_NS_MAX (INT64_C(1) << 47)

/* A member that may be missing. */
static int trace_int(const struct dtree_value *value, const char *name, long long least,
                     long long most, long long otherwise, long long *n)
{
	if (dtree_value_int(value, name, n))
		*n = otherwise;
	return *n < least || *n > most ? -1 : 0;
}

static char *trace_text(const struct dtree_value *value, const char *name)
{
	const char *text = dtree_value_string(value, name, NULL);

	return text ? mem_string(text) : NULL;
}

/* Do its times fit behind the span before, and within its parent? */
static bool trace_span_fits(const struct trace *trace, const struct trace_span *span)
{
	const struct trace_span *parent;

	if (span->end < span->begin ||
	    (trace->count && span->begin < trace->spans[trace->count - 1].begin))
		return false;
	if (span->parent == TRACE_NO_PARENT)
		return true;
	if (span->parent >= trace->count)
		return false;
	parent = &trace->spans[span->parent];
	return span->begin >= parent->begin && span->end <= parent->end;
}

static int trace_span_read(const struct dtree_value *value, const struct trace *trace,
                           struct trace_span *span)
{
	const char *kind = dtree_value_string(value, "kind", NULL);
	long long pid, node, depth, begin, end, parent;

	span->name = trace_text(value, "name");
	span->process = trace_text(value, "process");
	span->detail = trace_text(value, "detail");
	if (!kind || step_kind_read(kind, &span->kind) || !span->name || !span->process ||
	    trace_int(value, "pid", 0, INT32_MAX, -1, &pid) ||
	    trace_int(value, "node", INT32_MIN, INT32_MAX, TRACE_NO_NODE, &node) ||
	    trace_int(value, "depth", 0, INT32_MAX, -1, &depth) ||
	    trace_int(value, "begin_ns", 0, TRACE_NS_MAX, -1, &begin) ||
	    trace_int(value, "end_ns", 0, TRACE_NS_MAX, -1, &end) ||
	    trace_int(value, "parent", -1, INT32_MAX, -1, &parent))
		return -1;
	span->pid = (int)pid;
	span->node = (int)node;
	span->depth = (int)depth;
	span->begin = begin;
	span->end = end;
	span->parent = parent < 0 ? TRACE_NO_PARENT : (size_t)parent;
	return trace_span_fits(trace, span) ? 0 : -1;
}

static int trace_spans_read(const struct dtree_value *value, struct trace *trace, struct error *err)
{
	const struct dtree_value *item = dtree_value_first(value, "spans");
	size_t room = 0;

	for (; item; item = dtree_value_next(item)) {
		struct trace_span span = {0};

		if (trace->count == TRACE_SPANS_MAX || trace_span_read(item, trace, &span)) {
			trace_span_clear(&span);
			return error_set(err, ERR_PARSE, "span %zu of the trace cannot be read",
			                 trace->count);
		}
		if (trace->count == room) {
			room = room ? room * 2 : 32;
			trace->spans = mem_resize(trace->spans, room * sizeof *trace->spans);
		}
		trace->spans[trace->count++] = span;
	}
	return 0;
}

int trace_read(const struct dtree_value *value, struct trace *trace, struct error *err)
{
	long long request = 0, start, waited;

	*trace = (struct trace){0};
	if (dtree_value_int(value, "start_us", &start) || start < 0)
		return error_set(err, ERR_PARSE, "a trace without its start");
	if (trace_int(value, "waited_ns", 0, TRACE_NS_MAX, 0, &waited))
		return error_set(err, ERR_PARSE, "a trace with a wait that cannot be");
	dtree_value_int(value, "request", &request);
	trace->request = request > 0 ? (uint64_t)request : 0;
	trace->start_us = start;
	trace->waited = waited;
	if (trace_spans_read(value, trace, err)) {
		trace_clear(trace);
		return -1;
	}
	trace_account(trace);
	return 0;
}
