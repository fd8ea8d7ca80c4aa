/*
 * Owns the links up and the held frames. Invariant: while the node is leaving, only messages about
 * the links themselves are sent up.
 */
#include "worker/uplink.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"

/* Seconds until an unanswered link is tried again; doubled each time, so that a late parent is not
 * kept busy. */
#define KNOCK_S     1.0
#define KNOCK_MAX_S 8.0
/* Seconds until the messages of a move are sent again. */
#define ARRIVED_S 0.25
/* Ticks until a new link without a LEAVE is given up: dtreed has given up the move by then. */
#define ARRIVALS_MAX 20

/* A frame that is held until the end of a move. */
struct held {
	zmq_msg_t frame;
	struct held *prev; /* utlist */
	struct held *next;
};

struct uplink {
	struct link_context *context; /* borrowed */
	struct ev_loop *loop;         /* borrowed */
	int id;
	uint32_t incarnation;
	char *controller;
	const struct uplink_handlers *handlers; /* borrowed */
	void *arg;                              /* borrowed */
	int64_t interval;
	uint64_t digest;
	struct parent *parent;
	struct parent *next; /* NULL: no move under way */
	bool leaving;        /* LEFT was sent over `parent` */
	unsigned arrivals;   /* ticks since `next` was made */
	uint64_t newest;     /* generation of the newest link */
	struct held *held;
	char *first;      /* endpoint of the first parent; NULL: it has answered, or is lost */
	ev_timer knock;   /* until `parent` has answered */
	ev_timer arrived; /* while a move is under way */
};

static void joined(struct uplink *u)
{
	ev_timer_stop(u->loop, &u->knock);
	free(u->first);
	u->first = NULL;
}

static void uplink_set_interval(struct uplink *u, struct parent *from, int64_t interval)
{
	parent_interval(from, interval);
	if (interval == u->interval)
		return;
	u->interval = interval;
	u->handlers->interval(u->arg, interval);
}

static void uplink_on_message(void *arg, struct parent *from, const struct message *m,
                              struct frame *frame)
{
	struct uplink *u = arg;

	if (message_way(m->type) != WAY_LINK) {
		u->handlers->message(u->arg, from, m, frame);
		return;
	}
	if (m->type == MSG_WELCOME && from == u->parent)
		joined(u);
	if (m->type == MSG_WELCOME)
		uplink_set_interval(u, from, m->welcome.interval_ms);
	else if (m->type == MSG_INTERVAL)
		uplink_set_interval(u, from, m->interval.interval_ms);
}

static const struct parent_handlers parent_handlers = {.message = uplink_on_message};

static struct parent *connect_to(struct uplink *u, const char *endpoint, uint64_t generation,
                                 struct error *err)
{
	const struct peer_name name = {
	    .id = u->id, .incarnation = u->incarnation, .generation = generation};
	struct parent *p =
	    parent_new(u->context, u->loop, endpoint, &name, &parent_handlers, u, err);

	if (!p)
		return NULL;
	u->newest = generation;
	parent_interval(p, u->interval);
	parent_digest(p, u->digest);
	return p;
}

/* A new held frame, for the caller to fill. */
static zmq_msg_t *hold(struct uplink *u)
{
	struct held *held = mem_new(sizeof *held);

	DL_APPEND(u->held, held);
	return &held->frame;
}

void uplink_send(struct uplink *u, const struct message *m)
{
	if (u->leaving)
		frame_make(hold(u), m);
	else
		parent_send(u->parent, m);
}

void uplink_pass(struct uplink *u, const struct frame *frame)
{
	if (u->leaving)
		frame_keep(frame, hold(u));
	else
		parent_pass(u->parent, frame);
}

bool uplink_leads(const struct uplink *u, const struct parent *link)
{
	return link == u->parent;
}

void uplink_digest(struct uplink *u, uint64_t digest)
{
	u->digest = digest;
	if (u->parent)
		parent_digest(u->parent, digest);
	if (u->next)
		parent_digest(u->next, digest);
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

static void uplink_say_left(struct uplink *u)
{
	parent_send(u->parent,
	            &(struct message){.type = MSG_LEFT,
	                              .node = u->id,
	                              .incarnation = u->incarnation,
	                              .left.link_generation = parent_generation(u->next)});
}

static void uplink_say_arrived(struct uplink *u)
{
	parent_send(u->next,
	            &(struct message){.type = MSG_ARRIVED,
	                              .node = u->id,
	                              .incarnation = u->incarnation,
	                              .arrived.link_generation = parent_generation(u->next)});
}

/* Ends the move. */
static void drop_next(struct uplink *u)
{
	ev_timer_stop(u->loop, &u->arrived);
	parent_free(u->next);
	u->next = NULL;
	u->leaving = false;
}

/* Sends the messages of the move again, as any of them may be lost with a relay. */
static void on_arrived(struct ev_loop *loop, ev_timer *arrived, int revents)
{
	struct uplink *u = arrived->data;

	(void)loop;
	(void)revents;
	if (!u->leaving && ++u->arrivals > ARRIVALS_MAX) {
		drop_next(u);
		return;
	}
	if (u->leaving)
		uplink_say_left(u);
	uplink_say_arrived(u);
}

void uplink_move(struct uplink *u, const struct message *m)
{
	cleanup_free char *endpoint = mem_copy(m->payload, m->payload_size);
	struct parent *next;
	struct error err;

	if (m->rehome.link_generation <= u->newest)
		return;
	next = connect_to(u, endpoint, m->rehome.link_generation, &err);
	if (!next) {
		log_warn("uplink", "node %d stays where it is: %s", u->id, err.text);
		return;
	}
	parent_free(u->next);
	u->next = next;
	u->arrivals = 0;
	ev_timer_again(u->loop, &u->arrived);
}

void uplink_leave(struct uplink *u, uint64_t generation)
{
	if (!u->next || parent_generation(u->next) != generation)
		return;
	u->leaving = true;
	uplink_say_left(u);
}

void uplink_resume(struct uplink *u, const struct parent *from)
{
	struct held *held;

	if (from != u->next)
		return;
	parent_free(u->parent);
	u->parent = u->next;
	u->next = NULL;
	u->leaving = false;
	ev_timer_stop(u->loop, &u->arrived);
	joined(u);
	DL_FOREACH (u->held, held) {
		struct frame frame = frame_of(&held->frame);
		parent_pass(u->parent, &frame);
	}
	drop_held(u);
}

static void go_to_controller(struct uplink *u)
{
	struct error err;
	struct parent *p = connect_to(u, u->controller, u->newest + 1, &err);

	if (!p) {
		log_warn("uplink", "node %d: %s", u->id, err.text);
		return;
	}
	drop_held(u);
	drop_next(u);
	parent_free(u->parent);
	u->parent = p;
	u->handlers->renewed(u->arg);
}

/* Connects again: the first parent had no room for the connection, or its answer is late. */
static void join_again(struct uplink *u)
{
	struct error err;
	struct parent *p = connect_to(u, u->first, u->newest + 1, &err);

	if (!p) {
		log_warn("uplink", "node %d: %s", u->id, err.text);
		return;
	}
	parent_free(u->parent);
	u->parent = p;
}

static void on_knock(struct ev_loop *loop, ev_timer *knock, int revents)
{
	struct uplink *u = knock->data;

	(void)revents;
	if (u->first)
		join_again(u);
	else
		go_to_controller(u);
	if (2.0 * knock->repeat <= KNOCK_MAX_S)
		knock->repeat *= 2.0;
	ev_timer_again(loop, knock);
}

static void begin_knocking(struct uplink *u)
{
	u->knock.repeat = KNOCK_S;
	ev_timer_again(u->loop, &u->knock);
}

void uplink_lost(struct uplink *u)
{
	free(u->first);
	u->first = NULL;
	go_to_controller(u);
	begin_knocking(u);
}

bool uplink_keep(struct uplink *u, const struct parent *from)
{
	if (u->next && from == u->next) {
		uplink_resume(u, from);
	} else if (u->leaving) {
		uplink_lost(u);
		return false;
	} else {
		drop_next(u);
	}
	return true;
}

struct uplink *uplink_new(struct link_context *context, struct ev_loop *loop, int id,
                          uint32_t incarnation, const char *controller,
                          const struct uplink_handlers *handlers, void *arg)
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
	u->knock.data = u;
	ev_init(&u->arrived, on_arrived);
	u->arrived.repeat = ARRIVED_S;
	u->arrived.data = u;
	return u;
}

void uplink_free(struct uplink *u)
{
	if (!u)
		return;
	ev_timer_stop(u->loop, &u->knock);
	drop_held(u);
	drop_next(u);
	parent_free(u->parent);
	free(u->first);
	free(u->controller);
	free(u);
}

int uplink_join(struct uplink *u, const char *endpoint, struct error *err)
{
	u->parent = connect_to(u, endpoint, 1, err);
	if (!u->parent)
		return -1;
	u->first = mem_string(endpoint);
	begin_knocking(u);
	return 0;
}
