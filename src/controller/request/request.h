/*
 * Tasks: requests under way, by id, each with a deadline and exactly one outcome; apart from
 * whoever asked.
 *
 * Order. A session has a lane for each node that its requests name. In a lane, what changes nodes
 * (create, kill: a barrier) waits until all before it is answered, and what comes behind waits for
 * it; everything else starts at once. What comes behind a stream that is not complete waits too,
 * and its time begins when it no longer does. Outcomes leave a lane in its order: one that is ready
 * too soon is kept, at most until its own deadline.
 *
 * A task moves through phases; only `start` of its kind moves it on from PHASE_WAITING. What the
 * kinds do lies above this file: here they are rows of function pointers.
 */
#ifndef CONTROLLER_REQUEST_REQUEST_H
#define CONTROLLER_REQUEST_REQUEST_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/request/session.h"
#include "controller/request/task.h"

/* Bounds of one daemon; beyond them requests are refused with LIMIT. */
#define PENDING_MAX       ((size_t)65536)
#define PENDING_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct pending;

struct pending *pending_new(struct ev_loop *loop, struct controller *c, int64_t timeout_ms);
/* Numbers of requests and sessions are those of this epoch. Before the first. */
void pending_epoch(struct pending *p, uint64_t epoch);
/* Every request that comes from now on is refused, in its order; `idle` is called when none is
 * under way any more, which may be now. It must not ask for anything. */
void pending_close(struct pending *p, void (*idle)(void *arg), void *arg);
/* Everything under way is forgotten; nobody is called. */
void pending_free(struct pending *p);
size_t pending_count(const struct pending *p);
size_t pending_sessions(const struct pending *p);

struct session *pending_session(struct pending *p, struct controller *c);
/* Its requests run on, unheard. */
void pending_session_close(struct pending *p, struct session *s);

/*
 * A new request, not started; NULL and ERR_LIMIT when there are too many, or its bytes are. `args`
 * (may be NULL) are copied.
 */
struct task *task_new(struct pending *p, struct session *s, const struct task_kind *kind, int node,
                      const char *args, size_t size, outcome_fn *done, void *arg,
                      struct error *err);
/* It names this node too: a second lane. Before task_enter. */
void task_names(struct task *r, int node);
/* May the stream be completed? False: earlier ones of its lane are not; its kind's start is called
 * when they are. */
bool task_may_complete(struct task *r);
/* It is complete; what stands behind it starts, and may end it. */
void task_complete(struct pending *p, struct task *r);
/* Does it wait for a stream that is not complete? */
bool task_behind_stream(const struct task *r);
/* Puts it into its lanes and starts it when they let it. */
void task_enter(struct pending *p, struct task *r);

/* Is its outcome known, told or not? */
static inline bool task_answered(const struct task *r)
{
	return r->phase == PHASE_KEPT || r->phase == PHASE_OVER;
}

/* The request of that id, answered or not; NULL once it is settled too. */
struct task *task_find(const struct pending *p, uint64_t id);

/* On a list of `home`, off the one that it was on. */
void task_move(struct task *r, struct task **home);
/* Starts every request of the list again, in order. */
void tasks_restart(struct pending *p, struct task **list);

/* The outcome, once; later calls do nothing. It may be delivered later, in its lane's order. */
void task_finish(struct pending *p, struct task *r, const struct outcome *outcome);
/* As task_finish with an error. */
void task_fail(struct pending *p, struct task *r, const struct error *err);
/* The session's request with that arg is cancelled: true, or false where there is none, or where it
 * goes on. */
bool task_cancel(struct pending *p, const struct session *s, const void *arg);
/* The node will say no more of it. Frees the request when it is answered too. */
void task_settle(struct pending *p, struct task *r);
/* A new deadline, a full timeout from now. */
void task_renew(struct pending *p, struct task *r);
/* A new deadline, so many ms from now. */
void task_due_in(struct pending *p, struct task *r, int64_t ms);

#endif
