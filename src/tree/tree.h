/*
 * The logical tree: which node is the child of which. Pure: no I/O, no clock, no processes.
 *
 * The controller (NODE_CONTROLLER) is the root, is always there and is not counted. A node has an
 * ordered list of children; binary shapes use the slots left and right as well, at most one child
 * in each, the left one before all other children. The tree changes only by edits, so replaying the
 * edits gives the same tree.
 */
#ifndef TREE_TREE_H
#define TREE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum tree_slot {
	SLOT_ANY, /* behind the other children */
	SLOT_LEFT,
	SLOT_RIGHT,
};

enum tree_edit_kind {
	EDIT_ADD,    /* a new leaf: child under `to` */
	EDIT_MOVE,   /* child, with all below it, from `from` to `to` (from == to: only the slot) */
	EDIT_REMOVE, /* removes a leaf: child, from under `from` */
};

struct tree_edit {
	enum tree_edit_kind kind;
	int child;
	int from; /* MOVE, REMOVE */
	int to;   /* ADD, MOVE */
	enum tree_slot slot;
};

/* A growable list of edits, in the order in which they are applied. Zero-initialise. */
struct tree_edits {
	struct tree_edit *items; /* owned */
	size_t count;
	size_t room;
};

void tree_edits_add(struct tree_edits *edits, struct tree_edit edit);
void tree_edits_free(struct tree_edits *edits);

/* A growable list of ids. Zero-initialise. */
struct tree_ids {
	int *items; /* owned */
	size_t count;
	size_t room;
};

void tree_ids_add(struct tree_ids *ids, int id);
void tree_ids_free(struct tree_ids *ids);

struct tree;

struct tree *tree_new(void);
void tree_free(struct tree *tree);

/* Applies one edit, or refuses with ERR_INTERNAL and changes nothing: the child exists already
 * (ADD) or not (MOVE, REMOVE) or is the controller, `to` is not there or is the child or lies below
 * it, the slot is taken by another, the child to be removed has children, `from` is not the child's
 * parent. Fields that an edit of this kind does not use are ignored. */
int tree_apply(struct tree *tree, const struct tree_edit *edit, struct error *err);

/* Edits that were applied so far. */
uint64_t tree_changes(const struct tree *tree);
/* Nodes in the tree. The controller is not one of them. */
size_t tree_size(const struct tree *tree);
/* Is the node in the tree? The controller always is. */
bool tree_has(const struct tree *tree, int id);
/* The functions below take an id that is in the tree. */

/* The parent of a node; the controller has none. */
int tree_parent(const struct tree *tree, int id);
/* The controller: SLOT_ANY. */
enum tree_slot tree_slot(const struct tree *tree, int id);
/* Nodes at and below id (the controller: all). Kept up to date, O(1). */
size_t tree_weight(const struct tree *tree, int id);
/* Links between the controller and id: 1 for the controller's children. O(depth). */
size_t tree_depth(const struct tree *tree, int id);
/* Is `id` equal to or below `above`? O(depth). */
bool tree_below(const struct tree *tree, int id, int above);

/* Children in order: `for (bool more = tree_child_first(t, id, &c); more; more = tree_child_next(t,
 * c, &c))`. The tree must not change meanwhile. */
bool tree_child_first(const struct tree *tree, int id, int *child);
bool tree_child_next(const struct tree *tree, int child, int *next);
/* The child in the left or right slot, if any. */
bool tree_child_at(const struct tree *tree, int id, enum tree_slot slot, int *child);

/* Adds id (unless it is the controller) and all below it, depth first: every parent before its
 * children, children in their order. */
void tree_subtree(const struct tree *tree, int id, struct tree_ids *ids);

/* NULL: the tree is one, as drawn above; else what is wrong. Static storage. For tests and
 * assertions; O(nodes). */
const char *tree_valid(const struct tree *tree);

#endif
