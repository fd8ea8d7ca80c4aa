/* Owns what the steps are made of: node.times. */
#include "controller/lifecycle/life_times.h"

#include "base/clock.h"
#include "controller/lifecycle/terminate.h"
#include "controller/request/change_steps.h"

static uint64_t life_times_later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* A step from there until `end`; where that did not come, it lasts until `otherwise`. */
static void life_times_step(struct steps *steps, enum step_what what, uint64_t begin, uint64_t end,
                            uint64_t otherwise, uint32_t a)
{
	steps_add(steps, what, begin, end > begin ? end : otherwise, a, 0);
}

/* `now`: while it goes on; 0: it does not. */
static void life_times_end(const struct end_times *at, uint64_t now, struct steps *steps)
{
	uint64_t asked = life_times_later(at->recorded, at->released);

	life_times_step(steps, STEP_RECORD, at->ordered, at->recorded, now, 0);
	life_times_step(steps, STEP_DRAIN, at->recorded, at->released, 0, 0);
	if (at->recorded)
		life_times_step(steps, STEP_END, asked, at->gone, now, (uint32_t)at->processes);
	life_times_step(steps, STEP_RECORD, at->stopped, at->kept, 0, 0);
}

static void life_times_start(const struct node *n, uint64_t now, struct steps *steps)
{
	const struct start_times *at = &n->times.start;
	bool lasts = n->life == LIFE_STARTING || n->life == LIFE_RESTARTING;
	uint64_t over = at->failed ? at->failed : lasts ? now : 0;
	uint32_t pid = (uint32_t)n->worker.pid;

	life_times_step(steps, STEP_SPAWN, at->begun, at->made, over, pid);
	life_times_step(steps, STEP_RECORD, at->made, at->let_go, over, 0);
	life_times_step(steps, STEP_JOIN, at->let_go, at->joined, over, pid);
	life_times_step(steps, STEP_RECORD, at->joined, at->kept, 0, 0);
}

void life_times_ended(const struct controller *c, struct node *n)
{
	const struct end_times *end = terminate_times(c, n->departure.id);

	if (end)
		n->times.end = *end;
}

void life_times_keep(struct controller *c, struct request *r, const struct node *n)
{
	const struct end_times *end = terminate_times(c, n->departure.id);
	uint64_t now = clock_ns();
	struct steps steps = {0};

	life_times_end(end ? end : &n->times.end, end ? now : 0, &steps);
	life_times_start(n, now, &steps);
	change_steps_keep(r, &steps);
}

void life_times_finished(struct controller *c, struct request *r, const struct outcome *outcome)
{
	const struct node *n = node_find(c->nodes, r->node);

	(void)outcome;
	if (n)
		life_times_keep(c, r, n);
}

void life_times_departure(struct controller *c, struct request *r, uint64_t departure)
{
	const struct end_times *end = terminate_times(c, departure);
	uint64_t now = clock_ns();
	struct steps steps = {0};

	if (!end)
		return;
	life_times_end(end, now, &steps);
	life_times_step(&steps, STEP_ERASE, end->gone, now, 0, 0);
	change_steps_keep(r, &steps);
}
