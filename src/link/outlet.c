/* Frames on their way out. Invariant: they leave in the order in which they came. */
#include "link/outlet.h"

#include "base/clock.h"
#include "link/frame.h"

static bool put(struct outlet *o, zmq_msg_t *frame)
{
	void *socket = o->watch->socket;

	zwatch_used(o->watch);
	if ((o->routing &&
	     zmq_send(socket, o->routing, LINK_NAME_SIZE, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) ||
	    zmq_msg_send(frame, socket, ZMQ_DONTWAIT) < 0) {
		zmq_msg_close(frame);
		return false;
	}
	o->sent = clock_ms();
	return true;
}

static void put_kept(struct outlet *o)
{
	zmq_msg_t frame;

	if (batch_take(&o->batch, &frame))
		put(o, &frame);
}

bool outlet_send(struct outlet *o, zmq_msg_t *frame)
{
	if (batch_keep(&o->batch, frame)) {
		if (batch_full(&o->batch))
			put_kept(o);
		return true;
	}
	put_kept(o);
	return put(o, frame);
}

void outlet_flush(struct outlet *o)
{
	put_kept(o);
	batch_turn(&o->batch);
}
