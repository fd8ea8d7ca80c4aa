/*
 * A worker's link to its parent, and its moves from one parent to another.
 *
 * The steps of a move: REHOME comes over the old link, and the node says hello to the new parent.
 * When the controller knows of that, it sends LEAVE as its last message over the old link; the node
 * sends LEFT as its own last one, and holds all further messages. Then the controller sends RESUME
 * over the new link; the node closes the old one and sends what it held. So every message arrives
 * once and in order, and a new parent that does not answer costs nothing but the attempt.
 *
 * A node whose parent is lost connects to the controller with a new link, and says hello again
 * until it is answered. Messages under way are lost; the reply cache recognizes requests that are
 * sent again.
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

/* Called for the owner. */
struct uplink_handlers {
	/* A message from above; `from` is its link. */
	void (*message)(void *arg, struct parent *from, const struct message *m,
	                struct frame *frame);
	/* The heartbeat interval has changed, in ms. */
	void (*interval)(void *arg, int64_t interval_ms);
	/* The node connects to the controller: sent and held messages are lost. */
	void (*renewed)(void *arg);
};

struct uplink;

/* Makes no link yet. `controller` is the endpoint to connect to when the parent is lost; copied.
 * The handlers are borrowed for ever. */
struct uplink *uplink_new(struct link_context *context, struct ev_loop *loop, int id,
                          uint32_t incarnation, const char *controller,
                          const struct uplink_handlers *handlers, void *arg);
void uplink_free(struct uplink *u);

/* Makes the first link, to this endpoint. Call it before the functions below. */
int uplink_join(struct uplink *u, const char *endpoint, struct error *err);
/* Sends up; after LEFT the message is held until the move is done. */
void uplink_send(struct uplink *u, const struct message *m);
/* The same for a frame that arrived from a child. */
void uplink_pass(struct uplink *u, const struct frame *frame);

/* Is this the link to the present parent, and not the new one of a move? */
bool uplink_leads(const struct uplink *u, const struct parent *link);
/* As parent_digest(), on every link. */
void uplink_digest(struct uplink *u, uint64_t digest);

/* A MSG_REHOME: begins to move. A newer one replaces the move under way. */
void uplink_move(struct uplink *u, const struct message *m);
/* A MSG_LEAVE: the controller knows of the new link of that generation. Sends LEFT over the old
 * link. */
void uplink_leave(struct uplink *u, uint64_t generation);
/* A MSG_RESUME: the move is done, if it came over the new link; from another link it is ignored. */
void uplink_resume(struct uplink *u, const struct parent *from);
/* The parent is lost: connects to the controller. */
void uplink_lost(struct uplink *u);
/* A new controller, which knows of no move, sends over this link. true: the node keeps the link.
 * false: the node was leaving it, and the new controller will never send RESUME; so the node
 * connects to the controller. */
bool uplink_keep(struct uplink *u, const struct parent *from);

#endif
