/* Owns no more than what trace_nest_new() gives. Invariant: a parent's index is below its child's,
 * so that nothing here goes in circles or recurses. */
#include "ctl/trace_nest.h"

#include <stdlib.h>
#include <string.h>

static int64_t nest_clamp(int64_t ns, int64_t begin, int64_t end)
{
	if (ns < begin)
		return begin;
	return ns > end ? end : ns;
}

static void nest_link(struct trace_nest *nest, size_t i, size_t parent)
{
	struct trace_nested *spans = nest->spans;
	size_t *first = parent == NEST_NONE ? &nest->first : &spans[parent].first;
	size_t *last = parent == NEST_NONE ? &nest->last : &spans[parent].last;

	if (*last == NEST_NONE)
		*first = i;
	else
		spans[*last].next = i;
	*last = i;
}

struct trace_nest *trace_nest_new(const struct trace *trace)
{
	struct trace_nest *nest = mem_new(sizeof *nest);

	nest->trace = trace;
	nest->spans = mem_new_array(trace->count ? trace->count : 1, sizeof *nest->spans);
	nest->first = nest->last = NEST_NONE;
	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_span *span = &trace->spans[i];
		struct trace_nested *at = &nest->spans[i];
		*at = (struct trace_nested){.begin = span->begin,
		                            .end = nest_clamp(span->end, span->begin, INT64_MAX),
		                            .parent = span->parent,
		                            .first = NEST_NONE,
		                            .last = NEST_NONE,
		                            .next = NEST_NONE};
		if (at->parent != NEST_NONE) {
			const struct trace_nested *parent = &nest->spans[at->parent];
			at->begin = nest_clamp(at->begin, parent->begin, parent->end);
			at->end = nest_clamp(at->end, parent->begin, parent->end);
		}
		nest_link(nest, i, at->parent);
		if (at->end > nest->end)
			nest->end = at->end;
	}
	return nest;
}

void trace_nest_free(struct trace_nest *nest)
{
	free(nest->spans);
	free(nest);
}

void trace_nest_walk(const struct trace_nest *nest, trace_visit_fn *enter, trace_visit_fn *leave,
                     void *arg)
{
	size_t i = nest->first;

	while (i != NEST_NONE) {
		enter(arg, i);
		if (nest->spans[i].first != NEST_NONE) {
			i = nest->spans[i].first;
			continue;
		}
		leave(arg, i);
		while (nest->spans[i].next == NEST_NONE && nest->spans[i].parent != NEST_NONE) {
			i = nest->spans[i].parent;
			leave(arg, i);
		}
		i = nest->spans[i].next;
	}
}

void trace_nest_own(const struct trace_nest *nest, size_t i, trace_own_fn *part, void *arg)
{
	const struct trace_nested *span = &nest->spans[i];
	int64_t at = span->begin;

	for (size_t c = span->first; c != NEST_NONE; c = nest->spans[c].next) {
		const struct trace_nested *child = &nest->spans[c];
		if (child->begin > at)
			part(arg, i, at, child->begin);
		if (child->end > at)
			at = child->end;
	}
	if (span->end > at)
		part(arg, i, at, span->end);
}

void trace_add_process(struct buffer *out, const struct trace_span *span)
{
	buffer_add_string(out, span->process);
	if (span->node != TRACE_NO_NODE)
		buffer_format(out, " %d", span->node);
}
