/* Owns lifecycle.give_up. */
#include "controller/lifecycle/give_up.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "controller/lifecycle/internal.h"
#include "controller/node/event.h"

struct give_up {
	struct deferred told;
	char *why;       /* owned: of the first for which the owner ends; NULL: there was none */
	given_up_fn *fn; /* NULL: it has been called, or nobody listens */
	void *arg;       /* borrowed */
};

static void give_up_on_turn(void *arg)
{
	struct give_up *g = arg;
	given_up_fn *fn = g->fn;

	g->fn = NULL;
	if (fn)
		fn(g->arg, g->why);
}

void give_up_init(struct controller *c)
{
	c->lifecycle->give_up = mem_new(sizeof *c->lifecycle->give_up);
	deferred_init(&c->lifecycle->give_up->told, c->loop, give_up_on_turn,
	              c->lifecycle->give_up);
}

void give_up_stop(struct controller *c)
{
	deferred_stop(&c->lifecycle->give_up->told);
	free(c->lifecycle->give_up->why);
	free(c->lifecycle->give_up);
}

void give_up_listen(struct controller *c, given_up_fn *fn, void *arg)
{
	c->lifecycle->give_up->fn = fn;
	c->lifecycle->give_up->arg = arg;
}

void give_up_tell(struct controller *c, const struct node *n, unsigned deaths)
{
	struct give_up *g = c->lifecycle->give_up;

	node_log(n, LOG_LEVEL_ERROR, FACT_NODE_GIVEN_UP, "restart",
	         "node %d died %u times and is given up", n->id, deaths);
	event_publish(c->events, &(struct event){.type = EVENT_NODE_GIVEN_UP,
	                                         .has_id = true,
	                                         .id = n->id,
	                                         .name = node_name(n),
	                                         .deaths = deaths,
	                                         .cause = node_cause(n)});
	if (g->why || !c->config.ends_at_give_up)
		return;
	g->why = mem_format("node %d died %u times and is given up", n->id, deaths);
	deferred_call(&g->told);
}
