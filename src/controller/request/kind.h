/*
 * What a request is made of, and the kinds of them. What is done with it is request.h's.
 */
#ifndef CONTROLLER_REQUEST_KIND_H
#define CONTROLLER_REQUEST_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "base/mem.h"
#include "controller/request/lane.h"
#include "controller/request/types.h"

struct controller;
struct node;
struct session;
struct request;

/* The most nodes that a request names. */
#define LANES 2

struct request_kind {
	const char *name;
	bool barrier;
	bool stream; /* until request_complete() what comes behind it waits */
	/* Also of a stream that had to wait for its completion: now it may be. */
	void (*start)(struct controller *c, struct request *r);
	/* The deadline passed: must end in request_finish(). */
	void (*expire)(struct controller *c, struct request *r);
	/* Its asker wants it no more, and it has started: must end in request_finish() with the
	 * error. NULL: it goes on. */
	void (*cancel)(struct controller *c, struct request *r, const struct error *err);
	/* Sends it to its node again: what was sent, or its answer, may be lost. NULL: it is never
	 * sent to a node. */
	void (*resend)(struct controller *c, struct node *n, struct request *r);
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
	struct lane_entry entries[LANES];
	struct outcome *kept; /* PHASE_KEPT */
	size_t awaits;        /* pingall: earlier barriers of its session */
	void *detail;         /* of the kind */

	uint64_t serial; /* among all that its node was sent */
	char *args;      /* owned; exec */
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

#endif
