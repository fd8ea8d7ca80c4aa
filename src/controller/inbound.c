/* Whom a word from a link is for. Owns nothing; what is not expected changes nothing. */
#include "controller/inbound.h"

#include "base/log.h"
#include "base/parse.h"
#include "controller/create.h"
#include "controller/depart.h"
#include "controller/dispatch.h"
#include "controller/heal.h"
#include "controller/loss.h"
#include "controller/post.h"
#include "controller/restart.h"
#include "controller/stream.h"
#include "controller/sweep.h"

/* The node of that life, if it is in the table. */
static struct node *find_life(struct controller *c, int id, uint32_t incarnation)
{
	struct node *n = node_find(c->nodes, id);

	return n && n->incarnation == incarnation ? n : NULL;
}

void inbound_process_ended(void *arg, const struct process_tag *tag, const char *cause)
{
	struct controller *c = arg;
	struct node *n = find_life(c, tag->node, tag->incarnation);
	struct error err;

	if (tag->departure) {
		/* In the table still: the whole tree ends. */
		if (n) {
			n->process = NULL;
			n->state = NODE_DEAD;
		}
		depart_process_gone(c, tag);
	} else if (n && n->state == NODE_STARTING) {
		n->process = NULL;
		error_set(&err, ERR_INTERNAL, "the worker ended before it was ready: %s", cause);
		create_failed(c, n, &err);
	} else if (n && n->state == NODE_DEAD) {
		n->process = NULL; /* a new life that did not join */
		restart_consider(c, n);
	} else if (n) {
		loss_died(c, n, cause);
		if (n->removed)
			return;
		if (n->leaving)
			restart_revive(c, n);
		else
			restart_consider(c, n);
	}
}

static int link_of(const struct node *n)
{
	return n->up ? n->up->id : NODE_CONTROLLER;
}

/* Is this link one that was ordered: the first of a new node, or the goal of a move? */
static bool expected(const struct node *n, int parent, uint64_t epoch)
{
	if (n && (n->state == NODE_STARTING || restart_under_way(n)))
		return parent == link_of(n) && epoch == n->epoch;
	return n && heal_expects(n, parent, epoch);
}

static void linked(struct controller *c, struct node *n)
{
	if (n->state == NODE_STARTING)
		create_joined(c, n);
	else if (restart_under_way(n))
		restart_joined(c, n);
	else
		heal_linked(c, n);
}

/* Did it come of its own accord, because its parent is lost? */
static bool returned(const struct node *n, uint64_t epoch)
{
	return n && n->state == NODE_UP && epoch > n->epoch;
}

static bool on_accept(void *arg, const struct link_name *name)
{
	const struct node *n = find_life(arg, name->id, name->incarnation);

	return expected(n, NODE_CONTROLLER, name->epoch) || returned(n, name->epoch);
}

static void on_linked(void *arg, const struct link_name *name)
{
	struct controller *c = arg;
	struct node *n = find_life(c, name->id, name->incarnation);

	if (expected(n, NODE_CONTROLLER, name->epoch))
		linked(c, n);
	else
		heal_returned(c, n, name->epoch);
}

static void hear_silence(struct controller *c, struct node *n, int parent, int64_t silent_ms)
{
	if (n && !n->adrift && link_of(n) == parent)
		loss_silent(c, n, silent_ms);
}

static void hear_back(struct controller *c, struct node *n, int parent)
{
	if (n && n->silent && !n->adrift && link_of(n) == parent)
		heal_back(c, n);
}

static void on_silent(void *arg, const struct link_name *name, int64_t silent_ms)
{
	hear_silence(arg, find_life(arg, name->id, name->incarnation), NODE_CONTROLLER, silent_ms);
}

static void on_back(void *arg, const struct link_name *name)
{
	hear_back(arg, find_life(arg, name->id, name->incarnation), NODE_CONTROLLER);
}

static bool is_link(const struct node *n, const struct node *parent, uint64_t epoch)
{
	return n->up == parent && n->epoch == epoch;
}

/* News of a child, from the parent that it hangs under. */
static void hear_of_child(struct controller *c, struct node *parent, const struct message *m)
{
	int id = message_to_id(m->value);
	uint32_t incarnation = (uint32_t)m->session;
	struct node *n = find_life(c, id, incarnation);

	if (m->type == MSG_SILENT) {
		hear_silence(c, n, parent->id, (int64_t)m->request);
	} else if (m->type == MSG_BACK) {
		hear_back(c, n, parent->id);
	} else if (expected(n, parent->id, m->request)) {
		linked(c, n);
	} else if (n && n->foreign && (m->request > n->epoch || is_link(n, parent, m->request))) {
		heal_announced(c, n, parent, m->request);
	} else if (n && is_link(n, parent, m->request)) {
		hear_back(c, n, parent->id); /* said again by a parent that was adrift */
	} else {
		log_warn("link", "node %d: a link to node %d was not expected", id, parent->id);
		post(c, parent,
		     &(struct message){.type = MSG_FORGET,
		                       .value = m->value,
		                       .session = incarnation,
		                       .request = m->request});
	}
}

static void hear_taken(struct controller *c, const struct node *n, const struct message *m)
{
	struct task *r = task_find(c->pending, m->request);

	if (r && r->at_node && r->node == n->id)
		stream_taken(r, m->value);
}

static void hear(struct controller *c, const struct link_name *from, struct node *n,
                 const struct message *m)
{
	switch (m->type) {
	case MSG_PONG:
	case MSG_OFFER:
	case MSG_RESULT:
		dispatch_answer(c, n, m);
		break;
	case MSG_TAKEN:
		hear_taken(c, n, m);
		break;
	case MSG_LEFT:
		if (m->node == from->id)
			children_leaving(c->children, from);
		heal_left(c, n, m->value);
		break;
	case MSG_LINKED:
	case MSG_SILENT:
	case MSG_BACK:
		hear_of_child(c, n, m);
		break;
	case MSG_ADOPTED:
		if (m->value == c->epoch)
			heal_adopted(c, n);
		break;
	case MSG_HELLO:
	case MSG_WELCOME:
	case MSG_HEARTBEAT:
	case MSG_INTERVAL:
	case MSG_PING:
	case MSG_EXEC:
	case MSG_DATA:
	case MSG_CANCEL:
	case MSG_CREDIT:
	case MSG_SETTLED:
	case MSG_REHOME:
	case MSG_RESUME:
	case MSG_FORGET:
	case MSG_ADOPT:
	case MSG_SWEEP:
	case MSG_SWEPT:
	case MSG_TYPES:
		break; /* none of them goes up */
	}
}

static void on_message(void *arg, const struct link_name *from, const struct message *m,
                       const struct frame *frame)
{
	struct controller *c = arg;
	struct node *n = find_life(c, m->node, m->incarnation);

	(void)frame;
	/* What a sweep gathered below it is good also if it has died since. */
	if (n && m->type == MSG_SWEPT)
		sweep_swept(c, n, m);
	else if (n && n->state == NODE_UP)
		hear(c, from, n, m);
}

const struct children_handlers inbound_handlers = {
    .accept = on_accept,
    .linked = on_linked,
    .message = on_message,
    .silent = on_silent,
    .back = on_back,
};
