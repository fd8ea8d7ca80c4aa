/* Owns the visits. Invariant: the first is dtreed's own. */
#include "controller/request/trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "controller/request/slow.h"
#include "controller/request/types.h"
#include "wire/message.h"

struct request_trace {
	struct visit *visits;
	size_t count;
	size_t room;
	struct steps waits; /* of dtreed */
	size_t oldest;      /* of those of nodes: once all places are taken */
};

void request_trace_open(struct request *r)
{
	r->trace = mem_new(sizeof *r->trace);
	r->trace->count = 1;
	r->trace->room = 8;
	r->trace->visits = mem_new_array(r->trace->room, sizeof *r->trace->visits);
}

void request_trace_close(struct request *r)
{
	if (!r->trace)
		return;
	free(r->trace->visits);
	free(r->trace);
	r->trace = NULL;
}

void request_trace_add(struct request *r, const struct visit *visit)
{
	struct request_trace *t = r->trace;

	if (!t)
		return;
	if (t->count == TRACE_VISITS_MAX) {
		t->visits[1 + t->oldest++ % (TRACE_VISITS_MAX - 1)] = *visit;
		return;
	}
	if (t->count == t->room) {
		t->room *= 2;
		t->visits = mem_resize(t->visits, t->room * sizeof *t->visits);
	}
	t->visits[t->count++] = *visit;
}

void request_trace_wait(struct request *r, uint64_t until, uint64_t ns)
{
	/* The other steps need room. */
	if (r->trace->waits.count < STEPS_MAX / 2)
		steps_add(&r->trace->waits, STEP_CPU_WAIT, until - ns, until, 0, 0);
}

struct visit request_trace_own(const struct request *r)
{
	const struct request_trace *t = r->trace;
	uint64_t from = r->at.submitted;
	struct visit own = {.node = SPAN_DTREED,
	                    .up = SPAN_DTREED,
	                    .depth = 1,
	                    .pid = (int)getpid(),
	                    .in = from,
	                    .left = r->at.sent,
	                    .back = r->at.answered,
	                    .out = clock_ns()};

	slow_steps_before(r, &own.steps, &from);
	for (size_t i = 0; r->did && i < r->did->count; i++) {
		const struct step *step = &r->did->items[i];
		steps_add(&own.steps, step->what, step->begin, step->end, step->a, step->b);
	}
	for (size_t i = 0; t && i < t->waits.count; i++) {
		const struct step *wait = &t->waits.items[i];
		steps_add(&own.steps, wait->what, wait->begin, wait->end, 0, 0);
	}
	if (t && t->count == 1 && r->at.sent && !slow_node_is_known(&r->at))
		steps_add(&own.steps, STEP_NODE, r->at.sent, r->at.answered, 0, 0);
	if (r->at.kept)
		steps_add(&own.steps, STEP_ORDER, r->at.answered, own.out, 0, 0);
	return own;
}

size_t request_trace_others(const struct request *r, struct visit *visits)
{
	size_t count = r->trace->count - 1;

	if (visits)
		memcpy(visits, r->trace->visits + 1, count * sizeof *visits);
	return count;
}

struct outcome_trace request_trace_told(struct request *r)
{
	struct request_trace *t = r->trace;

	t->visits[0] = request_trace_own(r);
	return (struct outcome_trace){
	    .request = message_ordinal(r->id), .visits = t->visits, .count = t->count};
}
