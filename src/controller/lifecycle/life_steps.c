/* Owns nothing. */
#include "controller/lifecycle/life_steps.h"

#include "base/clock.h"
#include "controller/request/trace.h"

/* The next step, if it has come to its end; *at moves on. */
static void life_step(struct request *r, enum step_what what, uint64_t *at, uint64_t end)
{
	if (end <= *at)
		return;
	request_trace_step(r, what, *at, end);
	*at = end;
}

void life_steps_started(struct request *r, const struct node *n, uint64_t since)
{
	uint64_t now = clock_ns();
	bool joined = n->worker.joined > since;

	life_step(r, STEP_COMMIT, &since, n->worker.recorded);
	life_step(r, STEP_START, &since, joined ? n->worker.joined : now);
	/* It is answered when that is recorded, too. */
	if (n->life == LIFE_COMMITTING)
		life_step(r, STEP_COMMIT, &since, now);
}

void life_steps_ended(struct request *r, uint64_t recorded, uint64_t since)
{
	life_step(r, STEP_COMMIT, &since, recorded);
	life_step(r, STEP_END, &since, clock_ns());
}
