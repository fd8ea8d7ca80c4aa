/*
 * Tasks by deadline: who is due is told by the loop, the earliest first.
 */
#ifndef CONTROLLER_REQUEST_DEADLINES_H
#define CONTROLLER_REQUEST_DEADLINES_H

#include <ev.h>
#include <stdint.h>

struct task;

/* Lies inside its owner. */
struct deadlines {
	struct ev_loop *loop; /* borrowed */
	int64_t timeout_ms;   /* of each that is added or renewed */
	struct task *tasks;   /* utlist, due_prev and due_next; the earliest first */
	ev_timer timer;
	void (*due)(void *arg, struct task *task);
	void *arg; /* borrowed */
};

/* `due` has to renew or to remove the task that it is given. */
void deadlines_init(struct deadlines *d, struct ev_loop *loop, int64_t timeout_ms,
                    void (*due)(void *arg, struct task *task), void *arg);
void deadlines_stop(struct deadlines *d);

/* A full timeout from now. */
void deadlines_add(struct deadlines *d, struct task *task);
void deadlines_renew(struct deadlines *d, struct task *task);
/* So many milliseconds from now. */
void deadlines_set(struct deadlines *d, struct task *task, int64_t ms);
void deadlines_remove(struct deadlines *d, struct task *task);

#endif
