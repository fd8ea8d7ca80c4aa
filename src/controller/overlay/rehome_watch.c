/* Owns the timer of moves. Invariant: it runs while any node moves. */
#include "controller/overlay/rehome_watch.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"
#include "controller/overlay/internal.h"
#include "controller/overlay/orphan.h"
#include "controller/overlay/rehome.h"
#include "controller/overlay/steady.h"
#include "link/lateness.h"

/* A node that fell silent while it joined. */
static struct node *find_hushed(struct controller *c)
{
	for (struct node *n = c->nodes; n; n = n->hh.next)
		if (n->link.hushed && node_has_joined(n))
			return n;
	return NULL;
}

static void lose_hushed(struct controller *c)
{
	struct node *n;

	while ((n = find_hushed(c))) {
		n->link.hushed = false;
		c->overlay->handlers->silent(c, n, HEARTBEAT_PATIENCE * c->overlay->heartbeat_ms);
	}
}

static void on_mend(void *arg)
{
	struct controller *c = arg;
	struct node *n;
	struct node *next;

	lose_hushed(c);
	HASH_ITER (hh, c->nodes, n, next) {
		rehome_node(c, n);
	}
}

/* The node does not get to its new parent: it stays where it is, or comes to the controller if it
 * was told to leave. */
static void give_up(struct controller *c, struct node *n)
{
	struct node *to = node_find(c->nodes, n->link.move.to);

	const struct peer_name newest = {
	    .id = n->id, .incarnation = n->incarnation, .generation = n->link.move.generation};

	node_log(n, LOG_LEVEL_INFO, FACT_NONE, "rehome", "node %d does not get to node %d", n->id,
	         n->link.move.to);
	if (to)
		steady_refused(c, to);
	if (n->link.move.leaving) {
		orphan_recall(c, n, "it does not get to its new parent");
		return;
	}
	rehome_end(c, n, LINK_UP, "its new parent cannot be reached");
	/* Its present link has an older generation, and would be forgotten with it. */
	if (to != n->link.up)
		rehome_forget_link(c, to, &newest);
}

static void on_look(void *arg)
{
	struct controller *c = arg;
	struct node *n;
	struct node *next;

	DL_FOREACH_SAFE2(c->overlay->moves->list, n, next, link.move_next)
	{
		if (!rehome_again(c, n))
			give_up(c, n);
	}
	if (!c->overlay->moves->list)
		timer_stop(&c->overlay->moves->timer);
}

void rehome_watch_init(struct controller *c)
{
	c->overlay->moves = mem_new(sizeof *c->overlay->moves);
	deferred_init(&c->overlay->moves->deferred, c->loop, on_mend, c);
	timer_init(&c->overlay->moves->timer, c->loop, on_look, c);
}

void rehome_watch_stop(struct controller *c)
{
	deferred_stop(&c->overlay->moves->deferred);
	timer_stop(&c->overlay->moves->timer);
	free(c->overlay->moves);
}
