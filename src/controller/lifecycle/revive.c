/* Owns lifecycle.revivals. */
#include "controller/lifecycle/revive.h"

#include <stdlib.h>

#include "base/mem.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/restart.h"
#include "controller/lifecycle/revivals.h"
#include "controller/node/after.h"

/* A start keeps the loop busy for about a millisecond; other work gets its turn between. */
#define REVIVALS_A_TURN 8

/* Is its parent there, or not to come soon? */
static bool may_revive(const struct controller *c, const struct node *n)
{
	const struct node *parent = node_find(c->nodes, tree_parent(c->tree, n->id));

	if (!n->restart.revive || after_awaits(c, n))
		return false;
	return !parent ||
	       (parent->restart.revive ? after_awaits(c, parent) != NULL
	                               : !node_is_restarting(parent) || parent->restart.slow);
}

static void on_revive(void *arg)
{
	struct controller *c = arg;
	struct revivals *revivals = c->lifecycle->revivals;
	int starts[REVIVALS_A_TURN];
	size_t count = 0;

	revivals->left = false;
	if (c->lifecycle->shutdown)
		return;
	requests_restart(c->requests, &revivals->creates);
	for (const struct node *n = c->nodes; n; n = n->hh.next) {
		if (count < REVIVALS_A_TURN && may_revive(c, n))
			starts[count++] = n->id;
		else
			revivals->left |= n->restart.revive;
	}
	/* By id: one that fails at once lets requests start again, which may kill others. */
	for (size_t i = 0; i < count; i++) {
		struct node *n = node_find(c->nodes, starts[i]);
		if (n && n->restart.revive)
			restart_revived(c, n);
	}
	if (count == REVIVALS_A_TURN)
		revivals_look(c);
	else if (revivals->left)
		timer_start(&revivals->look, REVIVALS_LOOK_MS);
}

static void revive_on_look(void *arg)
{
	revivals_look(arg);
}

void revive_init(struct controller *c)
{
	c->lifecycle->revivals = mem_new(sizeof *c->lifecycle->revivals);
	deferred_init(&c->lifecycle->revivals->deferred, c->loop, on_revive, c);
	timer_init(&c->lifecycle->revivals->look, c->loop, revive_on_look, c);
}

void revive_stop(struct controller *c)
{
	deferred_stop(&c->lifecycle->revivals->deferred);
	timer_stop(&c->lifecycle->revivals->look);
	free(c->lifecycle->revivals);
}
