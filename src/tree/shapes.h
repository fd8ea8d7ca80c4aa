/*
 * Shared by the shapes: their rows, for the table of topology.c, and checks of a request. For
 * src/tree only.
 */
#ifndef TREE_SHAPES_H
#define TREE_SHAPES_H

#include "base/parse.h"
#include "tree/topology.h"

extern const struct topology topology_list;
extern const struct topology topology_tree;
extern const struct topology topology_bst;
extern const struct topology topology_balanced;

/* The law of binary shapes: the controller has one child, the root, in no slot (SLOT_ANY); all
 * others are left or right, one in each slot. */
int shape_check_binary(const struct tree *tree, struct error *err);

static inline bool shape_available(const struct topology_request *request, int id)
{
	return id == NODE_CONTROLLER || request->available(request->arg, id);
}

/* The parent that a request names, or the controller. */
static inline int shape_named_parent(const struct topology_request *request)
{
	return request->has_parent ? request->parent : NODE_CONTROLLER;
}

/* May the new node go under the parent that its request names? ERR_PARENT_NOT_FOUND,
 * ERR_PARENT_UNAVAILABLE. */
static inline int shape_check_named(const struct tree *tree, const struct topology_request *request,
                                    struct error *err)
{
	int parent = shape_named_parent(request);
	if (!tree_has(tree, parent))
		return error_set(err, ERR_PARENT_NOT_FOUND, "no node %d", parent);
	if (!shape_available(request, parent))
		return error_set(err, ERR_PARENT_UNAVAILABLE, "node %d is unavailable", parent);
	return 0;
}

static inline void shape_add(struct tree_edits *edits, int id, int parent, enum tree_slot slot)
{
	tree_edits_add(
	    edits, (struct tree_edit){.kind = EDIT_ADD, .child = id, .to = parent, .slot = slot});
}

/* May a node that is there go under `parent`? ERR_PARENT_NOT_FOUND, ERR_PARAMS. */
static inline int shape_check_move(const struct tree *tree, int id, int parent, struct error *err)
{
	if (!tree_has(tree, parent))
		return error_set(err, ERR_PARENT_NOT_FOUND, "no node %d", parent);
	if (parent == id)
		return error_set(err, ERR_PARAMS, "node %d cannot be its own parent", id);
	return 0;
}

static inline void shape_move(struct tree_edits *edits, int id, int from, int to)
{
	tree_edits_add(
	    edits, (struct tree_edit){
	               .kind = EDIT_MOVE, .child = id, .from = from, .to = to, .slot = SLOT_ANY});
}

#endif
