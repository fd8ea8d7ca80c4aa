/*
 * The topology "list": a new node goes behind PARENT, and PARENT's former child goes behind the new
 * node. Law: no node has two children, nor has the controller.
 */
#include "tree/shapes.h"

static int list_place(const struct tree *tree, const struct topology_request *request,
                      struct tree_edits *edits, struct error *err)
{
	int parent = shape_named_parent(request);
	if (shape_check_named(tree, request, err) < 0)
		return -1;
	shape_add(edits, request->id, parent, SLOT_ANY);
	int behind;
	if (tree_child_first(tree, parent, &behind))
		tree_edits_add(edits, (struct tree_edit){.kind = EDIT_MOVE,
		                                         .child = behind,
		                                         .from = parent,
		                                         .to = request->id,
		                                         .slot = SLOT_ANY});
	return 0;
}

/* The node alone: what is behind it closes up, and what is behind its new parent comes behind it.
 * No node has two behind it meanwhile, but for the moment between two edits. */
static int list_move(const struct tree *tree, int id, int parent, struct tree_edits *edits,
                     struct error *err)
{
	int from = tree_parent(tree, id);
	int behind;
	if (shape_check_move(tree, id, parent, err) < 0)
		return -1;
	if (from == parent)
		return 0;
	if (tree_child_first(tree, id, &behind))
		shape_move(edits, behind, id, from);
	shape_move(edits, id, from, parent);
	if (tree_child_first(tree, parent, &behind))
		shape_move(edits, behind, parent, id);
	return 0;
}

static int list_check(const struct tree *tree, struct error *err)
{
	if (topology_tree.check(tree, err) < 0)
		return -1;
	size_t length = 0;
	int node = NODE_CONTROLLER, second;
	for (int next; tree_child_first(tree, node, &next); node = next, length++)
		if (tree_child_next(tree, next, &second))
			return error_set(err, ERR_INTERNAL, "node %d: %d and %d are both behind it",
			                 node, next, second);
	if (length != tree_size(tree))
		return error_set(err, ERR_INTERNAL, "%zu nodes, %zu in the list", tree_size(tree),
		                 length);
	return 0;
}

const struct topology topology_list = {
    .name = "list",
    .summary = "behind PARENT, at the head without; what stood there moves behind the new node",
    .names_parent = true,
    .place = list_place,
    .move = list_move,
    .check = list_check,
};
