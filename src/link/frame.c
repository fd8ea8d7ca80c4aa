/* Link names, socket options, frames. */
#include "link/frame.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/bytes.h"

void link_name_write(const struct link_name *name, char bytes[LINK_NAME_SIZE])
{
	bytes[0] = 'n';
	put32(bytes + 1, (uint32_t)name->id);
	put32(bytes + 5, name->incarnation);
	put64(bytes + 9, name->generation);
}

int link_name_read(const char *bytes, size_t size, struct link_name *name)
{
	if (size != LINK_NAME_SIZE || bytes[0] != 'n')
		return -1;
	name->id = (int)get32(bytes + 1);
	name->incarnation = get32(bytes + 5);
	name->generation = get64(bytes + 9);
	return 0;
}

static int set_int(void *socket, int option, int value)
{
	return zmq_setsockopt(socket, option, &value, sizeof value);
}

void *link_socket(void *context, int type, struct error *err)
{
	int64_t largest = (int64_t)MESSAGE_SIZE_MAX;
	uid_t uid = geteuid();
	void *socket = zmq_socket(context, type);

	if (!socket) {
		error_set(err, ERR_LIMIT, "cannot open a link: %s", zmq_strerror(zmq_errno()));
		return NULL;
	}
	if (set_int(socket, ZMQ_LINGER, 0) || set_int(socket, ZMQ_SNDHWM, 0) ||
	    set_int(socket, ZMQ_RCVHWM, 0) || set_int(socket, ZMQ_RECONNECT_IVL, -1) ||
	    set_int(socket, ZMQ_BACKLOG, LINK_BACKLOG) ||
	    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest) ||
	    zmq_setsockopt(socket, ZMQ_IPC_FILTER_UID, &uid, sizeof uid) ||
	    (type == ZMQ_ROUTER && set_int(socket, ZMQ_ROUTER_MANDATORY, 1))) {
		error_set(err, ERR_INTERNAL, "cannot set up a link: %s", zmq_strerror(zmq_errno()));
		zmq_close(socket);
		return NULL;
	}
	return socket;
}

int frame_receive(void *socket, struct link_name *name, zmq_msg_t *frame)
{
	zmq_msg_t first;
	bool good;

	zmq_msg_init(&first);
	if (zmq_msg_recv(&first, socket, ZMQ_DONTWAIT) < 0) {
		zmq_msg_close(&first);
		return 0;
	}
	good = link_name_read(zmq_msg_data(&first), zmq_msg_size(&first), name) == 0 &&
	       zmq_msg_more(&first);
	for (int more = zmq_msg_more(&first), n = 0; more; more = zmq_msg_more(frame), n++) {
		if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0)
			break;
		good = good && n == 0;
	}
	zmq_msg_close(&first);
	return good ? 1 : -1;
}

struct frame frame_of(zmq_msg_t *whole)
{
	return (struct frame){zmq_msg_data(whole), zmq_msg_size(whole), whole};
}

static void make(zmq_msg_t *made, size_t size)
{
	/* It fails for want of memory only. */
	if (zmq_msg_init_size(made, size) == 0)
		return;
	mem_spend();
	if (zmq_msg_init_size(made, size))
		mem_end(size);
}

void frame_keep(const struct frame *frame, zmq_msg_t *kept)
{
	if (frame->whole) {
		zmq_msg_init(kept);
		zmq_msg_move(kept, frame->whole);
		return;
	}
	make(kept, frame->size);
	memcpy(zmq_msg_data(kept), frame->bytes, frame->size);
}

void frame_make(zmq_msg_t *made, const struct message *m)
{
	make(made, message_size(m));
	message_write(m, zmq_msg_data(made));
}
