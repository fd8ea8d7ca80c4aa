/* Owns the watcher. Invariant: it is the last that comes before the loop waits. */
#include "controller/check.h"

#include <stdlib.h>

#include "base/mem.h"
#include "controller/lifecycle/lifecycle.h"
#include "controller/node/core.h"
#include "controller/node/invariants.h"
#include "controller/node/names.h"
#include "controller/overlay/overlay.h"

/* Nodes looked at in a turn, on the average: a large tree does not slow the loop down. */
#define CHECK_NODES 64

struct check {
	ev_prepare turned;
	size_t turns; /* since all was looked at */
};

/* The table of nodes and the logical tree have the same ids. */
static const char *check_ids(const struct controller *c)
{
	CHECK(HASH_COUNT(c->nodes) == tree_size(c->tree));
	for (const struct node *n = c->nodes; n; n = n->hh.next)
		CHECK(tree_has(c->tree, n->id));
	return NULL;
}

const char *controller_valid(const struct controller *c)
{
	const char *wrong = tree_valid(c->tree);

	for (const struct node *n = c->nodes; n && !wrong; n = n->hh.next)
		wrong = node_check(n);
	wrong = wrong ? wrong : check_ids(c);
	wrong = wrong ? wrong : names_valid(c);
	wrong = wrong ? wrong : overlay_valid(c);
	return wrong ? wrong : lifecycle_valid(c);
}

static void check_on_turned(struct ev_loop *loop, ev_prepare *turned, int revents)
{
	const struct controller *c = turned->data;
	const char *wrong;

	(void)loop;
	(void)revents;
	if (++c->check->turns * CHECK_NODES < HASH_COUNT(c->nodes))
		return;
	c->check->turns = 0;
	wrong = controller_valid(c);
	/* Where it is a node's, which one. */
	for (const struct node *n = c->nodes; n && wrong; n = n->hh.next)
		node_assert(n);
	check_assert("controller", wrong);
}

void check_start(struct controller *c)
{
	c->check = mem_new(sizeof *c->check);
	ev_prepare_init(&c->check->turned, check_on_turned);
	ev_set_priority(&c->check->turned, EV_MINPRI);
	c->check->turned.data = c;
	ev_prepare_start(c->loop, &c->check->turned);
}

void check_stop(struct controller *c)
{
	if (!c->check)
		return;
	ev_prepare_stop(c->loop, &c->check->turned);
	free(c->check);
}
