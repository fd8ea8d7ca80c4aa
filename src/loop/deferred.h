/*
 * A function that is called when the loop has handled the present events, before it waits again. A
 * timer of 0 s could come a millisecond late, as libev rounds to the poll's units.
 */
#ifndef LOOP_DEFERRED_H
#define LOOP_DEFERRED_H

#include <ev.h>

struct deferred {
	struct ev_loop *loop; /* borrowed */
	ev_prepare prepare;
	ev_idle awake; /* keeps the loop from waiting */
	void (*fn)(void *arg);
	void *arg; /* borrowed */
};

/* *d must stay where it is until deferred_stop(). */
void deferred_init(struct deferred *d, struct ev_loop *loop, void (*fn)(void *arg), void *arg);
/* Calls fn once, however often this is called before that. fn may call this again. */
void deferred_call(struct deferred *d);
/* Cancels the call. */
void deferred_stop(struct deferred *d);

#endif
