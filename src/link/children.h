/*
 * The upper side of links: one ROUTER for all children of a process (the controller, or a worker
 * that relays), who of them is there, and who has fallen silent.
 *
 * One thread: the loop's.
 */
#ifndef LINK_CHILDREN_H
#define LINK_CHILDREN_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "link/frame.h"

/* What the owner is told. */
struct children_handlers {
	/* Someone says hello on a new link. false: turn it away. NULL: all are welcome. */
	bool (*accept)(void *arg, const struct peer_name *name);
	/* It is a child now, and can be sent to. */
	void (*linked)(void *arg, const struct peer_name *name);
	/* A message for the controller. */
	void (*message)(void *arg, const struct peer_name *from, const struct message *m,
	                const struct frame *frame);
	/* Its heartbeat, with its digest of what is below it. NULL: nobody wants to know. */
	void (*beat)(void *arg, const struct peer_name *name, uint64_t digest);
	/* Nothing came for so long, see lateness.h; once for an outage. A child that sends
	 * what is no message counts as silent for ever. */
	void (*silent)(void *arg, const struct peer_name *name, int64_t silent_ms);
	/* The silent child spoke. */
	void (*back)(void *arg, const struct peer_name *name);
};

struct children;

/* Binds `endpoint` ("ipc://PATH", short enough for sun_path). Handlers are borrowed for ever. */
struct children *children_new(void *context, struct ev_loop *loop, const char *endpoint,
                              const struct children_handlers *handlers, void *arg,
                              struct error *err);
void children_free(struct children *c);
/* Makes the socket's file anew if it is gone: 0, it is not; 1, it is made; -1, it cannot be. */
int children_renew(struct children *c, struct error *err);
/* From now on a child hears something each interval, so that it can log our silence. Without this
 * only the children show that they live: whoever is above us judges us, and they are told. */
void children_beat(struct children *c);

/* To a child. false: no such child now. */
bool children_send(struct children *c, int id, const struct message *m);
/* The same, for what arrived over another link. */
bool children_pass(struct children *c, int id, const struct frame *frame);

/* A child left by this link for another parent: its silence means nothing from now on. It can still
 * be sent to, until it is forgotten. */
void children_leaving(struct children *c, const struct peer_name *name);
/* Drops the child if it is still that life with that generation or an older one. */
void children_forget(struct children *c, const struct peer_name *name);

/* The interval in ms, 0 for off; tells every child, and every child yet to come. A child answers,
 * so a silence is counted anew from the first time that it does not: see silence_ask(). */
void children_interval(struct children *c, int64_t interval_ms);
/* Takes what has come, from each child at least the first of it. */
void children_hear(struct children *c);
/* The clock, in ms, by which silences are counted, and the silence that is a loss, while the
 * interval is not 0: see lateness.h. */
int64_t children_clock(const struct children *c);
int64_t children_patience(const struct children *c);

#endif
