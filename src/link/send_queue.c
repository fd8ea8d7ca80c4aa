/* Invariant: messages leave in the order in which they came. */
#include "link/send_queue.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/probes.h"

/* The next two: a signal, as the SIGCHLD of a program, interrupts also what does not wait, and
 * nothing has been sent then. */
static bool put_name(const struct send_queue *q)
{
	int rc;

	do
		rc = zmq_send(q->watch->socket, q->routing, PEER_NAME_SIZE,
		              ZMQ_SNDMORE | ZMQ_DONTWAIT);
	while (rc < 0 && zmq_errno() == EINTR);
	return rc >= 0;
}

static bool put_frame(const struct send_queue *q, zmq_msg_t *frame)
{
	int rc;

	do
		rc = zmq_msg_send(frame, q->watch->socket, ZMQ_DONTWAIT);
	while (rc < 0 && zmq_errno() == EINTR);
	return rc >= 0;
}

/* Closes the frame. */
static bool put(struct send_queue *q, zmq_msg_t *frame)
{
	bool gone;

	zwatch_used(q->watch);
	gone = (!q->routing || put_name(q)) && put_frame(q, frame);
	zmq_msg_close(frame);
	if (gone)
		q->sent = clock_ms();
	return gone;
}

static void put_kept(struct send_queue *q)
{
	zmq_msg_t frame;

	if (batch_take(&q->batch, &frame))
		put(q, &frame);
}

/* Something was written to the batch. */
static void kept(struct send_queue *q)
{
	if (batch_full(&q->batch))
		put_kept(q);
}

void send_queue_init(struct send_queue *q, struct zwatch *watch, const char *routing, int link)
{
	*q = (struct send_queue){
	    .watch = watch, .routing = routing, .link = link, .way = routing ? WAY_DOWN : WAY_UP};
}

bool send_queue_send(struct send_queue *q, const struct message *m)
{
	size_t size = message_size(m);
	char *room = batch_room(&q->batch, size);
	zmq_msg_t frame;

	PROBE_LINK_SEND(q->link, q->way, m->type, m->request, size);
	if (room) {
		message_write(m, room);
		kept(q);
		return true;
	}
	put_kept(q);
	frame_make(&frame, m);
	return put(q, &frame);
}

bool send_queue_pass(struct send_queue *q, const struct frame *frame)
{
	char *room = batch_room(&q->batch, frame->size);
	zmq_msg_t moved;

	PROBE_LINK_SEND(q->link, q->way, message_type(frame->bytes), message_request(frame->bytes),
	                frame->size);
	if (room) {
		memcpy(room, frame->bytes, frame->size);
		kept(q);
		return true;
	}
	put_kept(q);
	frame_keep(frame, &moved);
	return put(q, &moved);
}

void send_queue_flush(struct send_queue *q)
{
	put_kept(q);
	batch_turn(&q->batch);
}
