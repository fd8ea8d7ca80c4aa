/*
 * Small messages that leave over one link in the same turn of the loop share a frame, because
 * libzmq and the wake-ups on the way cost the same for each frame. The first message of a turn
 * leaves at once, unless the turn before had several: a single request meets no delay. Later ones
 * are kept until the turn ends.
 *
 * Such a frame is BATCH_MARK, then for each message its size (32 bits, little-endian) and its
 * bytes.
 */
#ifndef LINK_BATCH_H
#define LINK_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <zmq.h>

#include "base/error.h"
#include "base/mem.h"
#include "link/frame.h"

/* The first byte; a single message begins with its version. */
#define BATCH_MARK 'B'
/* A larger message is not kept. */
#define BATCH_SMALL ((size_t)1024)
/* A batch of this size leaves at once. */
#define BATCH_BYTES ((size_t)32 * 1024)

/* The messages kept for one link. Zero-initialise it. */
struct batch {
	bool keeps;   /* the next message does not leave at once */
	size_t count; /* messages of this turn */
	struct buffer kept;
};

/* Room in the batch for one more message of that size, for the caller to fill. NULL: the message
 * has to leave now, behind the frame of batch_take(). */
char *batch_room(struct batch *b, size_t size);
/* Must batch_take() be called before the turn ends? */
bool batch_full(const struct batch *b);
/* The kept messages as a frame; false: there are none. */
bool batch_take(struct batch *b, zmq_msg_t *frame);
/* The turn has ended, after batch_take(). */
void batch_turn(struct batch *b);

/* Reads the messages of a frame that arrived. The frame must outlive it. */
struct batch_reader {
	char *at;
	char *end;
};

/* Does the frame hold several messages? Else it is one message. */
bool batch_read(zmq_msg_t *frame, struct batch_reader *reader);
/* 1 and the next message, a part of the frame; 0: there is none; -1: the bytes are no message. */
int batch_next(struct batch_reader *reader, struct frame *part, struct error *err);

#endif
