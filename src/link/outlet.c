/* Frames on their way out. Invariant: they leave in the order in which they came. */
#include "link/outlet.h"

#include <string.h>

#include "base/clock.h"

/* Closes the frame. */
static bool put(struct outlet *o, zmq_msg_t *frame)
{
	void *socket = o->watch->socket;
	bool gone;

	zwatch_used(o->watch);
	gone = (!o->routing ||
	        zmq_send(socket, o->routing, LINK_NAME_SIZE, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0) &&
	       zmq_msg_send(frame, socket, ZMQ_DONTWAIT) >= 0;
	zmq_msg_close(frame);
	if (gone)
		o->sent = clock_ms();
	return gone;
}

static void put_kept(struct outlet *o)
{
	zmq_msg_t frame;

	if (batch_take(&o->batch, &frame))
		put(o, &frame);
}

/* Something was written to the batch. */
static void kept(struct outlet *o)
{
	if (batch_full(&o->batch))
		put_kept(o);
}

bool outlet_send(struct outlet *o, const struct message *m)
{
	char *room = batch_room(&o->batch, message_size(m));
	zmq_msg_t frame;

	if (room) {
		message_write(m, room);
		kept(o);
		return true;
	}
	put_kept(o);
	frame_make(&frame, m);
	return put(o, &frame);
}

bool outlet_pass(struct outlet *o, const struct frame *frame)
{
	char *room = batch_room(&o->batch, frame->size);
	zmq_msg_t moved;

	if (room) {
		memcpy(room, frame->bytes, frame->size);
		kept(o);
		return true;
	}
	put_kept(o);
	frame_keep(frame, &moved);
	return put(o, &moved);
}

void outlet_flush(struct outlet *o)
{
	put_kept(o);
	batch_turn(&o->batch);
}
