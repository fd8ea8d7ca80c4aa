/*
 * Requests by deadline. The timer only says that some are due; their owner asks for them, one by
 * one, as what becomes of one may change the next.
 */
#ifndef CONTROLLER_REQUEST_DEADLINES_H
#define CONTROLLER_REQUEST_DEADLINES_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/timer.h"

struct request;

/* Lies inside its owner. */
struct deadlines {
	int64_t timeout_ms;       /* of each that is added or renewed */
	struct request *requests; /* utlist, due_prev and due_next; the earliest first */
	struct timer timer;
	bool fired; /* some may be due */
};

void deadlines_init(struct deadlines *d, struct ev_loop *loop, int64_t timeout_ms);
void deadlines_stop(struct deadlines *d);

/* A full timeout from now. */
void deadlines_add(struct deadlines *d, struct request *request);
void deadlines_renew(struct deadlines *d, struct request *request);
/* So many milliseconds from now. */
void deadlines_set(struct deadlines *d, struct request *request, int64_t ms);
/* The earliest of those that are due; NULL: there is none. The caller removes it or sets it anew:
 * it is given again otherwise. */
struct request *deadlines_next(struct deadlines *d);
/* Nothing for one that has no deadline. */
void deadlines_remove(struct deadlines *d, struct request *request);

#endif
