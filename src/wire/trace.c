/* Owns nothing. */
#include "wire/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/intervals.h"
#include "base/mem.h"

void trace_span_clear(struct trace_span *span)
{
	free(span->name);
	free(span->process);
	free(span->detail);
}

void trace_clear(struct trace *trace)
{
	for (size_t i = 0; i < trace->count; i++)
		trace_span_clear(&trace->spans[i]);
	free(trace->spans);
	*trace = (struct trace){0};
}

void trace_account(struct trace *trace)
{
	struct interval *all = mem_new_array(trace->count, sizeof *all);
	int64_t begin = trace->count ? trace->spans[0].begin : 0;
	int64_t end = begin;

	memset(trace->shares, 0, sizeof trace->shares);
	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_span *span = &trace->spans[i];
		size_t parent = span->parent == TRACE_NO_PARENT ? INTERVAL_TOP : span->parent;
		all[i] = (struct interval){span->begin, span->end, parent, 0};
		end = span->end > end ? span->end : end;
	}
	trace->total = end - begin;
	/* What no span holds is on the way between two that have no parent. */
	trace->shares[SPENT_LINK] = intervals_account(all, trace->count);
	for (size_t i = 0; i < trace->count; i++) {
		trace->spans[i].own = all[i].own;
		trace->shares[trace->spans[i].kind] += all[i].own;
	}
	free(all);
}

bool trace_same_process(const struct trace_span *a, const struct trace_span *b)
{
	return a->pid == b->pid && a->node == b->node && strcmp(a->process, b->process) == 0;
}
