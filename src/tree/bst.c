/*
 * The topology "bst": a binary search tree by id. Law: in order, the ids ascend; the controller has
 * one child, the root, in no slot (SLOT_ANY), all others are left or right. A node is removed with
 * all below it, so no rotation is ever needed.
 */
#include "tree/shapes.h"

static int bst_place(const struct tree *tree, const struct topology_request *request,
                     struct tree_edits *edits, struct error *err)
{
	int parent = NODE_CONTROLLER;
	enum tree_slot slot = SLOT_ANY;
	int next;
	for (bool more = tree_child_first(tree, NODE_CONTROLLER, &next); more;
	     more = tree_child_at(tree, parent, slot, &next)) {
		parent = next;
		slot = request->id < parent ? SLOT_LEFT : SLOT_RIGHT;
	}
	if (!shape_available(request, parent))
		return error_set(err, ERR_PARENT_UNAVAILABLE, "node %d is unavailable", parent);
	shape_add(edits, request->id, parent, slot);
	return 0;
}

static int leftmost(const struct tree *tree, int id)
{
	for (int next; tree_child_at(tree, id, SLOT_LEFT, &next);)
		id = next;
	return id;
}

/* The next node in order: the leftmost on the right, else the nearest node above whose left subtree
 * holds this one. */
static bool in_order_next(const struct tree *tree, int id, int *next)
{
	int right;
	if (tree_child_at(tree, id, SLOT_RIGHT, &right)) {
		*next = leftmost(tree, right);
		return true;
	}
	while (tree_slot(tree, id) == SLOT_RIGHT)
		id = tree_parent(tree, id);
	*next = tree_parent(tree, id);
	return tree_slot(tree, id) == SLOT_LEFT;
}

static int bst_check(const struct tree *tree, struct error *err)
{
	int id, next;
	if (shape_check_binary(tree, err) < 0)
		return -1;
	if (!tree_child_first(tree, NODE_CONTROLLER, &id))
		return 0;
	for (id = leftmost(tree, id); in_order_next(tree, id, &next); id = next)
		if (next < id)
			return error_set(err, ERR_INTERNAL, "node %d: left of %d", id, next);
	return 0;
}

const struct topology topology_bst = {
    .name = "bst",
    .summary = "binary search tree by id; PARENT is ignored",
    .names_parent = false,
    .place = bst_place,
    .check = bst_check,
};
