/* Owns a DEALER and sends heartbeats on it. Invariant: HELLO is the first message. */
#include "link/parent.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/probes.h"
#include "link/batch.h"
#include "link/endpoint.h"
#include "link/lookout.h"
#include "link/send_queue.h"
#include "link/zwatch.h"

/* Messages taken in one turn of the loop. */
#define TURN_MESSAGES 256

struct parent {
	void *socket;                           /* DEALER */
	struct ev_loop *loop;                   /* borrowed */
	const struct parent_handlers *handlers; /* borrowed */
	void *arg;                              /* borrowed */
	struct peer_name name;
	struct zwatch watch;
	struct send_queue queue;
	struct lookout lookout;
	struct silence silence;
	uint64_t digest;
	uint64_t said; /* the digest of the last heartbeat */
	bool beats;    /* the parent sends heartbeats: see children_beat() */
	bool silent;
	bool *closed; /* set while messages are handled: becomes true when the handler has freed
	                 this */
};

static void parent_on_flush(void *arg)
{
	struct parent *p = arg;

	send_queue_flush(&p->queue);
}

static void parent_hear(struct parent *p)
{
	if (p->beats)
		lookout_heard(&p->lookout, &p->silence);
	if (p->silent)
		log_info("link", "the parent speaks again");
	p->silent = false;
}

/* false: the handler has freed the parent. */
static bool parent_receive(struct parent *p, struct frame *frame)
{
	struct message m;
	struct error err;
	bool closed = false;

	if (message_read(frame->bytes, frame->size, &m, &err) || message_way(m.type) == WAY_UP) {
		log_warn("link", "the parent sent what is no message");
		return true;
	}
	PROBE_LINK_RECEIVE(p->name.id, WAY_DOWN, m.type, m.request, frame->size);
	p->beats = p->beats || m.type == MSG_HEARTBEAT;
	p->closed = &closed;
	p->handlers->message(p->arg, p, &m, frame);
	if (!closed)
		p->closed = NULL;
	return !closed;
}

/* Handles the messages of one frame: gives their number; 0: the handler has freed the parent. */
static int parent_receive_all(struct parent *p, zmq_msg_t *frame)
{
	struct batch_reader reader;
	struct error err;
	struct frame one = frame_of(frame);
	bool open = true;
	int count = 1;
	int more = 0;

	if (!batch_read(frame, &reader))
		return parent_receive(p, &one);
	while (open && (more = batch_next(&reader, &one, &err)) > 0) {
		open = parent_receive(p, &one);
		count++;
	}
	if (more < 0)
		log_warn("link", "the parent sent %s", err.text);
	return open ? count : 0;
}

/* Takes one frame: gives the number of its messages; 0: there is no frame, or the parent has been
 * freed. */
static int parent_take(struct parent *p)
{
	zmq_msg_t frame;
	int count = 1;

	zmq_msg_init(&frame);
	if (zmq_msg_recv(&frame, p->socket, ZMQ_DONTWAIT) < 0) {
		/* After EINTR the socket is tried again. */
		if (zmq_errno() == EAGAIN)
			zwatch_empty(&p->watch);
		zmq_msg_close(&frame);
		return 0;
	}
	parent_hear(p);
	if (zmq_msg_more(&frame))
		log_warn("link", "the parent sent what is no message");
	else
		count = parent_receive_all(p, &frame);
	zmq_msg_close(&frame);
	return count;
}

static void parent_on_readable(void *arg)
{
	struct parent *p = arg;
	int got = 1;

	for (int taken = 0; got && taken < TURN_MESSAGES; taken += got)
		got = parent_take(p);
}

static void parent_on_silence(void *arg, struct silence *s)
{
	struct parent *p = arg;

	p->silent = true;
	log_info("link", "no sign of life from the parent for %lld ms",
	         (long long)(clock_ms() - s->heard));
}

static void beat(struct parent *p)
{
	int64_t late = lateness_ms(&p->lookout.lateness, clock_ms());

	p->said = p->digest;
	parent_send(p, &(struct message){.type = MSG_HEARTBEAT,
	                                 .node = p->name.id,
	                                 .incarnation = p->name.incarnation,
	                                 .heartbeat.digest = p->digest,
	                                 .heartbeat.late_ms = late});
}

static void parent_on_tick(void *arg)
{
	struct parent *p = arg;

	/* A stopped parent would let heartbeats pile up. */
	if (p->silent ||
	    (clock_ms() - p->queue.sent < p->lookout.interval / 2 && p->said == p->digest))
		return;
	beat(p);
}

/* A port that nobody has published is as a path where nobody listens. */
static int parent_connect(struct parent *p, const char *endpoint, struct error *err)
{
	cleanup_free char *address = endpoint_address(endpoint, err);
	char routing[PEER_NAME_SIZE];

	peer_name_write(&p->name, routing);
	if (!address)
		log_info("link", "no link to %s: %s", endpoint, err->text);
	if (zmq_setsockopt(p->socket, ZMQ_ROUTING_ID, routing, sizeof routing) == 0 &&
	    (!address || zmq_connect(p->socket, address) == 0))
		return 0;
	return error_set(err, ERR_INTERNAL, "cannot connect to %s: %s", endpoint,
	                 zmq_strerror(zmq_errno()));
}

struct parent *parent_new(struct link_context *context, struct ev_loop *loop, const char *endpoint,
                          const struct peer_name *name, const struct parent_handlers *handlers,
                          void *arg, struct error *err)
{
	struct parent *p = mem_new(sizeof *p);

	p->loop = loop;
	p->handlers = handlers;
	p->arg = arg;
	p->name = *name;
	p->socket = link_context_socket(context, ZMQ_DEALER, err);
	if (!p->socket) {
		free(p);
		return NULL;
	}
	if (parent_connect(p, endpoint, err)) {
		zmq_close(p->socket);
		free(p);
		return NULL;
	}
	send_queue_init(&p->queue, &p->watch, NULL, name->id);
	p->watch.read = parent_on_readable;
	p->watch.flush = parent_on_flush;
	p->watch.arg = p;
	if (zwatch_start(&p->watch, loop, p->socket, err)) {
		zmq_close(p->socket);
		free(p);
		return NULL;
	}
	p->lookout.tell = parent_on_tick;
	p->lookout.silent = parent_on_silence;
	p->lookout.arg = p;
	lookout_start(&p->lookout, loop);
	parent_send(p, &(struct message){.type = MSG_HELLO,
	                                 .node = name->id,
	                                 .incarnation = name->incarnation,
	                                 .hello.link_generation = name->generation});
	return p;
}

void parent_free(struct parent *p)
{
	if (!p)
		return;
	if (p->closed)
		*p->closed = true;
	lookout_stop(&p->lookout);
	zwatch_stop(&p->watch);
	send_queue_flush(&p->queue);
	zmq_close(p->socket);
	free(p);
}

uint64_t parent_generation(const struct parent *p)
{
	return p->name.generation;
}

void parent_send(struct parent *p, const struct message *m)
{
	send_queue_send(&p->queue, m);
}

void parent_pass(struct parent *p, const struct frame *frame)
{
	send_queue_pass(&p->queue, frame);
}

void parent_digest(struct parent *p, uint64_t digest)
{
	p->digest = digest;
}

void parent_interval(struct parent *p, int64_t interval_ms)
{
	bool again = p->lookout.interval != 0;

	lookout_interval(&p->lookout, interval_ms);
	/* Repeated settings must not keep the heartbeat from being sent. */
	if (again && interval_ms)
		beat(p);
}
