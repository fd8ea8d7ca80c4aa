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

struct gather {
	struct controller *controller; /* borrowed */
	uint64_t request;
	bool has_root;
	int root;
	struct parts parts;
	size_t unready;                      /* parts whose lanes do not let them start */
	void (*ended)(struct controller *c); /* this one or another may begin now */
	bool begun;
	struct sweep *sweep;
	size_t most;         /* bytes of a listed result */
	size_t nodes;        /* that were asked */
	struct gather *prev; /* utlist */
	struct gather *next;
};

/* All of one controller; owned by exec_all.c. */
struct gathers {
	struct gather *list;
	size_t open;  /* begun */
	size_t bytes; /* of results */
};

/* All parts may start, and their tasks stand in their lanes. May end at once. */
void gathering_begin(struct gather *g);
/* Answers its request, with an error or with what is there by now, and frees it. Not from within
 * itself. */
void gathering_end(struct gather *g, const struct error *why);
/* Without an answer. */
void gathering_free(struct gather *g);

#endif
