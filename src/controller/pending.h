/*
 * Requests under way, by id, each with a deadline and exactly one outcome; apart from whoever
 * asked.
 *
 * Order. A session has a lane for each node that its requests name. In a lane, what changes nodes
 * (create, kill: a barrier) waits until all before it is answered, and what comes behind waits for
 * it; everything else starts at once. Outcomes leave a lane in its order: one that is ready too
 * soon is kept, at most until its own deadline.
 *
 * A request moves through phases; only `start` of its kind moves it on from PHASE_WAITING. What
 * the kinds do lies above this file: here they are rows of function pointers.
 */
#ifndef CONTROLLER_PENDING_H
#define CONTROLLER_PENDING_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "base/mem.h"
#include "controller/controller.h"
#include "controller/lane.h"

/* Bounds of one daemon; beyond them requests are refused with LIMIT. */
#define PENDING_MAX       ((size_t)65536)
#define PENDING_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct request;

struct request_kind {
	const char *name;
	bool barrier;
	void (*start)(struct controller *c, struct request *r);
	/* The deadline passed: must end in request_finish(). */
	void (*expire)(struct controller *c, struct request *r);
	void (*release)(struct request *r); /* lets go of `detail`; NULL: nothing to do */
};

enum request_phase {
	PHASE_WAITING, /* for its lanes */
	PHASE_BLOCKED, /* on a list of `home`: for a node that is being created */
	PHASE_QUEUED,  /* for room in a window of its node */
	PHASE_SENT,    /* to its node, or being carried out here */
	PHASE_KEPT,    /* its outcome is ready and waits for its turn */
	PHASE_OVER,    /* answered */
};

struct session {
	uint64_t id;
	struct controller *controller; /* borrowed */
	bool closed;
	size_t requests; /* not freed yet */
	struct lane *lanes;
	size_t barriers;        /* creates and kills that are not answered */
	struct request *sweeps; /* pingalls that wait for them */
	struct stream *streams; /* open ones; owned by stream.c */
	size_t stream_count;
	struct session *prev; /* utlist */
	struct session *next;
};

struct request {
	uint64_t id; /* the key; grows with time */
	const struct request_kind *kind;
	struct session *session; /* borrowed; NULL: asked by the controller itself */
	outcome_fn *done;        /* NULL: nobody listens */
	void *arg;
	int node;
	int64_t deadline; /* clock_ms() */
	enum request_phase phase;
	bool delivering; /* its outcome is being told: it stays until that is over */
	bool at_node;    /* the node has it: kept until the node answers, or is gone */
	struct lane_entry entries[2];
	struct outcome *kept; /* PHASE_KEPT */
	size_t awaits;        /* pingall: earlier barriers of its session */
	void *detail;         /* of the kind */

	char *args; /* owned; exec, until sent */
	size_t args_size;
	size_t charged; /* bytes that count in PENDING_BYTES_MAX */
	struct buffer result;
	size_t result_expected; /* of a large result */

	struct request **home; /* the list that it is on now, or NULL */
	struct request *prev;  /* of that list */
	struct request *next;
	struct request *due_prev; /* by deadline */
	struct request *due_next;
	UT_hash_handle hh;
};

struct pending;

struct pending *pending_new(struct ev_loop *loop, struct controller *c, int64_t timeout_ms);
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
struct request *request_new(struct pending *p, struct session *s, const struct request_kind *kind,
                            int node, const char *args, size_t size, outcome_fn *done, void *arg,
                            struct error *err);
/* It names this node too: a second lane. Before request_enter. */
void request_names(struct request *r, int node);
/* Puts it into its lanes and starts it when they let it. */
void request_enter(struct pending *p, struct request *r);
static inline bool request_answered(const struct request *r)
{
	return r->phase == PHASE_KEPT || r->phase == PHASE_OVER;
}

/* The request of that id, answered or not; NULL once it is settled too. */
struct request *request_find(const struct pending *p, uint64_t id);

/* On a list of `home`, off the one that it was on. */
void request_move(struct request *r, struct request **home);
void request_unlist(struct request *r);
/* Starts every request of the list again, in order. */
void requests_restart(struct pending *p, struct request **list);

/* The outcome, once; later calls do nothing. It may be delivered later, in its lane's order. */
void request_finish(struct pending *p, struct request *r, const struct outcome *outcome);
/* As request_finish with an error. */
void request_fail(struct pending *p, struct request *r, const struct error *err);
/* The node will say no more of it. Frees the request when it is answered too. */
void request_settle(struct pending *p, struct request *r);
/* A new deadline, a full timeout from now. */
void request_renew(struct pending *p, struct request *r);
/* The arguments are sent: their bytes are given back. */
void request_drop_args(struct pending *p, struct request *r);

#endif
