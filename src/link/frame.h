/*
 * Frames and sockets: what both ends of a link have in common.
 *
 * A child's routing id is made of its node id, its incarnation and its link generation, so that no
 * two connections ever share one: libzmq silently drops what comes from a second holder of an id.
 */
#ifndef LINK_FRAME_H
#define LINK_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "base/error.h"
#include "wire/message.h"

/* Silence of so many intervals is loss. */
#define HEARTBEAT_PATIENCE 4

/* Connections that may wait to be taken; net.core.somaxconn allows no more than 4096 by default
 * (listen(2)). Beyond it a connection fails, and is not tried again by libzmq: rehome_again(). */
#define LINK_BACKLOG 4096

/* The link's own name for a child: 'n', id (32), incarnation (32), generation (64), little-endian.
 */
#define LINK_NAME_SIZE 17

struct link_name {
	int id;
	uint32_t incarnation;
	uint64_t generation;
};

void link_name_write(const struct link_name *name, char bytes[LINK_NAME_SIZE]);
/* 0, or -1 for what is no such name. */
int link_name_read(const char *bytes, size_t size, struct link_name *name);

/*
 * A socket with the options that every link has: nothing lingers, no reconnecting behind our back,
 * no frame over MESSAGE_SIZE_MAX, only processes of this user. libzmq's own high-water marks are
 * off: what may be under way is bounded end to end by the windows of dispatch (controller) and of
 * streams, and a full pipe in the middle would block strangers. NULL on failure.
 */
void *link_socket(void *context, int type, struct error *err);

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
int frame_receive(void *socket, struct link_name *name, zmq_msg_t *frame);

struct frame frame_of(zmq_msg_t *whole);
/* A ZeroMQ message with those bytes, to be closed by the caller; `whole` is empty then. */
void frame_keep(const struct frame *frame, zmq_msg_t *kept);
/* One that holds the message, to be closed by the caller. */
void frame_make(zmq_msg_t *made, const struct message *m);

#endif
