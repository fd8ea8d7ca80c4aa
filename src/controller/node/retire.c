/* Owns removed nodes. */
#include "controller/node/retire.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "controller/node/names.h"

struct retired {
	struct node *list;
	struct deferred deferred;
};

static void retire_free_all(void *arg)
{
	struct retired *retired = arg;
	struct node *n;
	struct node *next;

	DL_FOREACH_SAFE2(retired->list, n, next, health.outage_next)
	{
		node_free(n);
	}
	retired->list = NULL;
}

void retire_init(struct controller *c)
{
	c->retired = mem_new(sizeof *c->retired);
	deferred_init(&c->retired->deferred, c->loop, retire_free_all, c->retired);
}

void retire_stop(struct controller *c)
{
	deferred_stop(&c->retired->deferred);
	retire_free_all(c->retired);
	free(c->retired);
}

void retire_bury(struct controller *c, struct node *n)
{
	node_stop_timers(n);
	names_leave(c, n);
	HASH_DEL(c->nodes, n);
	node_set_life(n, LIFE_RETIRED, "it leaves the table");
	DL_APPEND2(c->retired->list, n, health.outage_prev, health.outage_next);
	deferred_call(&c->retired->deferred);
}
