/*
 * The sending side of one link: decides when its messages leave (batch.h), and records when the
 * last one did.
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
	int link;             /* the node at its lower end */
	enum message_way way; /* WAY_DOWN or WAY_UP */
	int64_t sent;         /* clock_ms() of the last frame */
	struct batch batch;
};

/* routing: as above, for the link to that node; NULL: for that node's link to its parent. */
void send_queue_init(struct send_queue *q, struct zwatch *watch, const char *routing, int link);
/* false: the peer cannot take it now. */
bool send_queue_send(struct send_queue *q, const struct message *m);
/* The same for a frame that arrived over another link. */
bool send_queue_pass(struct send_queue *q, const struct frame *frame);
/* Sends what is kept: at the end of the turn of the loop, or of the link. */
void send_queue_flush(struct send_queue *q);

#endif
