/*
 * Owns the links up and the frames that wait. Invariant: while `next` is there (a move is under
 * way) nothing is sent up but over `next` what concerns the link itself.
 */
#include "worker/uplink.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"

/* Seconds until one without a parent knocks at the controller's door again. */
#define KNOCK_S 1.0

/* A frame that waits for the end of a move. */
struct held {
	zmq_msg_t frame;
	struct held *prev; /* utlist */
	struct held *next;
};

struct uplink {
	void *context;        /* borrowed */
	struct ev_loop *loop; /* borrowed */
	int id;
	uint32_t incarnation;
	char *controller;
	const struct uplink_handlers *handlers; /* borrowed */
	void *arg;                              /* borrowed */
	int64_t interval;
	struct parent *parent;
	struct parent *next; /* NULL: no move under way */
	struct held *held;
	ev_timer knock; /* until the controller has heard us */
};

static void on_message(void *arg, struct parent *from, const struct message *m, struct frame *frame)
{
	struct uplink *u = arg;
	int64_t interval = (int64_t)m->value;

	if (message_way(m->type) != WAY_LINK) {
		u->handlers->message(u->arg, from, m, frame);
		return;
	}
	if (m->type == MSG_WELCOME && from == u->parent)
		ev_timer_stop(u->loop, &u->knock);
	if (m->type != MSG_WELCOME && m->type != MSG_INTERVAL)
		return;
	parent_interval(from, interval);
	if (interval == u->interval)
		return;
	u->interval = interval;
	u->handlers->interval(u->arg, interval);
}

static const struct parent_handlers parent_handlers = {.message = on_message};

static struct parent *connect_to(struct uplink *u, const char *endpoint, uint64_t epoch,
                                 struct error *err)
{
	const struct link_name name = {.id = u->id, .incarnation = u->incarnation, .epoch = epoch};
	struct parent *p =
	    parent_new(u->context, u->loop, endpoint, &name, &parent_handlers, u, err);

	if (p)
		parent_interval(p, u->interval);
	return p;
}

static uint64_t newest_epoch(const struct uplink *u)
{
	return parent_epoch(u->next ? u->next : u->parent);
}

/* A frame that is to wait, to be filled. */
static zmq_msg_t *hold(struct uplink *u)
{
	struct held *held = mem_new(sizeof *held);

	DL_APPEND(u->held, held);
	return &held->frame;
}

void uplink_send(struct uplink *u, const struct message *m)
{
	if (u->next)
		frame_make(hold(u), m);
	else
		parent_send(u->parent, m);
}

void uplink_pass(struct uplink *u, const struct frame *frame)
{
	if (u->next)
		frame_keep(frame, hold(u));
	else
		parent_pass(u->parent, frame);
}

static void drop_held(struct uplink *u)
{
	struct held *held;
	struct held *next;

	DL_FOREACH_SAFE (u->held, held, next) {
		zmq_msg_close(&held->frame);
		free(held);
	}
	u->held = NULL;
}

void uplink_move(struct uplink *u, const struct message *m)
{
	cleanup_free char *endpoint = mem_copy(m->payload, m->payload_size);
	struct parent *next;
	struct error err;

	if (m->value <= newest_epoch(u))
		return;
	next = connect_to(u, endpoint, m->value, &err);
	if (!next) {
		log_warn("uplink", "node %d stays where it is: %s", u->id, err.text);
		return;
	}
	parent_send(u->parent, &(struct message){.type = MSG_LEFT,
	                                         .node = u->id,
	                                         .incarnation = u->incarnation,
	                                         .value = m->value});
	parent_free(u->next);
	u->next = next;
}

void uplink_resume(struct uplink *u, const struct parent *from)
{
	struct held *held;

	if (from != u->next)
		return;
	parent_free(u->parent);
	u->parent = u->next;
	u->next = NULL;
	DL_FOREACH (u->held, held) {
		struct frame frame = frame_of(&held->frame);
		parent_pass(u->parent, &frame);
	}
	drop_held(u);
}

static void go_to_controller(struct uplink *u)
{
	struct error err;
	struct parent *p = connect_to(u, u->controller, newest_epoch(u) + 1, &err);

	if (!p) {
		log_warn("uplink", "node %d: %s", u->id, err.text);
		return;
	}
	drop_held(u);
	parent_free(u->next);
	parent_free(u->parent);
	u->next = NULL;
	u->parent = p;
	u->handlers->renewed(u->arg);
}

static void on_knock(struct ev_loop *loop, ev_timer *knock, int revents)
{
	(void)loop;
	(void)revents;
	go_to_controller(knock->data);
}

void uplink_lost(struct uplink *u)
{
	go_to_controller(u);
	ev_timer_again(u->loop, &u->knock);
}

bool uplink_keep(struct uplink *u, const struct parent *from)
{
	bool keeps = !u->next || from == u->next;

	if (keeps)
		uplink_resume(u, from);
	else
		uplink_lost(u);
	return keeps;
}

struct uplink *uplink_new(void *context, struct ev_loop *loop, int id, uint32_t incarnation,
                          const char *controller, const struct uplink_handlers *handlers, void *arg)
{
	struct uplink *u = mem_new(sizeof *u);

	u->context = context;
	u->loop = loop;
	u->id = id;
	u->incarnation = incarnation;
	u->controller = mem_string(controller);
	u->handlers = handlers;
	u->arg = arg;
	ev_init(&u->knock, on_knock);
	u->knock.repeat = KNOCK_S;
	u->knock.data = u;
	return u;
}

void uplink_free(struct uplink *u)
{
	if (!u)
		return;
	ev_timer_stop(u->loop, &u->knock);
	drop_held(u);
	parent_free(u->next);
	parent_free(u->parent);
	free(u->controller);
	free(u);
}

int uplink_join(struct uplink *u, const char *endpoint, struct error *err)
{
	u->parent = connect_to(u, endpoint, 1, err);
	return u->parent ? 0 : -1;
}
