/* Frames: what arrives over a link and what is sent over one. */
#ifndef LINK_FRAME_H
#define LINK_FRAME_H

#include <stddef.h>
#include <zmq.h>

#include "link/peer_name.h"
#include "wire/message.h"

/* What arrived: a frame, or one message of several in a frame (batch.h). Whoever is given it may
 * change its bytes, and pass it on; they stay for as long as it is handled, unless it was. */
struct frame {
	char *bytes;
	size_t size;
	/* Borrowed: what holds these bytes and nothing else. NULL: nothing does. */
	zmq_msg_t *whole;
};

/* Takes one from a ROUTER: 1 and from whom it is, 0 when there is none, -1 for what no link sends.
 * The frame was initialised; the caller closes it. */
int frame_receive(void *socket, struct peer_name *name, zmq_msg_t *frame);

struct frame frame_of(zmq_msg_t *whole);
/* A ZeroMQ message with those bytes, to be closed by the caller; `whole` is empty then. */
void frame_keep(const struct frame *frame, zmq_msg_t *kept);
/* One that holds the message, to be closed by the caller. */
void frame_make(zmq_msg_t *made, const struct message *m);

#endif
