/*
 * A topology is a strategy row: pure functions that look at a tree and give back edits. It never
 * changes the tree itself and knows nothing of processes: the controller carries the edits out.
 * Adding a topology: one file with one row, and its name in the table of topology.c.
 */
#ifndef TREE_TOPOLOGY_H
#define TREE_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "tree/tree.h"

/* May a new node be put under `id` now? (The controller always may be.) */
typedef bool topology_available_fn(void *arg, int id);

struct topology_request {
	int id;          /* the new node; not in the tree */
	bool has_parent; /* was a PARENT given? */
	int parent;      /* then this, NODE_CONTROLLER included */
	topology_available_fn *available;
	void *arg;
};

struct topology {
	const char *name;    /* as given to --topology */
	const char *summary; /* one line for help texts */
	bool names_parent;   /* does PARENT mean anything here? */
	/*
	 * Where the new node goes: the ADD first, then the MOVEs. ERR_PARENT_NOT_FOUND,
	 * ERR_PARENT_UNAVAILABLE; then *edits is as it was. That the id is free is the caller's
	 * to check.
	 */
	int (*place)(const struct tree *tree, const struct topology_request *request,
	             struct tree_edits *edits, struct error *err);
	/* The shape's law: 0, or -1 and what breaks it. For tests and assertions. */
	int (*check)(const struct tree *tree, struct error *err);
};

/* The row of that name, or NULL. */
const struct topology *topology_find(const char *name);
/* Rows by number, for help texts; NULL past the last. */
const struct topology *topology_at(size_t i);
/* Its name; NULL past the last: a choice_fn. */
const char *topology_name_at(size_t i);

/* A node and all below it go: REMOVEs from the leaves up, children before their parent. Every
 * topology. */
void topology_remove(const struct tree *tree, int id, struct tree_edits *edits);
/*
 * A node whose creation failed goes; what stood below it moves back to its parent. MOVEs, then the
 * REMOVE. Gives back what `place` did, whatever was placed since. Every topology; its law holds on.
 *
 * Normally only a list's node has something below it so early. In a binary shape one child takes
 * the node's place, for which the node itself first moves out of its slot (a MOVE from its parent
 * to its parent), and a second child goes below the first, far right.
 */
void topology_withdraw(const struct tree *tree, int id, struct tree_edits *edits);

#endif
