/*
 * The way up: a worker's link to its parent, and its moves from one parent to another.
 *
 * Moving, in order: REHOME comes over the old link, and the node says hello to the new parent. When
 * the controller has heard that, LEAVE comes as its last word over the old link; the node says LEFT
 * as its own, and holds back whatever wants to go up. Then the controller sends RESUME over the new
 * link; the old one is closed, what was held back goes up. So every word arrives once and in order,
 * and a parent that does not answer costs nothing but the try.
 *
 * A node whose parent is lost goes to the controller itself, with a new link, and knocks until it
 * is heard. What was on its way is lost then; what is asked again, the reply cache recognizes.
 *
 * One thread: the loop's.
 */
#ifndef WORKER_UPLINK_H
#define WORKER_UPLINK_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "link/parent.h"

/* What the owner is told. */
struct uplink_handlers {
	/* A message that goes down the tree; `from` is the link that it came over. */
	void (*message)(void *arg, struct parent *from, const struct message *m,
	                struct frame *frame);
	/* The heartbeat interval in ms is another. */
	void (*interval)(void *arg, int64_t interval_ms);
	/* The way up begins anew, at the controller: what was said and held back is lost. */
	void (*renewed)(void *arg);
};

struct uplink;

/* No link yet. `controller` is the endpoint for one whose parent is lost; copied. The handlers are
 * borrowed for ever. */
struct uplink *uplink_new(void *context, struct ev_loop *loop, int id, uint32_t incarnation,
                          const char *controller, const struct uplink_handlers *handlers,
                          void *arg);
void uplink_free(struct uplink *u);

/* The first link, to this endpoint. Before it nothing else may be called. */
int uplink_join(struct uplink *u, const char *endpoint, struct error *err);
/* Up; once the node has said LEFT, after the move. */
void uplink_send(struct uplink *u, const struct message *m);
/* The same, for what arrived from a child. */
void uplink_pass(struct uplink *u, const struct frame *frame);

/* Is this link the way up, and not that to a parent to which the node is moving? */
bool uplink_leads(const struct uplink *u, const struct parent *link);
/* As parent_digest(), on every link. */
void uplink_digest(struct uplink *u, uint64_t digest);

/* The order to move: a MSG_REHOME. A newer one replaces an older one that is under way. */
void uplink_move(struct uplink *u, const struct message *m);
/* The controller has heard the hello of the new link of that generation: the last word goes over
 * the old one. */
void uplink_leave(struct uplink *u, uint64_t generation);
/* The move is done, says the link that it leads to; whatever another link says means nothing. */
void uplink_resume(struct uplink *u, const struct parent *from);
/* The parent is lost: to the controller. */
void uplink_lost(struct uplink *u);
/* A new controller, which knows of no move, speaks over this link. true: it stays the way up.
 * false: it was being left, and the new controller will never say that the move is done; so the
 * node goes to the controller. */
bool uplink_keep(struct uplink *u, const struct parent *from);

#endif
