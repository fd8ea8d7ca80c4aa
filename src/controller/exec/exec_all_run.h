/*
 * An exec_all from its beginning to its answer: who takes part, the sweep, what is heard of it.
 * Asking for it, and when it may begin, is exec_all.c's.
 */
#ifndef CONTROLLER_EXEC_EXEC_ALL_RUN_H
#define CONTROLLER_EXEC_EXEC_ALL_RUN_H

#include "controller/exec/participants.h"
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
	size_t unready;                      /* participants whose lanes do not let them start */
	void (*ended)(struct controller *c); /* this one or another may begin now */
	bool begun;
	struct sweep *sweep;
	size_t most;               /* bytes of a listed result */
	size_t nodes;              /* that were asked */
	struct exec_all_run *prev; /* utlist */
	struct exec_all_run *next;
};

/* All of one controller; owned by exec_all.c. */
struct exec_alls {
	struct exec_all_run *list;
	size_t open;  /* begun */
	size_t bytes; /* of results */
};

/* All participants may start, and their requests stand in their lanes. May end at once. */
void exec_all_run_begin(struct exec_all_run *g);
/* Answers its request, with an error or with what is there by now, and frees it. Not from within
 * itself. */
void exec_all_run_end(struct exec_all_run *g, const struct error *why);
/* Without an answer. */
void exec_all_run_free(struct exec_all_run *g);

#endif
