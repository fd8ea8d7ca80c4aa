/* Owns node.move and the list of moves. Invariant: at most one node moves on any path of links. */
#include "controller/heal.h"

#include <string.h>
#include <utlist.h>

#include "base/log.h"
#include "base/parse.h"
#include "controller/liveness.h"
#include "controller/post.h"

/* The nearest logical ancestor that lives, or the controller. */
static int goal_of(const struct controller *c, const struct node *n)
{
	int id = tree_parent(c->tree, n->id);

	while (id != NODE_CONTROLLER) {
		const struct node *ancestor = node_find(c->nodes, id);
		if (ancestor && node_available(ancestor))
			return id;
		id = tree_parent(c->tree, id);
	}
	return NODE_CONTROLLER;
}

static int link_of(const struct node *n)
{
	return n->up ? n->up->id : NODE_CONTROLLER;
}

static bool crosses(const struct controller *c, const struct node *n, const struct node *to)
{
	const struct node *m;

	DL_FOREACH2(c->moves, m, move_next)
	{
		const struct node *its_goal = node_find(c->nodes, m->move.to);
		if (m != n && (node_is_above(n, m) || node_is_above(to, m) || node_is_above(m, n) ||
		               node_is_above(its_goal, n)))
			return true;
	}
	return false;
}

static void order(struct controller *c, struct node *n, int goal)
{
	const struct node *to = node_find(c->nodes, goal);
	const char *endpoint = to ? to->endpoint : c->endpoint;

	if (!n->move.active) {
		n->move.active = true;
		n->move.epoch = n->epoch;
		DL_APPEND2(c->moves, n, move_prev, move_next);
	}
	n->move.to = goal;
	n->move.linked = false;
	n->move.epoch++;
	log_debug("heal", "node %d moves from %d to %d", n->id, link_of(n), goal);
	post_now(c, n,
	         &(struct message){.type = MSG_REHOME,
	                           .value = n->move.epoch,
	                           .payload = endpoint,
	                           .payload_size = strlen(endpoint)});
}

void heal_node(struct controller *c, struct node *n)
{
	int goal;

	if (!node_available(n) || n->move.active)
		return;
	goal = goal_of(c, n);
	if (goal == link_of(n) || crosses(c, n, node_find(c->nodes, goal)))
		return;
	order(c, n, goal);
}

void heal_children(struct controller *c, int id)
{
	struct node *n;
	int child;

	for (bool more = tree_child_first(c->tree, id, &child); more;
	     more = tree_child_next(c->tree, child, &child)) {
		n = node_find(c->nodes, child);
		if (n)
			heal_node(c, n);
	}
}

void heal_all(struct controller *c)
{
	struct node *n;
	struct node *next;

	HASH_ITER (hh, c->nodes, n, next) {
		heal_node(c, n);
	}
}

static void tell_forget(struct controller *c, struct node *parent, const struct link_name *child)
{
	if (!parent)
		children_forget(c->children, child);
	else if (node_available(parent))
		post(c, parent,
		     &(struct message){.type = MSG_FORGET,
		                       .value = message_from_id(child->id),
		                       .session = child->incarnation,
		                       .request = child->epoch});
}

static void end(struct controller *c, struct node *n)
{
	n->move.active = false;
	DL_DELETE2(c->moves, n, move_prev, move_next);
}

static void complete(struct controller *c, struct node *n)
{
	struct node *old = n->up;
	const struct link_name old_link = node_link_name(n);
	struct event event = {.type = EVENT_NODE_REHOMED,
	                      .has_id = true,
	                      .id = n->id,
	                      .has_parent = true,
	                      .parent = n->move.to};

	if (!n->move.left || !n->move.linked)
		return;
	node_part(n, &c->top);
	node_join(n, node_find(c->nodes, n->move.to), &c->top);
	n->epoch = n->move.epoch;
	end(c, n);
	n->move.left = n->move.linked = false;
	post_now(c, n, &(struct message){.type = MSG_RESUME, .value = n->epoch});
	tell_forget(c, old, &old_link);
	liveness_moved(c, n);
	post_flush(c, n);
	event_publish(c->events, &event);
	heal_all(c);
}

void heal_left(struct controller *c, struct node *n, uint64_t epoch)
{
	if (!n->move.active || epoch > n->move.epoch)
		return;
	n->move.left = true;
	complete(c, n);
}

bool heal_expects(const struct node *n, int parent, uint64_t epoch)
{
	return n->move.active && epoch == n->move.epoch && parent == n->move.to;
}

void heal_linked(struct controller *c, struct node *n)
{
	n->move.linked = true;
	complete(c, n);
}

/* One move whose last word cannot come any more. */
static struct node *orphaned_move(const struct controller *c, const struct node *dead)
{
	struct node *n;

	DL_FOREACH2(c->moves, n, move_next)
	{
		if (!n->move.left && node_is_above(n->up, dead))
			return n;
	}
	return NULL;
}

void heal_lost(struct controller *c, struct node *lost)
{
	struct node *n;

	/* One at a time: the end of a move changes the list. */
	while (lost->state == NODE_DEAD && (n = orphaned_move(c, lost))) {
		n->move.left = true;
		complete(c, n);
	}
	DL_FOREACH2(c->moves, n, move_next)
	{
		if (n->move.to == lost->id)
			order(c, n, goal_of(c, n));
	}
}

void heal_forget(struct controller *c, struct node *n)
{
	struct link_name newest = node_link_name(n);
	struct node *to = n->move.active ? node_find(c->nodes, n->move.to) : NULL;

	if (n->move.active) {
		end(c, n);
		newest.epoch = n->move.epoch;
		if (to != n->up)
			tell_forget(c, to, &newest);
	}
	post_drop(n);
	tell_forget(c, n->up, &newest);
}
