/* Owns the counts of starts, and the requests that wait for their turn. */
#include "controller/lifecycle/start_queue.h"

#include <stdlib.h>

#include "base/mem.h"
#include "controller/lifecycle/internal.h"

struct start_queue {
	size_t starting;         /* nodes being created whose link will be to the controller */
	size_t starts;           /* in this turn of the loop */
	struct request *waiters; /* for the next turn */
	struct deferred deferred;
};

static void start_queue_on_turn(void *arg)
{
	struct controller *c = arg;

	c->lifecycle->start_queue->starts = 0;
	requests_restart(c->requests, &c->lifecycle->start_queue->waiters);
}

void start_queue_init(struct controller *c)
{
	struct start_queue *q = c->lifecycle->start_queue = mem_new(sizeof *q);

	deferred_init(&q->deferred, c->loop, start_queue_on_turn, c);
}

void start_queue_stop(struct controller *c)
{
	deferred_stop(&c->lifecycle->start_queue->deferred);
	free(c->lifecycle->start_queue);
}

bool start_queue_may_start(const struct controller *c)
{
	return c->lifecycle->start_queue->starts < STARTS_A_TURN;
}

bool start_queue_may_create(const struct controller *c)
{
	const struct start_queue *q = c->lifecycle->start_queue;

	return start_queue_may_start(c) && q->starting < STARTING_MAX && !q->waiters;
}

void start_queue_wait(struct controller *c, struct request *r)
{
	r->phase = PHASE_BLOCKED;
	request_move(r, &c->lifecycle->start_queue->waiters);
}

void start_queue_started(struct controller *c)
{
	c->lifecycle->start_queue->starts++;
	deferred_call(&c->lifecycle->start_queue->deferred);
}

void start_queue_creating(struct controller *c, const struct node *up)
{
	c->lifecycle->start_queue->starting += !up;
}

void start_queue_created(struct controller *c, const struct node *n)
{
	struct start_queue *q = c->lifecycle->start_queue;

	q->starting -= !n->link.up;
	if (q->waiters)
		deferred_call(&q->deferred);
}

size_t start_queue_creations(const struct controller *c)
{
	return c->lifecycle->start_queue->starting;
}
