/* Owns node.link.move, node.link.published and the list of moves. Invariant: at most one node moves
 * on any path of links. */
#include "controller/overlay/rehome.h"

#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/probes.h"
#include "controller/node/event.h"
#include "controller/overlay/internal.h"
#include "controller/overlay/link_files.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/route.h"

/* A move that takes longer is ordered again. */
#define MOVE_PATIENCE_MS 1000
/* A move is ordered so often, and then given up. */
#define MOVE_ORDERS 2

/* A node that is not steady yet keeps the children that it has, and gets no others. */
static bool may_take(const struct node *ancestor, const struct node *n)
{
	return node_available(ancestor) &&
	       (ancestor->link.steady <= clock_ms() || n->link.up == ancestor);
}

/* The nearest logical ancestor that lives and has been heard for a while, or the controller. */
int rehome_goal(const struct controller *c, const struct node *n)
{
	int id = tree_parent(c->tree, n->id);

	while (id != NODE_CONTROLLER) {
		const struct node *ancestor = node_find(c->nodes, id);
		if (ancestor && may_take(ancestor, n))
			return id;
		id = tree_parent(c->tree, id);
	}
	return NODE_CONTROLLER;
}

static bool crosses(const struct controller *c, const struct node *n, const struct node *to)
{
	const struct node *m;

	DL_FOREACH2(c->overlay->moves->list, m, link.move_next)
	{
		const struct node *its_goal = node_find(c->nodes, m->link.move.to);
		if (m != n && (node_is_above(n, m) || node_is_above(to, m) || node_is_above(m, n) ||
		               node_is_above(its_goal, n)))
			return true;
	}
	return false;
}

static void order(struct controller *c, struct node *n, int goal)
{
	const struct node *to = node_find(c->nodes, goal);
	cleanup_free char *endpoint = link_files_endpoint(c, to);

	if (!node_is_moving(n)) {
		node_set_link(n, LINK_MOVING, "its link belongs elsewhere");
		n->link.move.orders = 0;
		DL_APPEND2(c->overlay->moves->list, n, link.move_prev, link.move_next);
	}
	n->link.move.to = goal;
	n->link.move.linked = false;
	n->link.newest =
	    (n->link.newest > n->link.generation ? n->link.newest : n->link.generation) + 1;
	n->link.move.generation = n->link.newest;
	n->link.move.orders++;
	n->link.move.ordered = clock_ms();
	timer_repeat(&c->overlay->moves->timer, MOVE_LOOK_MS);
	log_debug("rehome", "node %d moves from %d to %d", n->id, node_link_parent(n), goal);
	route_now(c, n,
	          &(struct message){.type = MSG_REHOME,
	                            .rehome.link_generation = n->link.move.generation,
	                            .rehome.controller_epoch = c->controller_epoch,
	                            .payload = endpoint,
	                            .payload_size = strlen(endpoint)});
}

bool rehome_again(struct controller *c, struct node *n)
{
	/* It is ordered again when its way, or its goal, is back. */
	if (node_unreachable(n) || node_unreachable(node_find(c->nodes, n->link.move.to)))
		return true;
	if (clock_ms() - n->link.move.ordered < MOVE_PATIENCE_MS)
		return true;
	if (n->link.move.orders == MOVE_ORDERS)
		return false;
	order(c, n, n->link.move.to);
	return true;
}

void rehome_node(struct controller *c, struct node *n)
{
	const struct node *to;
	int goal;

	if (!node_available(n) || node_unreachable(n) || node_is_moving(n))
		return;
	goal = rehome_goal(c, n);
	to = node_find(c->nodes, goal);
	if (goal == node_link_parent(n) || node_unreachable(to) || node_is_above(to, n) ||
	    crosses(c, n, to))
		return;
	order(c, n, goal);
}

void rehome_children(struct controller *c, int id)
{
	struct node *n;
	int child;

	for (bool more = tree_child_first(c->tree, id, &child); more;
	     more = tree_child_next(c->tree, child, &child)) {
		n = node_find(c->nodes, child);
		if (n)
			rehome_node(c, n);
		/* Children of a lost node belong to the next node above it. */
		if (n && !node_available(n))
			rehome_children(c, child);
	}
}

void rehome_all(struct controller *c)
{
	deferred_call(&c->overlay->moves->deferred);
}

void rehome_forget_link(struct controller *c, struct node *parent, const struct peer_name *child)
{
	if (!parent)
		children_forget(c->children, child);
	else if (node_has_joined(parent))
		route_post(c, parent,
		           &(struct message){.type = MSG_FORGET,
		                             .forget.id = child->id,
		                             .forget.incarnation = child->incarnation,
		                             .forget.link_generation = child->generation});
}

void rehome_end(struct controller *c, struct node *n, enum link_state to, const char *why)
{
	n->link.move.leaving = n->link.move.left = n->link.move.linked = false;
	DL_DELETE2(c->overlay->moves->list, n, link.move_prev, link.move_next);
	n->link.move_prev = NULL;
	node_set_link(n, to, why);
	rehome_all(c);
}

void rehome_tell(struct controller *c, struct node *n)
{
	if (n->link.published == node_link_parent(n))
		return;
	n->link.published = node_link_parent(n);
	PROBE_NODE_REHOMED(n->id, n->link.published);
	event_publish(c->events, &(struct event){.type = EVENT_NODE_REHOMED,
	                                         .has_id = true,
	                                         .id = n->id,
	                                         .name = node_name(n),
	                                         .has_parent = true,
	                                         .parent = node_link_parent(n)});
}

void rehome_resume(struct controller *c, struct node *n)
{
	route_now(
	    c, n,
	    &(struct message){.type = MSG_RESUME, .resume.link_generation = n->link.generation});
}

static void complete(struct controller *c, struct node *n)
{
	struct node *old = n->link.up;
	const struct peer_name old_link = node_peer_name(n);

	if (!n->link.move.left || !n->link.move.linked)
		return;
	node_part(n, &c->overlay->top);
	node_join(n, node_find(c->nodes, n->link.move.to), &c->overlay->top);
	n->link.generation = n->link.move.generation;
	if (n->link.up)
		n->link.up->link.refusals = 0;
	rehome_end(c, n, LINK_UP, "it moved");
	rehome_resume(c, n);
	rehome_forget_link(c, old, &old_link);
	liveness_back(c, n);
	route_flush(c, n);
	rehome_tell(c, n);
}

void rehome_left(struct controller *c, struct node *n, uint64_t generation)
{
	if (!node_is_moving(n) || generation > n->link.move.generation)
		return;
	/* It is said again until RESUME comes: this one is of the move before. */
	if (generation <= n->link.generation)
		return;
	n->link.move.left = true;
	complete(c, n);
}

bool rehome_expects(const struct node *n, int parent, uint64_t generation)
{
	return node_is_moving(n) && generation == n->link.move.generation &&
	       parent == n->link.move.to;
}

void rehome_linked(struct controller *c, struct node *n)
{
	n->link.move.linked = true;
	if (n->link.move.left) {
		complete(c, n);
		return;
	}
	/* The last word over the old link: what comes later for it is held back. */
	route_now(
	    c, n,
	    &(struct message){.type = MSG_LEAVE, .leave.link_generation = n->link.move.generation});
	n->link.move.leaving = true;
}

/* Where its link may lead now. A goal may still hang below the node, if both have other places in
 * the logical tree than they had: the node moves there once that has moved. */
static int rehome_goal_now(const struct controller *c, const struct node *n)
{
	int goal = rehome_goal(c, n);

	return node_is_above(node_find(c->nodes, goal), n) ? NODE_CONTROLLER : goal;
}

void rehome_retarget(struct controller *c, const struct node *lost)
{
	struct node *n;

	DL_FOREACH2(c->overlay->moves->list, n, link.move_next)
	{
		if (n->link.move.to != lost->id)
			continue;
		n->link.move.orders = 0;
		order(c, n, rehome_goal_now(c, n));
	}
}

void rehome_restart(struct controller *c, const struct node *back)
{
	struct node *n;

	DL_FOREACH2(c->overlay->moves->list, n, link.move_next)
	{
		if (node_is_above(n, back) ||
		    node_is_above(node_find(c->nodes, n->link.move.to), back)) {
			n->link.move.left = false;
			n->link.move.orders = 0;
			order(c, n, n->link.move.to);
		}
	}
}

void rehome_renewed(struct controller *c, struct node *n)
{
	if (!node_is_moving(n) || n->link.generation < n->link.move.generation)
		return;
	n->link.move.left = false;
	n->link.move.orders = 0;
	order(c, n, n->link.move.to);
}

void rehome_forget(struct controller *c, struct node *n)
{
	struct peer_name newest = node_peer_name(n);
	struct node *to = node_is_moving(n) ? node_find(c->nodes, n->link.move.to) : NULL;

	if (node_is_moving(n)) {
		rehome_end(c, n, LINK_NONE, "it is lost or removed");
		newest.generation = n->link.move.generation;
		if (to != n->link.up)
			rehome_forget_link(c, to, &newest);
	}
	route_drop(n);
	rehome_forget_link(c, n->link.up, &newest);
}
