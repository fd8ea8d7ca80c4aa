/*
 * The lower side of a link: a worker's one connection to its parent. A worker that moves has two
 * of them for a moment.
 *
 * One thread: the loop's.
 */
#ifndef LINK_PARENT_H
#define LINK_PARENT_H

#include <ev.h>
#include <stdint.h>

#include "base/error.h"
#include "link/context.h"
#include "link/frame.h"

struct parent;

struct parent_handlers {
	/* Called for every message, in order. */
	void (*message)(void *arg, struct parent *from, const struct message *m,
	                struct frame *frame);
};

/* Connects to `endpoint` under `name` and says hello. Nobody may be there: then no answer comes,
 * and the link is not tried again. Handlers are borrowed for ever. */
struct parent *parent_new(struct link_context *context, struct ev_loop *loop, const char *endpoint,
                          const struct peer_name *name, const struct parent_handlers *handlers,
                          void *arg, struct error *err);
/* Closes the connection. The handler may call it. */
void parent_free(struct parent *p);

/* The generation of this connection. */
uint64_t parent_generation(const struct parent *p);
void parent_send(struct parent *p, const struct message *m);
/* The same for a frame that arrived over another link. */
void parent_pass(struct parent *p, const struct frame *frame);
/* The digest of the subtree below, which heartbeats carry from the next one on. */
void parent_digest(struct parent *p, uint64_t digest);
/* From now on something is sent at least each interval_ms; 0: no heartbeats. */
void parent_interval(struct parent *p, int64_t interval_ms);

#endif
