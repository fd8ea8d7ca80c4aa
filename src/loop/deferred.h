/*
 * Something to be done when what the loop is at has been done, and before it waits again. A timer
 * of 0 s would come up to a millisecond late (libev counts on in the poll's units).
 */
#ifndef LOOP_DEFERRED_H
#define LOOP_DEFERRED_H

#include <ev.h>

struct deferred {
	struct ev_loop *loop; /* borrowed */
	ev_prepare prepare;
	ev_idle awake; /* the loop does not wait */
	void (*fn)(void *arg);
	void *arg; /* borrowed */
};

/* *d must stay where it is until deferred_stop(). */
void deferred_init(struct deferred *d, struct ev_loop *loop, void (*fn)(void *arg), void *arg);
/* Calls fn once, however often this is asked before; may be asked again from within it. */
void deferred_call(struct deferred *d);
/* Not after all. */
void deferred_stop(struct deferred *d);

#endif
