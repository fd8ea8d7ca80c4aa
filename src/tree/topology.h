/*
 * A topology is a row of pure functions that read a tree and return edits. It never changes the
 * tree and knows nothing of processes: the controller applies the edits. Adding a topology: one
 * file with one row, and its name in the table of topology.c.
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
	int parent;      /* if it was; may be NODE_CONTROLLER */
	topology_available_fn *available;
	void *arg;
};

struct topology {
	const char *name;    /* as given to --topology */
	const char *summary; /* one line for help texts */
	bool names_parent;   /* does this topology use PARENT? */
	/*
	 * Where the new node goes: the ADD first, then the MOVEs. ERR_PARENT_NOT_FOUND,
	 * ERR_PARENT_UNAVAILABLE; then *edits is as it was. The caller has checked that the id is
	 * free.
	 */
	int (*place)(const struct tree *tree, const struct topology_request *request,
	             struct tree_edits *edits, struct error *err);
	/*
	 * Where a node that is there goes: MOVEs, none where it is there already. `available` is
	 * not asked: a node may hang below one that is not. ERR_PARENT_NOT_FOUND; ERR_PARAMS: the
	 * parent is the node, or lies below it; then *edits is as it was. NULL: the place of a node
	 * follows from the ids and their order, and it has no other.
	 */
	int (*move)(const struct tree *tree, int id, int parent, struct tree_edits *edits,
	            struct error *err);
	/* The shape's law: 0, or -1 and what breaks it. For tests and assertions. */
	int (*check)(const struct tree *tree, struct error *err);
};

/* The row of that name, or NULL. */
const struct topology *topology_find(const char *name);
/* Rows by number, for help texts; NULL past the last. */
const struct topology *topology_at(size_t i);
/* Its name; NULL past the last: a choice_fn. */
const char *topology_name_at(size_t i);

/* As `move` of the row; ERR_PARAMS where it has none. */
int topology_move(const struct topology *topology, const struct tree *tree, int id, int parent,
                  struct tree_edits *edits, struct error *err);
/* Removes a node and all below it: REMOVEs from the leaves up, children before their parent. For
 * every topology. */
void topology_remove(const struct tree *tree, int id, struct tree_edits *edits);
/*
 * Removes a node whose creation failed; nodes below it move back to its parent: MOVEs, then the
 * REMOVE. It undoes `place`, whatever was placed since. For every topology; its law still holds.
 *
 * Usually only a node of a list has a child so early. In a binary shape one child takes the node's
 * place, for which the node first moves out of its slot (a MOVE from its parent to its parent), and
 * a second child goes below the first, far right.
 */
void topology_withdraw(const struct tree *tree, int id, struct tree_edits *edits);

#endif
