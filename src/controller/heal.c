/* Owns node.move and the list of moves. Invariant: at most one node moves on any path of links. */
#include "controller/heal.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "controller/dispatch.h"
#include "controller/liveness.h"
#include "controller/post.h"

/* A move that takes longer is ordered again; each time it may take so much longer. */
#define MOVE_PATIENCE_MS 1000

/* One that was away keeps the children that it has; it gets others after a while. */
static bool may_take(const struct node *ancestor, const struct node *n)
{
	return node_available(ancestor) &&
	       (!ancestor->steady || ancestor->steady <= clock_ms() || n->up == ancestor);
}

/* The nearest logical ancestor that lives and has been heard for a while, or the controller. */
int heal_goal(const struct controller *c, const struct node *n)
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
		n->move.patience_ms = MOVE_PATIENCE_MS;
		DL_APPEND2(c->moves, n, move_prev, move_next);
	}
	n->move.to = goal;
	n->move.linked = false;
	n->move.epoch++;
	n->move.ordered = clock_ms();
	if (!ev_is_active(&c->move_timer))
		ev_timer_again(c->loop, &c->move_timer);
	log_debug("heal", "node %d moves from %d to %d", n->id, link_of(n), goal);
	post_now(c, n,
	         &(struct message){.type = MSG_REHOME,
	                           .value = n->move.epoch,
	                           .session = c->epoch,
	                           .payload = endpoint,
	                           .payload_size = strlen(endpoint)});
}

void heal_again(struct controller *c, struct node *n)
{
	if (!node_available(n) || clock_ms() - n->move.ordered < n->move.patience_ms)
		return;
	n->move.patience_ms += MOVE_PATIENCE_MS;
	order(c, n, n->move.to);
}

void heal_node(struct controller *c, struct node *n)
{
	const struct node *to;
	int goal;

	if (!node_available(n) || node_unreachable(n) || n->move.active)
		return;
	goal = heal_goal(c, n);
	to = node_find(c->nodes, goal);
	if (goal == link_of(n) || node_unreachable(to) || crosses(c, n, to))
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
	soon_call(&c->mend);
}

static void tell_forget(struct controller *c, struct node *parent, const struct link_name *child)
{
	if (!parent)
		children_forget(c->children, child);
	else if (parent->state == NODE_UP)
		post(c, parent,
		     &(struct message){.type = MSG_FORGET,
		                       .value = message_from_id(child->id),
		                       .session = child->incarnation,
		                       .request = child->epoch});
}

/* However it ends: another may have waited for that. */
static void end(struct controller *c, struct node *n)
{
	n->move.active = n->move.left = n->move.linked = false;
	DL_DELETE2(c->moves, n, move_prev, move_next);
	heal_all(c);
}

static void publish(struct controller *c, const struct node *n)
{
	event_publish(c->events, &(struct event){.type = EVENT_NODE_REHOMED,
	                                         .has_id = true,
	                                         .id = n->id,
	                                         .has_parent = true,
	                                         .parent = link_of(n)});
}

static void complete(struct controller *c, struct node *n)
{
	struct node *old = n->up;
	const struct link_name old_link = node_link_name(n);

	if (!n->move.left || !n->move.linked)
		return;
	node_part(n, &c->top);
	node_join(n, node_find(c->nodes, n->move.to), &c->top);
	n->epoch = n->move.epoch;
	end(c, n);
	post_now(c, n, &(struct message){.type = MSG_RESUME, .value = n->epoch});
	tell_forget(c, old, &old_link);
	liveness_back(c, n);
	post_flush(c, n);
	publish(c, n);
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

/* Its parent is lost: it is told to come to the controller, and where to go from there. */
static void set_adrift(struct controller *c, struct node *n)
{
	if (n->move.active)
		end(c, n);
	post_drop(n);
	node_part(n, &c->top);
	liveness_adrift(c, n);
	process_signal(n->process, SIGUSR1);
}

void heal_lost(struct controller *c, struct node *lost)
{
	struct node *n;
	struct node *next;

	DL_FOREACH_SAFE2(lost->kids, n, next, kid_next)
	{
		if (n->state == NODE_UP)
			set_adrift(c, n);
		else if (n->state == NODE_DEAD && n->process)
			process_signal(n->process, SIGKILL); /* a new life that cannot join there */
	}
	DL_FOREACH2(c->moves, n, move_next)
	{
		if (n->move.to == lost->id)
			order(c, n, heal_goal(c, n));
	}
}

/* Orders and words of moves that went over the lost link are lost: the moves begin again. */
static void restart_moves(struct controller *c, const struct node *back)
{
	struct node *n;

	DL_FOREACH2(c->moves, n, move_next)
	{
		if (node_is_above(n, back) ||
		    node_is_above(node_find(c->nodes, n->move.to), back)) {
			n->move.left = false;
			order(c, n, n->move.to);
		}
	}
}

/* One of a former dtreed is told of us before anything else. */
static void introduce(struct controller *c, struct node *n)
{
	if (n->foreign)
		post_now(c, n,
		         &(struct message){
		             .type = MSG_ADOPT, .value = c->epoch, .session = (uint64_t)getpid()});
}

void heal_announced(struct controller *c, struct node *n, struct node *parent, uint64_t epoch)
{
	node_part(n, &c->top);
	node_join(n, parent, &c->top);
	n->epoch = epoch;
	liveness_back(c, n);
	introduce(c, n);
	dispatch_resend(c, n);
	heal_node(c, n);
	heal_children(c, n->id);
}

void heal_adopted(struct controller *c, struct node *n)
{
	struct node *below;
	struct node *next;

	n->foreign = false;
	/* Whom it did not tell of is not below it. */
	DL_FOREACH_SAFE2(n->kids, below, next, kid_next)
	{
		if (below->state == NODE_UP && !below->epoch)
			set_adrift(c, below);
	}
}

void heal_inherit(struct controller *c, struct node *n)
{
	struct node *up = node_find(c->nodes, heal_goal(c, n));

	n->foreign = true;
	n->epoch = 0;
	c->recall_left++;
	if (!ev_is_active(&c->recall_timer))
		ev_timer_again(c->loop, &c->recall_timer);
	node_join(n, up, &c->top);
	liveness_adrift(c, n);
	if (!up)
		process_signal(n->process, SIGUSR1);
}

void heal_returned(struct controller *c, struct node *n, uint64_t epoch)
{
	struct node *old = n->up;
	const struct link_name old_link = node_link_name(n);

	if (n->move.active)
		end(c, n);
	post_drop(n);
	node_part(n, &c->top);
	if (old && old_link.epoch)
		tell_forget(c, old, &old_link);
	node_join(n, NULL, &c->top);
	n->epoch = epoch;
	liveness_back(c, n);
	introduce(c, n);
	for (struct node *below = n; below; below = node_next_below(n, below))
		if (below->state == NODE_UP)
			dispatch_resend(c, below);
	restart_moves(c, n);
	heal_node(c, n);
	heal_all(c);
	/* Of one that was inherited nobody knew where it hung. */
	if (!n->move.active && old_link.epoch)
		publish(c, n);
}

void heal_back(struct controller *c, struct node *n)
{
	liveness_back(c, n);
	n->steady = clock_ms() + HEARTBEAT_PATIENCE * c->heartbeat_ms;
	ev_timer_stop(c->loop, &c->steady_timer);
	ev_now_update(c->loop);
	ev_timer_set(&c->steady_timer, (double)(n->steady - clock_ms() + 1) / 1000.0, 0.0);
	ev_timer_start(c->loop, &c->steady_timer);
	heal_all(c);
}

/* Seconds in which those of a former dtreed are expected to take to us. */
#define RECALL_S 1.0

/*
 * Who was told of by a parent that it had left already, or cannot be reached where it is: it has to
 * come by itself.
 */
static void on_recall(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct controller *c = timer->data;
	struct node *n;
	struct node *next;
	size_t left = 0;
	bool fewer;

	(void)revents;
	for (n = c->nodes; n; n = n->hh.next)
		left += n->foreign && n->state == NODE_UP;
	fewer = c->recall_left && left < c->recall_left;
	c->recall_left = left;
	HASH_ITER (hh, c->nodes, n, next) {
		/* One that was to finish does not take to us. */
		n->leaving = n->leaving && n->foreign;
		/* While they come by themselves, they are left to. */
		if (!n->foreign || n->state != NODE_UP || fewer)
			continue;
		if (n->adrift)
			process_signal(n->process, SIGUSR1);
		else
			set_adrift(c, n);
	}
	if (!left)
		ev_timer_stop(loop, timer);
}

void heal_init(struct controller *c)
{
	ev_init(&c->recall_timer, on_recall);
	c->recall_timer.repeat = RECALL_S;
	c->recall_timer.data = c;
}

void heal_stop(struct controller *c)
{
	ev_timer_stop(c->loop, &c->recall_timer);
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
