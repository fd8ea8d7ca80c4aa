/* One function that is called after a time, in ms on the monotonic clock. */
#ifndef LOOP_TIMER_H
#define LOOP_TIMER_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

struct timer {
	struct ev_loop *loop; /* borrowed */
	ev_timer watch;
	void (*fn)(void *arg);
	void *arg; /* borrowed */
};

/* *t must stay where it is until timer_stop(). */
void timer_init(struct timer *t, struct ev_loop *loop, void (*fn)(void *arg), void *arg);
/* Calls fn once, so many ms from now; at most 0: in the next turn of the loop. One that runs begins
 * anew. */
void timer_start(struct timer *t, int64_t ms);
/* Calls fn every so many ms until it is stopped. One that runs goes on as it is. */
void timer_repeat(struct timer *t, int64_t ms);
/* Also of one that does not run, and of zeroed memory. */
void timer_stop(struct timer *t);
/* Is a call to come? */
bool timer_runs(const struct timer *t);

#endif
