/* Owns buried nodes and the count of starts. */
#include "controller/node/retire.h"
#include "base/mem.h"

#include <stdlib.h>
#include <utlist.h>

static void free_buried(struct controller *c)
{
	struct node *n;
	struct node *next;

	DL_FOREACH_SAFE2(c->turn->buried, n, next, outage_next)
	{
		node_free(n);
	}
	c->turn->buried = NULL;
}

static void on_turn(void *arg)
{
	struct controller *c = arg;

	c->turn->starts = 0;
	free_buried(c);
	requests_restart(c->requests, &c->turn->start_queue);
}

void retire_init(struct controller *c)
{
	c->turn = mem_new(sizeof *c->turn);
	deferred_init(&c->turn->deferred, c->loop, on_turn, c);
}

void retire_stop(struct controller *c)
{
	deferred_stop(&c->turn->deferred);
	free_buried(c);
	free(c->turn);
}

void retire_later(struct controller *c)
{
	deferred_call(&c->turn->deferred);
}

void retire_started(struct controller *c, const struct node *n)
{
	c->turn->starting -= !n->up;
	if (c->turn->start_queue)
		retire_later(c);
}

void retire_bury(struct controller *c, struct node *n)
{
	ev_timer_stop(c->loop, &n->restart.timer);
	ev_timer_stop(c->loop, &n->restart.own);
	HASH_DEL(c->nodes, n);
	n->removed = true;
	DL_APPEND2(c->turn->buried, n, outage_prev, outage_next);
	retire_later(c);
}
