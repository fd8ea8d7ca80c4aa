/*
 * The sending side of one link: when its messages leave (batch.h), and when the last one did.
 */
#ifndef LINK_SEND_QUEUE_H
#define LINK_SEND_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "link/batch.h"
#include "link/frame.h"
#include "link/zwatch.h"

struct send_queue {
	struct zwatch *watch; /* borrowed: that of the socket */
	const char *routing;  /* borrowed: PEER_NAME_SIZE bytes, for a ROUTER; else NULL */
	int64_t sent;         /* clock_ms() of the last frame */
	struct batch batch;
};

/* false: nobody is there to take it now. */
bool send_queue_send(struct send_queue *q, const struct message *m);
/* As send_queue_send(), for what arrived over another link. */
bool send_queue_pass(struct send_queue *q, const struct frame *frame);
/* The turn of the loop ends, or the link does. */
void send_queue_flush(struct send_queue *q);

#endif
