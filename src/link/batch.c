/* Frames of several messages. Invariant: the kept bytes are none, or begin with BATCH_MARK. */
#include "link/batch.h"

#include <stdint.h>

#include "wire/bytes.h"

/* Bytes before each message: its size. */
#define BATCH_HEAD ((size_t)4)

char *batch_room(struct batch *b, size_t size)
{
	char *room;

	b->count++;
	if (!b->keeps || size > BATCH_SMALL) {
		b->keeps = true;
		return NULL;
	}
	if (!buffer_size(&b->kept))
		buffer_add(&b->kept, &(char){BATCH_MARK}, 1);
	room = buffer_reserve(&b->kept, BATCH_HEAD + size);
	put32(room, (uint32_t)size);
	buffer_claim(&b->kept, BATCH_HEAD + size);
	return room + BATCH_HEAD;
}

bool batch_full(const struct batch *b)
{
	return buffer_size(&b->kept) >= BATCH_BYTES;
}

/* libzmq has sent the bytes; called on any thread. */
static void batch_let_go(void *bytes, void *hint)
{
	(void)hint;
	free(bytes);
}

/* It fails only without memory. */
static void give(zmq_msg_t *frame, const struct buffer *bytes)
{
	if (zmq_msg_init_data(frame, bytes->data, bytes->end, batch_let_go, NULL) == 0)
		return;
	mem_spend();
	if (zmq_msg_init_data(frame, bytes->data, bytes->end, batch_let_go, NULL))
		mem_end(bytes->end);
}

bool batch_take(struct batch *b, zmq_msg_t *frame)
{
	if (!buffer_size(&b->kept))
		return false;
	give(frame, &b->kept);
	b->kept = (struct buffer){0};
	return true;
}

void batch_turn(struct batch *b)
{
	if (b->count)
		b->keeps = b->count > 1;
	b->count = 0;
}

bool batch_read(zmq_msg_t *frame, struct batch_reader *reader)
{
	char *bytes = zmq_msg_data(frame);
	size_t size = zmq_msg_size(frame);

	if (!size || bytes[0] != BATCH_MARK)
		return false;
	*reader = (struct batch_reader){.at = bytes + 1, .end = bytes + size};
	return true;
}

int batch_next(struct batch_reader *reader, struct frame *part, struct error *err)
{
	size_t left = (size_t)(reader->end - reader->at);
	uint32_t head;

	if (!left)
		return 0;
	if (left < BATCH_HEAD)
		return error_set(err, ERR_PARSE, "a batch that ends with %zu bytes", left);
	head = get32(reader->at);
	left -= BATCH_HEAD;
	if (head > left || head > BATCH_SMALL)
		return error_set(err, ERR_PARSE, "a batch with a message of %u bytes in %zu",
		                 (unsigned)head, left);
	*part = (struct frame){.bytes = reader->at + BATCH_HEAD, .size = head};
	reader->at += BATCH_HEAD + head;
	return 1;
}
