/*
 * Small messages over one link that leave in the same turn of the loop share a frame: what libzmq
 * and the wake-ups on the way cost, they cost for each frame. The first of a turn goes at once, as
 * a single one should wait for nobody, unless there were several in the turn before it; what is
 * behind it is kept until the turn ends.
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

/* The first byte; that of a single message is its version. */
#define BATCH_MARK 'B'
/* No larger message is kept. */
#define BATCH_SMALL ((size_t)1024)
/* What has so many bytes leaves. */
#define BATCH_BYTES ((size_t)32 * 1024)

/* What is to leave over one link. Zero-initialise it. */
struct batch {
	bool keeps;   /* the next one does not go at once */
	size_t count; /* messages of this turn */
	struct buffer kept;
};

/* Room among what is kept for one more message, of that size, to be filled. NULL: it has to leave
 * now, behind what batch_take() gives. */
char *batch_room(struct batch *b, size_t size);
/* Is it time for batch_take(), before the turn ends? */
bool batch_full(const struct batch *b);
/* What is kept, as a frame; false: nothing is. */
bool batch_take(struct batch *b, zmq_msg_t *frame);
/* The turn has ended, and batch_take() had all. */
void batch_turn(struct batch *b);

/* The messages of a frame that arrived. The frame must stay. */
struct batch_reader {
	char *at;
	char *end;
};

/* Does the frame hold several? Then they can be read; else it is a message itself. */
bool batch_read(zmq_msg_t *frame, struct batch_reader *reader);
/* The next one, a part of the frame: 1; 0: there is none; -1: what is there is no message. */
int batch_next(struct batch_reader *reader, struct frame *part, struct error *err);

#endif
