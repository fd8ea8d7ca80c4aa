/*
 * Requests by deadline. The timer only says that some are due; their owner asks for them, one by
 * one, as what becomes of one may change the next.
 */
#ifndef CONTROLLER_REQUEST_DEADLINES_H
#define CONTROLLER_REQUEST_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/timer.h"

struct request;

/* Lies inside its owner. */
struct deadlines {
	int64_t timeout_ms;       /* of most requests */
	struct request *requests; /* with that timeout; utlist, due_prev and due_next */
	struct request **heap;    /* the others; owned; the earliest first */
	size_t count;             /* in the heap */
	size_t room;
	struct timer timer;
	int64_t armed; /* clock_ms(): when the timer fires, while it runs */
	bool fired;    /* some may be due */
};

void deadlines_init(struct deadlines *d, struct ev_loop *loop, int64_t timeout_ms);
/* Most requests have another timeout from now on; those that are there keep theirs. */
void deadlines_timeout(struct deadlines *d, int64_t timeout_ms);
/* Forgets the requests. */
void deadlines_stop(struct deadlines *d);

/* The request's whole timeout from `now` on, which is clock_ns() as it is or just was; also anew.
 */
void deadlines_start(struct deadlines *d, struct request *request, uint64_t now);
/* So many milliseconds from now. */
void deadlines_set(struct deadlines *d, struct request *request, int64_t ms);
/* The earliest of those that are due; NULL: there is none. The caller removes it or sets it anew:
 * it is given again otherwise. */
struct request *deadlines_next(struct deadlines *d);
/* Nothing for one that has no deadline. */
void deadlines_remove(struct deadlines *d, struct request *request);

#endif
