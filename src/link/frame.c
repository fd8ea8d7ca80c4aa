/* Frames as they arrive, are kept, and are made. */
#include "link/frame.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

int frame_receive(void *socket, struct peer_name *name, zmq_msg_t *frame)
{
	zmq_msg_t first;
	bool good;

	zmq_msg_init(&first);
	if (zmq_msg_recv(&first, socket, ZMQ_DONTWAIT) < 0) {
		zmq_msg_close(&first);
		return 0;
	}
	good = peer_name_read(zmq_msg_data(&first), zmq_msg_size(&first), name) == 0 &&
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

static void frame_alloc(zmq_msg_t *made, size_t size)
{
	/* It fails only without memory. */
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
	frame_alloc(kept, frame->size);
	memcpy(zmq_msg_data(kept), frame->bytes, frame->size);
}

void frame_make(zmq_msg_t *made, const struct message *m)
{
	frame_alloc(made, message_size(m));
	message_write(m, zmq_msg_data(made));
}
