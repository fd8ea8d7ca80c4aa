/*
 * Owns both sides of the node's links and its runner. Invariant: while `next` is there (a move is
 * under way) nothing is sent up but over `next` what concerns the link itself.
 */
#include "worker/relay.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <utlist.h>
#include <zmq.h>

#include "base/log.h"
#include "base/mem.h"
#include "link/children.h"
#include "link/parent.h"
#include "worker/ledger.h"

/* A frame that waits for the end of a move. */
struct held {
	zmq_msg_t frame;
	struct held *prev; /* utlist */
	struct held *next;
};

struct relay {
	struct ev_loop *loop; /* borrowed */
	void *context;
	int id;
	uint32_t incarnation;
	int64_t interval;
	struct parent *parent;
	struct parent *next; /* NULL: no move under way */
	struct children *children;
	struct ledger *ledger;
	struct held *held;
	char *controller; /* endpoint: where to go when the parent is lost */
	ev_signal lost;   /* SIGUSR1: the controller says that it is */
	ev_timer rejoin;  /* until the controller has heard us */
};

static void send_up(struct relay *r, zmq_msg_t *frame)
{
	struct held *held;

	if (!r->next) {
		parent_send(r->parent, frame);
		return;
	}
	held = mem_new(sizeof *held);
	zmq_msg_init(&held->frame);
	zmq_msg_move(&held->frame, frame);
	DL_APPEND(r->held, held);
}

/* This node's own word to the controller. */
static void say(struct relay *r, struct message *m)
{
	zmq_msg_t frame;

	m->node = r->id;
	m->incarnation = r->incarnation;
	frame_make(&frame, m);
	send_up(r, &frame);
}

static void on_answer(void *arg, struct message *m)
{
	say(arg, m);
}

static void on_linked(void *arg, const struct link_name *name)
{
	say(arg, &(struct message){.type = MSG_LINKED,
	                           .value = message_from_id(name->id),
	                           .session = name->incarnation,
	                           .request = name->epoch});
}

static void on_silent(void *arg, const struct link_name *name, int64_t silent_ms)
{
	say(arg, &(struct message){.type = MSG_SILENT,
	                           .value = message_from_id(name->id),
	                           .session = name->incarnation,
	                           .request = (uint64_t)silent_ms});
}

static void on_back(void *arg, const struct link_name *name)
{
	say(arg, &(struct message){.type = MSG_BACK,
	                           .value = message_from_id(name->id),
	                           .session = name->incarnation});
}

static void on_child_message(void *arg, const struct link_name *from, const struct message *m,
                             zmq_msg_t *frame)
{
	struct relay *r = arg;
	zmq_msg_t moved;

	if (m->type == MSG_LEFT && m->node == from->id)
		children_leaving(r->children, from);
	zmq_msg_init(&moved);
	zmq_msg_move(&moved, frame);
	send_up(r, &moved);
}

static const struct children_handlers children_handlers = {
    .linked = on_linked,
    .message = on_child_message,
    .silent = on_silent,
    .back = on_back,
};

static void set_interval(struct relay *r, struct parent *from, int64_t interval)
{
	parent_interval(from, interval);
	if (interval == r->interval)
		return;
	r->interval = interval;
	children_interval(r->children, interval);
}

static void on_parent_message(void *arg, struct parent *from, const struct message *m,
                              zmq_msg_t *frame);

static const struct parent_handlers parent_handlers = {.message = on_parent_message};

/* The order to move; a newer one replaces an older one that is still being carried out. */
static void rehome(struct relay *r, const struct message *m)
{
	cleanup_free char *endpoint = mem_copy(m->payload, m->payload_size);
	const struct parent *newest = r->next ? r->next : r->parent;
	struct parent *next;
	struct error err;
	zmq_msg_t frame;

	if (m->value <= parent_epoch(newest))
		return;
	next = parent_new(
	    r->context, r->loop, endpoint,
	    &(struct link_name){.id = r->id, .incarnation = r->incarnation, .epoch = m->value},
	    &parent_handlers, r, &err);
	if (!next) {
		log_warn("relay", "node %d stays where it is: %s", r->id, err.text);
		return;
	}
	parent_interval(next, r->interval);
	frame_make(&frame, &(struct message){.type = MSG_LEFT,
	                                     .node = r->id,
	                                     .incarnation = r->incarnation,
	                                     .value = m->value});
	parent_send(r->parent, &frame);
	parent_free(r->next);
	r->next = next;
}

static void resume(struct relay *r, struct parent *from)
{
	struct held *held;
	struct held *next;

	if (from != r->next)
		return;
	parent_free(r->parent);
	r->parent = r->next;
	r->next = NULL;
	DL_FOREACH_SAFE (r->held, held, next) {
		parent_send(r->parent, &held->frame);
		free(held);
	}
	r->held = NULL;
}

/* Seconds until an orphan knocks at the controller's door again. */
#define REJOIN_S 1.0

static void drop_held(struct relay *r)
{
	struct held *held;
	struct held *next;

	DL_FOREACH_SAFE (r->held, held, next) {
		zmq_msg_close(&held->frame);
		free(held);
	}
	r->held = NULL;
}

/*
 * The parent is lost: to the controller, with a new link. Whatever was on its way is lost too; the
 * controller asks again, and the ledger knows what was done. What happened to children meanwhile is
 * told anew.
 */
static void go_to_controller(struct relay *r)
{
	const struct parent *newest = r->next ? r->next : r->parent;
	struct error err;
	struct parent *p = parent_new(r->context, r->loop, r->controller,
	                              &(struct link_name){.id = r->id,
	                                                  .incarnation = r->incarnation,
	                                                  .epoch = parent_epoch(newest) + 1},
	                              &parent_handlers, r, &err);

	if (!p) {
		log_warn("relay", "node %d: %s", r->id, err.text);
		return;
	}
	drop_held(r);
	parent_free(r->next);
	parent_free(r->parent);
	r->next = NULL;
	r->parent = p;
	parent_interval(p, r->interval);
	children_announce(r->children);
}

static void on_lost(struct ev_loop *loop, ev_signal *lost, int revents)
{
	struct relay *r = lost->data;

	(void)revents;
	go_to_controller(r);
	ev_timer_again(loop, &r->rejoin);
}

static void on_rejoin(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	go_to_controller(timer->data);
}

static void obey(struct relay *r, struct parent *from, const struct message *m)
{
	if (m->node != r->id || m->incarnation != r->incarnation) {
		log_debug("relay", "node %d: dropped a %s for a former life", r->id,
		          message_name(m->type));
		return;
	}
	switch (m->type) {
	case MSG_PING:
		say(r, &(struct message){.type = MSG_PONG, .request = m->request});
		break;
	case MSG_EXEC:
	case MSG_DATA:
	case MSG_CANCEL:
	case MSG_CREDIT:
	case MSG_SETTLED:
		ledger_take(r->ledger, m);
		break;
	case MSG_REHOME:
		rehome(r, m);
		break;
	case MSG_RESUME:
		resume(r, from);
		break;
	case MSG_FORGET:
		children_forget(r->children,
		                &(struct link_name){.id = message_to_id(m->value),
		                                    .incarnation = (uint32_t)m->session,
		                                    .epoch = m->request});
		break;
	case MSG_ADOPT:
	case MSG_ADOPTED:
	case MSG_HELLO:
	case MSG_WELCOME:
	case MSG_HEARTBEAT:
	case MSG_INTERVAL:
	case MSG_PONG:
	case MSG_TAKEN:
	case MSG_OFFER:
	case MSG_RESULT:
	case MSG_LEFT:
	case MSG_LINKED:
	case MSG_SILENT:
	case MSG_BACK:
	case MSG_TYPES:
		break; /* none of them goes down a route */
	}
}

static void on_parent_message(void *arg, struct parent *from, const struct message *m,
                              zmq_msg_t *frame)
{
	struct relay *r = arg;
	zmq_msg_t moved;
	int child;

	if (message_way(m->type) == WAY_LINK) {
		if (m->type == MSG_WELCOME && from == r->parent)
			ev_timer_stop(r->loop, &r->rejoin);
		if (m->type == MSG_WELCOME || m->type == MSG_INTERVAL)
			set_interval(r, from, (int64_t)m->value);
		return;
	}
	if (!message_hop(zmq_msg_data(frame), &child)) {
		obey(r, from, m);
		return;
	}
	zmq_msg_init(&moved);
	zmq_msg_move(&moved, frame);
	/* A child that is gone: the controller saw it die, and answers for it. */
	if (!children_send(r->children, child, &moved))
		log_debug("relay", "node %d: no way to %d", r->id, child);
}

static int join(struct relay *r, const struct relay_config *config, struct error *err)
{
	const struct link_name name = {
	    .id = config->id, .incarnation = config->incarnation, .epoch = 1};

	r->context = zmq_ctx_new();
	if (!r->context)
		return error_set(err, ERR_INTERNAL, "no ZeroMQ context: %s",
		                 zmq_strerror(zmq_errno()));
	r->children = children_new(r->context, r->loop, config->listen, &children_handlers, r, err);
	if (!r->children)
		return -1;
	r->parent =
	    parent_new(r->context, r->loop, config->parent, &name, &parent_handlers, r, err);
	return r->parent ? 0 : -1;
}

struct relay *relay_new(struct ev_loop *loop, const struct relay_config *config, struct error *err)
{
	struct relay *r = mem_new(sizeof *r);
	const struct dtree_node node = {
	    .id = config->id, .state_dir = config->state_dir, .durability = config->durability};

	r->loop = loop;
	r->id = config->id;
	r->incarnation = config->incarnation;
	r->controller = mem_string(config->controller);
	ev_signal_init(&r->lost, on_lost, SIGUSR1);
	r->lost.data = r;
	ev_signal_start(loop, &r->lost);
	ev_init(&r->rejoin, on_rejoin);
	r->rejoin.repeat = REJOIN_S;
	r->rejoin.data = r;
	r->ledger = ledger_new(loop, &node, config->service, on_answer, r);
	if (join(r, config, err) == 0)
		return r;
	children_free(r->children);
	if (r->context)
		zmq_ctx_term(r->context);
	ledger_free(r->ledger);
	ev_signal_stop(loop, &r->lost);
	free(r->controller);
	free(r);
	return NULL;
}
