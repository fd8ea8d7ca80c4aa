/* Owns node.link.steady, node.link.refusals and the timer. Invariant: the timer runs while a node
 * waits. */
#include "controller/overlay/steady.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "controller/overlay/internal.h"
#include "controller/overlay/rehome.h"
#include "loop/timer.h"

/* After a move that did not get to it a node waits so long, and twice as long after each further
 * one. A process that was stopped and continued is well before it could be called silent. */
#define REFUSAL_MS     ((int64_t)1000)
#define REFUSAL_MAX_MS ((int64_t)64000)

struct steady {
	struct timer timer; /* a node that waited may get children */
	int64_t next;       /* clock_ms(): when it is due */
};

static void steady_arm(struct controller *c, int64_t until)
{
	c->overlay->steady->next = until;
	timer_start(&c->overlay->steady->timer, until - clock_ms() + 1);
}

static void on_steady(void *arg)
{
	struct controller *c = arg;
	int64_t now = clock_ms();
	int64_t next = INT64_MAX;

	for (const struct node *n = c->nodes; n; n = n->hh.next)
		if (n->link.steady > now && n->link.steady < next)
			next = n->link.steady;
	if (next < INT64_MAX)
		steady_arm(c, next);
	rehome_all(c);
}

void steady_init(struct controller *c)
{
	c->overlay->steady = mem_new(sizeof *c->overlay->steady);
	timer_init(&c->overlay->steady->timer, c->loop, on_steady, c);
}

void steady_stop(struct controller *c)
{
	timer_stop(&c->overlay->steady->timer);
	free(c->overlay->steady);
}

void steady_wait(struct controller *c, struct node *n, int64_t ms)
{
	n->link.steady = clock_ms() + ms;
	if (!timer_runs(&c->overlay->steady->timer) || n->link.steady < c->overlay->steady->next)
		steady_arm(c, n->link.steady);
}

void steady_refused(struct controller *c, struct node *n)
{
	int64_t wait = REFUSAL_MS;

	/* Several children may have tried at once: that counts once. */
	if (n->link.steady > clock_ms())
		return;
	for (unsigned i = 0; i < n->link.refusals && wait < REFUSAL_MAX_MS; i++)
		wait *= 2;
	n->link.refusals++;
	steady_wait(c, n, wait);
}
