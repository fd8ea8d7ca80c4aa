/*
 * Owns the ROUTER and the table of children. Invariant: a child is in the table under the newest
 * link generation of its newest life that said hello; messages of another life are dropped.
 */
#include "link/children.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/number_hash.h"
#include "base/probes.h"
#include "link/batch.h"
#include "link/bound.h"
#include "link/lookout.h"
#include "link/send_queue.h"
#include "link/zwatch.h"

/* Messages taken in one turn of the loop, so that links and clients share it. */
#define TURN_MESSAGES 256

struct child {
	int id; /* the key */
	struct peer_name name;
	char routing[PEER_NAME_SIZE];
	struct silence silence;
	bool silent;
	bool leaving; /* its silence is not reported */
	bool cut;     /* sent an invalid message; later ones are dropped */
	bool served;  /* on the list of children that were sent something in this turn */
	struct send_queue queue;
	struct child *prev; /* utlist */
	struct child *next;
	UT_hash_handle hh;
};

struct children {
	void *socket; /* ROUTER */
	struct bound bound;
	struct ev_loop *loop;                     /* borrowed */
	const struct children_handlers *handlers; /* borrowed */
	void *arg;                                /* borrowed */
	struct zwatch watch;
	struct lookout lookout;
	bool beats; /* heartbeats are sent to the children too */
	bool heard; /* the child that the frame at hand is of: once for all messages of a frame */
	struct child *table;
	struct child *served;
};

static struct child *children_find(struct children *c, int id)
{
	struct child *child;

	HASH_FIND_INT(c->table, &id, child);
	return child;
}

/* Call it before sending to the child: its queue is flushed when the turn ends. */
static void children_serve(struct children *c, struct child *child)
{
	if (!child->served)
		DL_APPEND(c->served, child);
	child->served = true;
}

/* The turn ends: flushes its queue. */
static void unserve(struct children *c, struct child *child)
{
	send_queue_flush(&child->queue);
	if (child->served)
		DL_DELETE(c->served, child);
	child->served = false;
}

static void children_on_flush(void *arg)
{
	struct children *c = arg;

	while (c->served)
		unserve(c, c->served);
}

static void children_drop(struct children *c, struct child *child)
{
	unserve(c, child);
	lookout_ignore(&c->lookout, &child->silence);
	HASH_DEL(c->table, child);
	free(child);
}

static void children_tell(struct children *c, struct child *child, const struct message *m)
{
	children_serve(c, child);
	send_queue_send(&child->queue, m);
}

static void fall_silent(struct children *c, struct child *child)
{
	if (child->silent || child->leaving)
		return;
	child->silent = true;
	PROBE_LINK_SILENT(child->id, child->silence.heard);
	c->handlers->silent(c->arg, &child->name, clock_ms() - child->silence.heard);
}

static void greet(struct children *c, const struct peer_name *name)
{
	struct child *child = children_find(c, name->id);

	if (child && (child->name.incarnation > name->incarnation ||
	              (child->name.incarnation == name->incarnation &&
	               child->name.generation >= name->generation)))
		return;
	if (c->handlers->accept && !c->handlers->accept(c->arg, name)) {
		log_warn("link", "node %d: turned away a link that was not expected", name->id);
		return;
	}
	if (child)
		children_drop(c, child);
	child = mem_new(sizeof *child);
	child->id = name->id;
	child->name = *name;
	child->silence.owner = child;
	lookout_heard(&c->lookout, &child->silence);
	peer_name_write(name, child->routing);
	send_queue_init(&child->queue, &c->watch, child->routing, child->id);
	HASH_ADD_INT(c->table, id, child);
	children_tell(
	    c, child,
	    &(struct message){.type = MSG_WELCOME, .welcome.interval_ms = c->lookout.interval});
	c->handlers->linked(c->arg, name);
}

static void children_heard(struct children *c, struct child *child)
{
	if (!child->leaving && !c->heard)
		lookout_heard(&c->lookout, &child->silence);
	c->heard = true;
	if (!child->silent)
		return;
	child->silent = false;
	c->handlers->back(c->arg, &child->name);
}

static struct child *children_find_life(struct children *c, const struct peer_name *name)
{
	struct child *child = children_find(c, name->id);

	return child && child->name.incarnation == name->incarnation ? child : NULL;
}

static void cut_off(struct children *c, const struct peer_name *name, const struct error *why)
{
	struct child *child = children_find_life(c, name);

	log_warn("link", "node %d is cut off: it sent %s", name->id, why->text);
	if (!child)
		return;
	child->cut = true;
	fall_silent(c, child);
}

/* more: it came in one frame with the message before it, which was a sign of life of both. */
static void children_receive(struct children *c, const struct peer_name *name,
                             const struct frame *frame, bool more)
{
	struct message m;
	struct error err;
	struct child *child = children_find_life(c, name);
	int bad;

	if (child && child->cut)
		return;
	bad = message_read(frame->bytes, frame->size, &m, &err);
	if (!bad && message_way(m.type) == WAY_DOWN)
		bad = error_set(&err, ERR_PARSE, "a %s message, which only a parent sends",
		                message_name(m.type));
	if (bad) {
		cut_off(c, name, &err);
		return;
	}
	PROBE_LINK_RECEIVE(name->id, WAY_UP, m.type, m.request, frame->size);
	if (m.type == MSG_HELLO) {
		greet(c, name);
		return;
	}
	if (!child)
		return;
	if (child->name.generation == name->generation) {
		if (!more)
			children_heard(c, child);
		if (m.type == MSG_HEARTBEAT)
			child->silence.told = m.heartbeat.late_ms;
		if (m.type == MSG_HEARTBEAT && c->handlers->beat)
			c->handlers->beat(c->arg, name, m.heartbeat.digest);
	}
	if (message_way(m.type) == WAY_UP)
		c->handlers->message(c->arg, name, &m, frame);
}

/* Handles the messages of one frame: gives their number. */
static int children_receive_all(struct children *c, const struct peer_name *name, zmq_msg_t *frame)
{
	struct batch_reader reader;
	struct error err;
	struct frame one = frame_of(frame);
	int count = 0;
	int more;

	if (!batch_read(frame, &reader)) {
		children_receive(c, name, &one, false);
		return 1;
	}
	while ((more = batch_next(&reader, &one, &err)) > 0) {
		children_receive(c, name, &one, count > 0);
		count++;
	}
	if (more < 0)
		cut_off(c, name, &err);
	return count + 1;
}

/* Takes one frame from the socket: gives the number of its messages, 0 when there is no frame. */
static int children_take(struct children *c)
{
	struct peer_name name;
	zmq_msg_t frame;
	int count = 1;
	int got;

	c->heard = false;
	zmq_msg_init(&frame);
	got = frame_receive(c->socket, &name, &frame);
	/* After EINTR the socket is tried again. */
	if (!got && zmq_errno() == EAGAIN)
		zwatch_empty(&c->watch);
	if (got > 0)
		count = children_receive_all(c, &name, &frame);
	zmq_msg_close(&frame);
	return got ? count : 0;
}

static void children_on_readable(void *arg)
{
	struct children *c = arg;
	int got = 1;

	for (int taken = 0; got && taken < TURN_MESSAGES; taken += got)
		got = children_take(c);
}

/* libzmq takes from its connections in turn: this many frames include one of each child. */
void children_hear(struct children *c)
{
	unsigned frames = HASH_COUNT(c->table);

	zwatch_used(&c->watch);
	for (unsigned i = 0; i <= frames && children_take(c); i++)
		;
}

static void on_hear(void *arg)
{
	children_hear(arg);
}

static void children_on_silence(void *arg, struct silence *s)
{
	fall_silent(arg, s->owner);
}

static void tell_all(void *arg)
{
	struct children *c = arg;
	const struct message m = {.type = MSG_HEARTBEAT,
	                          .heartbeat.interval_ms = c->lookout.interval};
	int64_t due = clock_ms() - c->lookout.interval / 2;

	for (struct child *child = c->beats ? c->table : NULL; child; child = child->hh.next)
		if (!child->silent && child->queue.sent <= due)
			children_tell(c, child, &m);
}

static size_t children_links(void *arg)
{
	return HASH_COUNT(((struct children *)arg)->table);
}

struct children *children_new(struct link_context *context, struct ev_loop *loop,
                              const char *endpoint, const struct children_handlers *handlers,
                              void *arg, struct error *err)
{
	struct children *c = mem_new(sizeof *c);

	c->loop = loop;
	c->handlers = handlers;
	c->arg = arg;
	c->socket = link_context_socket(context, ZMQ_ROUTER, err);
	if (!c->socket ||
	    bound_open(&c->bound, context, loop,
	               &(struct gate_config){c->socket, children_links, c}, endpoint, err)) {
		if (c->socket)
			zmq_close(c->socket);
		free(c);
		return NULL;
	}
	c->watch.read = children_on_readable;
	c->watch.flush = children_on_flush;
	c->watch.arg = c;
	if (zwatch_start(&c->watch, loop, c->socket, err)) {
		bound_free(&c->bound);
		zmq_close(c->socket);
		free(c);
		return NULL;
	}
	c->lookout = (struct lookout){
	    .tell = tell_all, .hear = on_hear, .silent = children_on_silence, .arg = c};
	lookout_start(&c->lookout, loop);
	return c;
}

void children_free(struct children *c)
{
	struct child *child;
	struct child *next;

	if (!c)
		return;
	lookout_stop(&c->lookout);
	zwatch_stop(&c->watch);
	HASH_ITER (hh, c->table, child, next) {
		children_drop(c, child);
	}
	bound_free(&c->bound);
	zmq_close(c->socket);
	free(c);
}

int children_renew(struct children *c, struct error *err)
{
	return bound_renew(&c->bound, err);
}

void children_beat(struct children *c)
{
	c->beats = true;
}

bool children_send(struct children *c, int id, const struct message *m)
{
	struct child *child = children_find(c, id);

	if (!child)
		return false;
	children_serve(c, child);
	return send_queue_send(&child->queue, m);
}

bool children_pass(struct children *c, int id, const struct frame *frame)
{
	struct child *child = children_find(c, id);

	if (!child)
		return false;
	children_serve(c, child);
	return send_queue_pass(&child->queue, frame);
}

void children_leaving(struct children *c, const struct peer_name *name)
{
	struct child *child = children_find_life(c, name);

	/* The child may have come back over another link before this message arrived. */
	if (!child || child->name.generation != name->generation)
		return;
	child->leaving = true;
	lookout_ignore(&c->lookout, &child->silence);
}

void children_forget(struct children *c, const struct peer_name *name)
{
	struct child *child = children_find(c, name->id);

	if (child && child->name.incarnation == name->incarnation &&
	    child->name.generation <= name->generation)
		children_drop(c, child);
}

void children_interval(struct children *c, int64_t interval_ms)
{
	const struct message m = {.type = MSG_INTERVAL, .interval.interval_ms = interval_ms};

	lookout_interval(&c->lookout, interval_ms);
	for (struct child *child = c->table; child; child = child->hh.next)
		children_tell(c, child, &m);
}

int64_t children_clock(const struct children *c)
{
	return lateness_clock(&c->lookout.lateness, clock_ms());
}

int64_t children_patience(const struct children *c)
{
	return lateness_patience(&c->lookout.lateness, c->lookout.interval, 0, clock_ms());
}
