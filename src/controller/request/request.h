/*
 * Requests under way, by id, each with a deadline and exactly one outcome; apart from
 * whoever asked.
 *
 * Order. A session has a lane for each node that its requests name. In a lane, what changes nodes
 * (create, kill: a barrier) waits until all before it is answered, and what comes behind waits for
 * it; everything else starts at once. What comes behind a stream that is not complete waits too,
 * and its time begins when it no longer does. Outcomes leave a lane in its order: one that is ready
 * too soon is kept, at most until its own deadline.
 *
 * A request moves through phases; only `start` of its kind moves it on from PHASE_WAITING. What the
 * kinds do lies above this file: here they are rows of function pointers.
 */
#ifndef CONTROLLER_REQUEST_REQUEST_H
#define CONTROLLER_REQUEST_REQUEST_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/request/kind.h"
#include "controller/request/session.h"

/* Bounds of one daemon; beyond them requests are refused with LIMIT. */
#define REQUESTS_MAX       ((size_t)65536)
#define REQUESTS_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct requests;

struct requests *requests_new(struct ev_loop *loop, struct controller *c, int64_t timeout_ms);
/* Numbers of requests and sessions are those of this epoch. Before the first. */
void requests_epoch(struct requests *all, uint64_t epoch);
/* Every request that comes from now on is refused, in its order; `idle` is called when none is
 * under way any more, which may be now. It must not ask for anything. */
void requests_close(struct requests *all, void (*idle)(void *arg), void *arg);
/* Everything under way is forgotten; nobody is called. */
void requests_free(struct requests *all);
size_t requests_count(const struct requests *all);
size_t requests_sessions(const struct requests *all);

struct session *requests_session(struct requests *all, struct controller *c);
/* Its requests run on, unheard. */
void requests_session_close(struct requests *all, struct session *s);

/*
 * A new request, not started; NULL and ERR_LIMIT when there are too many, or its bytes are. `args`
 * (may be NULL) are copied.
 */
struct request *request_new(struct requests *all, struct session *s,
                            const struct request_kind *kind, int node, const char *args,
                            size_t size, outcome_fn *done, void *arg, struct error *err);
/* It names this node too: a second lane. Before request_enter. */
void request_names(struct request *r, int node);
/* May the stream be completed? False: earlier ones of its lane are not; its kind's start is called
 * when they are. */
bool request_may_complete(struct request *r);
/* It is complete; what stands behind it starts, and may end it. */
void request_complete(struct requests *all, struct request *r);
/* Does it wait for a stream that is not complete? */
bool request_behind_stream(const struct request *r);
/* Puts it into its lanes and starts it when they let it. */
void request_enter(struct requests *all, struct request *r);

/* Is its outcome known, told or not? */
static inline bool request_answered(const struct request *r)
{
	return r->phase == PHASE_KEPT || r->phase == PHASE_OVER;
}

/* The request of that id, answered or not; NULL once it is settled too. */
struct request *request_find(const struct requests *all, uint64_t id);

/* On a list of `home`, off the one that it was on. */
void request_move(struct request *r, struct request **home);
/* Starts every request of the list again, in order. */
void requests_restart(struct requests *all, struct request **list);

/* The outcome, once; later calls do nothing. It may be delivered later, in its lane's order. */
void request_finish(struct requests *all, struct request *r, const struct outcome *outcome);
/* As request_finish with an error. */
void request_fail(struct requests *all, struct request *r, const struct error *err);
/* The session's request with that arg is cancelled: true, or false where there is none, or where it
 * goes on. */
bool request_cancel(struct requests *all, const struct session *s, const void *arg);
/* The node will say no more of it. Frees the request when it is answered too. */
void request_settle(struct requests *all, struct request *r);
/* A new deadline, a full timeout from now. */
void request_renew(struct requests *all, struct request *r);
/* A new deadline, so many ms from now. */
void request_due_in(struct requests *all, struct request *r, int64_t ms);

#endif
