/*
 * An exec_all from its beginning to its answer: which nodes take part, the sweep, what they answer.
 * exec_all.c decides when it begins.
 */
#ifndef CONTROLLER_EXEC_EXEC_ALL_RUN_H
#define CONTROLLER_EXEC_EXEC_ALL_RUN_H

#include "controller/exec/participants.h"
#include "controller/exec/sweep.h"
#include "controller/node/core.h"

/* Bytes of listed results: of one, shared among its nodes; of all that are under way. */
#define GATHER_BYTES     ((size_t)64 * 1024 * 1024)
#define GATHER_ALL_BYTES ((size_t)256 * 1024 * 1024)

struct exec_all_run {
	struct controller *controller; /* borrowed */
	uint64_t request;
	bool has_root;
	int root;
	struct participants participants;
	size_t unready; /* participants whose lanes do not let them start */
	bool begun;
	bool ended; /* its request is answered: it is in no list */
	struct sweep *sweep;
	size_t most;                   /* bytes of a listed result */
	size_t nodes;                  /* that were asked */
	struct exec_all_result result; /* once it has ended */
	struct exec_all_run *prev;     /* utlist */
	struct exec_all_run *next;
};

/* All of one controller; owned by exec_all.c. */
struct exec_alls {
	struct exec_all_run *list;
	size_t open;             /* begun */
	size_t bytes;            /* of results */
	struct deferred next;    /* one has ended: another may begin */
	size_t pauses;           /* restarts that wait until none is under way: none begins */
	struct request *waiters; /* those restarts */
};

/* Belongs to its request, which frees it. */
struct exec_all_run *exec_all_run_new(struct controller *c, const struct exec_all_request *asked);
void exec_all_run_free(struct exec_all_run *g);
/* All participants may start, and their requests stand in their lanes. May end at once. */
void exec_all_run_begin(struct exec_all_run *g);
/* Answers its request, with an error or with what is there by now. */
void exec_all_run_end(struct exec_all_run *g, const struct error *why);

#endif
