/*
 * Requests under way, by id, each with a deadline and exactly one outcome; apart from their askers.
 *
 * Callbacks come from the loop, never from inside a call.
 *
 * Order. A session has a lane for each node that its requests name. In a lane, what changes nodes
 * (create, kill: a barrier) waits until all before it is answered, and what comes behind waits for
 * it; everything else starts at once. What comes behind a stream that is not complete waits too,
 * and its time begins when it no longer does. Outcomes leave a lane in its order: one that is known
 * too soon is kept, at most until its own deadline. One that is unordered is told when it is known,
 * and holds up no other; only barriers wait for it.
 *
 * A request moves through phases; only `start` of its kind moves it on from PHASE_WAITING. What the
 * kinds do lies above this directory: here they are rows of function pointers. A request that a
 * call finishes is there until the loop has turned.
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
/* Requests that come from now on have another timeout, unless they say their own. */
void requests_timeout(struct requests *all, int64_t timeout_ms);
/* Every request that comes from now on is refused, in its order; `idle` is called from the loop
 * whenever none is under way any more. */
void requests_close(struct requests *all, void (*idle)(void *arg), void *arg);
/* Everything under way is forgotten; nobody is called. */
void requests_free(struct requests *all);
/* Of each that a session asked, `account` is called when its outcome is about to be told, which is
 * now in clock_ns(). */
typedef void account_fn(struct controller *c, struct request *r, uint64_t now);
void requests_account(struct requests *all, account_fn *account);
/* Of each that a session asked and that took so long, `slow` is called when its outcome is about to
 * be told, which is now in clock_ns(). */
typedef void slow_fn(struct controller *c, struct request *r, uint64_t now);
void requests_tell_slow(struct requests *all, int64_t ms, slow_fn *slow);
/*
 * A watch over requests that take long. `watch` is called for a request of a session while nobody
 * looks; from then on the caller calls requests_look(), until it returns 0. That gives each request
 * of a session to `look` that is so old and not answered, the oldest first, and returns the ms
 * until the next call: 1, if `look` returned true for one. Of many that are old not all are given.
 */
typedef void watch_fn(struct controller *c);
typedef bool look_fn(struct controller *c, struct request *r);
void requests_watch(struct requests *all, watch_fn *watch);
int64_t requests_look(struct requests *all, int64_t age_ms, look_fn *look);
#define REQUESTS_LOOKED 4096
size_t requests_count(const struct requests *all);
/* Of the arguments of those. */
size_t requests_bytes(const struct requests *all);
size_t requests_sessions(const struct requests *all);

struct session *requests_session(struct requests *all, struct controller *c);
/* Its requests run on, unheard. */
void requests_session_close(struct requests *all, struct session *s);

/* What is asked. Everything is borrowed for the call but `detail`. */
struct request_spec {
	const struct request_kind *kind;
	int node;
	bool in_lane; /* it stands in the session's lane of that node */
	bool in_second_lane;
	int second; /* and of this one */
	const char *args;
	size_t size;
	int64_t timeout_ms;          /* 0: the usual one */
	bool unordered;              /* it is told when its outcome is known; not for a barrier */
	progress_fn *progress;       /* NULL: none is told */
	const char *traceparent;     /* for its nodes; NULL: none */
	void *detail;                /* the request's, which its kind lets go of */
	const struct error *refusal; /* why it is refused; NULL: it is not, but for a bound */
	outcome_fn *done;            /* NULL: nobody listens */
	void *arg;
};

/*
 * A new request: it takes its places in its lanes and starts when they let it; or it is finished
 * with the refusal, with ERR_LIMIT for a bound, or because the tree is ending. request_answered()
 * says whether it is finished already.
 */
struct request *request_submit(struct requests *all, struct session *s,
                               const struct request_spec *spec);
/* Is there room for so many more, with so many bytes of arguments in all? 0, or -1 and ERR_LIMIT.
 */
int requests_check_room(const struct requests *all, size_t count, size_t size, struct error *err);
/* Tells an outcome that is known already, of no request that is under way. */
void request_tell(struct requests *all, struct session *s, outcome_fn *done, void *arg,
                  const struct outcome *outcome);

/* May the stream be completed? False: earlier ones of its lane are not, or something before it is
 * not sent yet; its kind's start is called when that has changed. */
bool request_may_complete(struct request *r);
/* One that named no node is for that one now, out of the order of its lane: barriers wait for it,
 * and those of the node that it was for before wait no longer. */
void request_place(struct requests *all, struct request *r, int node);
/* It is on its way to its node. */
void request_sent(struct requests *all, const struct request *r);
/* It is complete: what stands behind it starts. */
void request_complete(struct requests *all, struct request *r);
/* Does it wait for a stream that is not complete? */
bool request_behind_stream(const struct request *r);

/* Is its outcome known, told or not? */
static inline bool request_answered(const struct request *r)
{
	return r->phase == PHASE_FINISHED || r->phase == PHASE_TOLD;
}

/* Did its turn in its lanes never come? Then *err says so, for its answer at the deadline. */
bool request_never_started(const struct request *r, struct error *err);

/* The request of that id, answered or not; NULL once it is settled too. */
struct request *request_find(const struct requests *all, uint64_t id);

/* On a list of `home`, off the one that it was on. */
void request_move(struct request *r, struct request **home);
/* The same; *length counts it for as long as it is on the list. */
void request_move_counted(struct request *r, struct request **home, size_t *length);
/* Off the list that it is on, if any. */
void request_leave(struct request *r);
/* Starts every request of the list again, the oldest first. One may come back to it. */
void requests_restart(struct requests *all, struct request **list);

/* The outcome, once; later calls do nothing. It is copied, but for exec_all, diagnosis and ordered,
 * which have to be there until the request is released. */
void request_finish(struct requests *all, struct request *r, const struct outcome *outcome);
/* The same; the result is what is in r->result, which is not copied. */
void request_finish_large(struct requests *all, struct request *r, const struct outcome *outcome);
/* As request_finish with an error. */
void request_fail(struct requests *all, struct request *r, const struct error *err);
/* Its asker is told, unless it is answered or given up. */
void request_tell_progress(const struct request *r, const char *json, size_t size);
/* Its outcome is told by this callback, behind what is to be told by now. */
void request_listen(struct requests *all, struct request *r, outcome_fn *done, void *arg);
/* The session's request with that arg ends with ERR_CANCELLED: true, or false where there is none,
 * or where it goes on. */
bool request_cancel(struct requests *all, const struct session *s, const void *arg);
/* The same; `done` is told of it, behind the request that it names. */
void request_ask_cancel(struct requests *all, struct session *s, const void *named,
                        outcome_fn *done, void *arg);
/* Everything that the session asked and that can be taken back, but for what goes on by its arg. */
void requests_cancel_all(struct requests *all, struct session *s, bool (*goes_on)(const void *arg));
/* Its node was told to forget it, and has a moment to say how far it was. */
void request_cancelling(struct requests *all, struct request *r);
/* The node will say no more of it. Frees the request when its outcome is told. */
void request_settle(struct requests *all, struct request *r);
/* A new deadline, a full timeout from now. */
void request_renew(struct requests *all, struct request *r);
/* A new deadline, so many ms from now. */
void request_due_in(struct requests *all, struct request *r, int64_t ms);

#endif
