/*
 * Tasks by deadline: who is due is told by the loop, the earliest first.
 */
#ifndef CONTROLLER_REQUEST_DEADLINES_H
#define CONTROLLER_REQUEST_DEADLINES_H

#include <stdint.h>

#include "loop/timer.h"

struct request;

/* Lies inside its owner. */
struct deadlines {
	int64_t timeout_ms;       /* of each that is added or renewed */
	struct request *requests; /* utlist, due_prev and due_next; the earliest first */
	struct timer timer;
	void (*due)(void *arg, struct request *request);
	void *arg; /* borrowed */
};

/* `due` has to renew or to remove the request that it is given. */
void deadlines_init(struct deadlines *d, struct ev_loop *loop, int64_t timeout_ms,
                    void (*due)(void *arg, struct request *request), void *arg);
void deadlines_stop(struct deadlines *d);

/* A full timeout from now. */
void deadlines_add(struct deadlines *d, struct request *request);
void deadlines_renew(struct deadlines *d, struct request *request);
/* So many milliseconds from now. */
void deadlines_set(struct deadlines *d, struct request *request, int64_t ms);
void deadlines_remove(struct deadlines *d, struct request *request);

#endif
