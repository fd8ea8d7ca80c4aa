/*
 * Something to be done when what the loop is at has been done, and before it waits again. A timer
 * of 0 s would come up to a millisecond late (libev counts on in the poll's units).
 */
#ifndef CONTROLLER_SOON_H
#define CONTROLLER_SOON_H

#include <ev.h>

struct soon {
	struct ev_loop *loop; /* borrowed */
	ev_prepare prepare;
	ev_idle awake; /* the loop does not wait */
	void (*fn)(void *arg);
	void *arg; /* borrowed */
};

/* *s must stay where it is until soon_stop(). */
void soon_init(struct soon *s, struct ev_loop *loop, void (*fn)(void *arg), void *arg);
/* Calls fn once, however often this is asked before; may be asked again from within it. */
void soon_call(struct soon *s);
/* Not after all. */
void soon_stop(struct soon *s);

#endif
