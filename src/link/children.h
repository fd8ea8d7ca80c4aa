/*
 * The upper side of links: one ROUTER for all children of a process (the controller or a worker),
 * and the table of which of them are connected and which are silent.
 *
 * One thread: the loop's.
 */
#ifndef LINK_CHILDREN_H
#define LINK_CHILDREN_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "link/context.h"
#include "link/frame.h"

/* Called for the owner. */
struct children_handlers {
	/* A process says hello on a new link. false: refuse it. NULL: all are accepted. */
	bool (*accept)(void *arg, const struct peer_name *name);
	/* The child is in the table, and can be sent to. */
	void (*linked)(void *arg, const struct peer_name *name);
	/* A message for the controller. */
	void (*message)(void *arg, const struct peer_name *from, const struct message *m,
	                const struct frame *frame);
	/* Its heartbeat, with the digest of the subtree below it. May be NULL. */
	void (*beat)(void *arg, const struct peer_name *name, uint64_t digest);
	/* Nothing has come from it for too long, see lateness.h; called once for an outage. A child
	 * that sends an invalid message counts as silent for ever. */
	void (*silent)(void *arg, const struct peer_name *name, int64_t silent_ms);
	/* A silent child has sent something. */
	void (*back)(void *arg, const struct peer_name *name);
};

struct children;

/* Listens at `endpoint` (endpoint.h; a path that fits in sun_path). Handlers are borrowed for ever.
 */
struct children *children_new(struct link_context *context, struct ev_loop *loop,
                              const char *endpoint, const struct children_handlers *handlers,
                              void *arg, struct error *err);
void children_free(struct children *c);
/* Makes the socket's file again if it is gone: 0: it exists; 1: it was made; -1: it cannot be
 * made. */
int children_renew(struct children *c, struct error *err);
/* From now on each child is sent something in each interval, so that it can log the silence of this
 * process. Without this only the children send heartbeats: the parent of this process watches it,
 * and the controller tells its children. */
void children_beat(struct children *c);

/* Sends to a child. false: there is no such child now. */
bool children_send(struct children *c, int id, const struct message *m);
/* The same for a frame that arrived over another link. */
bool children_pass(struct children *c, int id, const struct frame *frame);

/* A child has left for another parent: its silence on this link is not reported any more. It can be
 * sent to until it is forgotten. */
void children_leaving(struct children *c, const struct peer_name *name);
/* Drops the child if it has that incarnation and that link generation or an older one. */
void children_forget(struct children *c, const struct peer_name *name);

/* Sets the interval in ms, 0 for off, and sends it to every child, also to later ones. A child
 * answers, so its silence is counted from the first setting that it does not answer: see
 * silence_ask(). */
void children_interval(struct children *c, int64_t interval_ms);
/* Takes frames that have come, at least one of each child that has sent any. */
void children_hear(struct children *c);
/* The clock, in ms, that counts silences; and the silence that counts as a loss, while the interval
 * is not 0: see lateness.h. */
int64_t children_clock(const struct children *c);
int64_t children_patience(const struct children *c);

#endif
