/* Frames: what arrives over a link and what is sent over one. */
#ifndef LINK_FRAME_H
#define LINK_FRAME_H

#include <stddef.h>
#include <zmq.h>

#include "link/peer_name.h"
#include "wire/message.h"

/* A received frame, or one message of several in a frame (batch.h). The handler may change its
 * bytes and pass it on; the bytes are valid until the handler returns or has passed them on. */
struct frame {
	char *bytes;
	size_t size;
	/* Borrowed: the ZeroMQ message that holds just these bytes; NULL: they are a part of
	 * one. */
	zmq_msg_t *whole;
};

/* Takes a frame from a ROUTER: 1 and the sender's name, 0 when there is none, -1 for something that
 * no link sends. The caller has initialised the frame and closes it. */
int frame_receive(void *socket, struct peer_name *name, zmq_msg_t *frame);

struct frame frame_of(zmq_msg_t *whole);
/* Makes a ZeroMQ message with those bytes, which the caller closes. frame->whole is empty then. */
void frame_keep(const struct frame *frame, zmq_msg_t *kept);
/* Makes a ZeroMQ message of the message, which the caller closes. */
void frame_make(zmq_msg_t *made, const struct message *m);

#endif
