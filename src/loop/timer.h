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
/* Calls fn once, `ms` from now; 0 or less: in the next turn of the loop. A timer that runs begins
 * anew. */
void timer_start(struct timer *t, int64_t ms);
/* Calls fn every `ms` until it is stopped. A timer that runs goes on unchanged. */
void timer_repeat(struct timer *t, int64_t ms);
/* Also for a timer that does not run, and for zeroed memory. */
void timer_stop(struct timer *t);
/* Is a call due? */
bool timer_runs(const struct timer *t);

#endif
