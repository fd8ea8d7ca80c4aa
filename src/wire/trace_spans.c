/* Owns nothing. */
#include "wire/trace_spans.h"

#include "base/mem.h"

static struct trace_span trace_span_of(const struct span *span, uint64_t start)
{
	struct buffer detail = {0};
	struct trace_span made = {.name = mem_string(span->name),
	                          .kind = step_kind(span->what),
	                          .process = mem_string(span->process),
	                          .pid = span->pid,
	                          .node = span->node == SPAN_DTREED ? TRACE_NO_NODE : span->node,
	                          .depth = span->depth,
	                          .begin = (int64_t)(span->begin - start),
	                          .end = (int64_t)(span->end - start),
	                          .parent =
	                              span->parent == SPAN_TOP ? TRACE_NO_PARENT : span->parent};

	span_detail(span, &detail);
	if (buffer_size(&detail))
		made.detail = mem_copy(buffer_bytes(&detail), buffer_size(&detail));
	buffer_free(&detail);
	return made;
}

void trace_of_spans(struct trace *trace, const struct span *spans, size_t count)
{
	uint64_t start_us = spans[0].begin / 1000;

	*trace = (struct trace){.start_us = (int64_t)start_us, .count = count};
	trace->spans = mem_new_array(count, sizeof *trace->spans);
	for (size_t i = 0; i < count; i++)
		trace->spans[i] = trace_span_of(&spans[i], start_us * 1000);
	trace_account(trace);
}
