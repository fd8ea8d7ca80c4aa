/*
 * What must be done so that the nodes that are there become those that are declared. Pure: reads
 * declarations and nodes, gives steps in an order in which they can be carried out.
 *
 * A node of a section [node ID] is known by its id, one of a [group NAME] by its name. A node that
 * was made by hand becomes a declared one if it is just what is declared; else it stays as it is,
 * and so does one of another service. A node that is declared no longer is stopped and kept: only
 * `prune` removes it, and only where nobody else's node is below it.
 */
#ifndef DAEMON_PLAN_H
#define DAEMON_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "controller/request/types.h"
#include "daemon/node_declare.h"

/* The ids of nodes that are declared without one begin here. */
#define PLAN_FIRST_ID 1001

/* A node that is there. Strings are borrowed. */
struct plan_node {
	int id;
	int parent;
	const char *values[NODE_KEYS]; /* not NODE_PARENT; NULL: it has none */
	enum node_declared declared;
};

struct plan_input {
	const struct node_declarations *declared; /* finished */
	const char *defaults[NODE_KEYS];          /* of what is not said; NULL: none */
	enum node_place place;
	const struct plan_node *nodes; /* parents before their children */
	size_t count;
	bool prune;
};

/* In the order in which they stand in a plan. */
enum plan_kind {
	PLAN_RENAME,    /* its name is another's from now on: it has none */
	PLAN_CREATE,    /* with the changes' `to` */
	PLAN_CHANGE,    /* it is there, and declared from now on */
	PLAN_UNDECLARE, /* it is stopped, and kept */
	PLAN_DISOWN,    /* it counts as undeclared; a removal follows */
	PLAN_REMOVE,
};

struct plan_change {
	enum node_key key;
	char *from; /* owned; NULL: it had none */
	char *to;   /* owned; NULL: it gets none */
	bool said;  /* else that is the default */
};

struct plan_step {
	enum plan_kind kind;
	int id;
	char *origin; /* owned: where it is declared; NULL: nowhere */
	struct plan_change changes[NODE_KEYS];
	size_t count;
	bool adopts;  /* CHANGE: it was made by hand */
	bool returns; /* CHANGE: it was undeclared, and is started */
	bool carried; /* REMOVE: it goes with one above it */
	bool waits;   /* for all steps before it */
	size_t after; /* the number of a step, from 1, that it waits for; 0: none */
};

/* What stays as it is, and why: "dtreed.conf:12: node 10: ...". */
struct plan_left {
	int id; /* NODE_CONTROLLER: it has none yet */
	char *text;
};

/* Zero-initialise it; plan_free() ends it. */
struct plan {
	struct plan_step *steps;
	size_t count;
	struct plan_left *left;
	size_t left_count;
};

void plan_make(const struct plan_input *in, struct plan *plan);
void plan_free(struct plan *plan);

/* The change of that key, or NULL. */
const struct plan_change *plan_step_change(const struct plan_step *step, enum node_key key);

#endif
