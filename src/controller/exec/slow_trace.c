/* Owns nothing. */
#include "controller/exec/slow_trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "controller/exec/trace_word.h"
#include "controller/request/trace.h"
#include "wire/trace_ids.h"
#include "wire/trace_otlp.h"
#include "wire/trace_spans.h"

/* What the node's stamps say. */
static struct visit slow_trace_node(const struct request *r, const struct node *n, bool program)
{
	const struct msg_stamps *at = &r->at.node;
	struct visit visit = {.node = n->id,
	                      .up = node_link_parent(n),
	                      .depth = trace_word_depth(n),
	                      .pid = (int)n->worker.pid,
	                      .name = n->service,
	                      .in = at->received,
	                      .out = at->answered,
	                      .heard = r->at.answered};

	steps_add(&visit.steps, STEP_QUEUE, at->received, at->begun, r->at.before, r->at.before_of);
	steps_add(&visit.steps, program ? STEP_PROGRAM : STEP_SERVICE, at->begun, at->ended, 0, 0);
	steps_add(&visit.steps, STEP_COMMIT, at->ended, at->answered, 0, 0);
	return visit;
}

/* dtreed's own, and the others. *visits: new memory. */
static size_t slow_trace_visits(const struct request *r, const struct node *n, bool program,
                                struct visit **visits)
{
	size_t others = r->trace ? request_trace_others(r, NULL) : 0;
	struct visit *all = *visits = mem_new_array(others + 2, sizeof *all);

	all[0] = request_trace_own(r);
	all[0].name = r->kind->name;
	if (r->at.read && r->at.read < all[0].in) {
		steps_add(&all[0].steps, STEP_READ, r->at.read, all[0].in, 0, 0);
		all[0].in = r->at.read;
	}
	if (others)
		return 1 + request_trace_others(r, all + 1);
	if (n && slow_node_is_known(&r->at)) {
		all[1] = slow_trace_node(r, n, program);
		return 2;
	}
	/* It was sent, and nothing more is known. */
	steps_add(&all[0].steps, STEP_NODE, r->at.sent, r->at.answered, 0, 0);
	return 1;
}

char *slow_trace_text(const struct request *r, const struct node *node, bool program,
                      const struct slow_request *slow, size_t *n)
{
	struct visit *visits;
	size_t count = slow_trace_visits(r, node, program, &visits);
	struct span *spans;
	struct trace_ids ids;
	struct trace trace;
	const struct trace *traces[] = {&trace};
	const struct trace_set set = {.traces = traces,
	                              .count = 1,
	                              .teller = "dtreed",
	                              .ids = &ids,
	                              .wall_us = clock_wall_us() - clock_us()};
	struct buffer text = {0};

	count = spans_make(visits, count, &spans);
	trace_of_spans(&trace, spans, count);
	trace.request = slow->id;
	free(trace.spans[0].detail);
	trace.spans[0].detail = mem_format("%s: %s", step_name(slow->longest), slow->why);
	trace_ids_make(&ids, r->traceparent);
	trace_otlp_write(&text, &set);
	trace_clear(&trace);
	free(spans);
	free(visits);
	*n = buffer_size(&text);
	return text.data;
}

/* Times of one length: names ascend with them. */
char *slow_trace_name(const struct slow_request *slow)
{
	char time[CLOCK_TEXT_SIZE];
	char *name;

	clock_text(slow->time, time);
	name = mem_format(SLOW_TRACE_PREFIX "%s-%llu" SLOW_TRACE_SUFFIX, time,
	                  (unsigned long long)slow->id);
	/* Without ':', which some file systems do not take. */
	for (char *at = strchr(name, ':'); at; at = strchr(at, ':'))
		memmove(at, at + 1, strlen(at));
	return name;
}
