/*
 * The topology "balanced": a binary tree in which a new node goes into the smaller subtree, the
 * left one on a tie. Law: the controller has one child, the root, in no slot (SLOT_ANY), all others
 * are left or right. As long as nodes only come, and all are available, the two subtrees of a node
 * differ by one at the most; after a kill they may not.
 */
#include "tree/shapes.h"

static size_t side_size(const struct tree *tree, int id, enum tree_slot side)
{
	int child;
	return tree_child_at(tree, id, side, &child) ? tree_weight(tree, child) : 0;
}

static enum tree_slot side_smaller(const struct tree *tree, int id)
{
	bool right = side_size(tree, id, SLOT_RIGHT) < side_size(tree, id, SLOT_LEFT);
	return right ? SLOT_RIGHT : SLOT_LEFT;
}

/*
 * Leaves a side without a free place: goes to the larger side of the nearest node above whose
 * larger side is untried. false: there is none.
 */
static bool step_back(const struct tree *tree, int *id, enum tree_slot *side)
{
	while (*side != side_smaller(tree, *id)) {
		*side = tree_slot(tree, *id);
		*id = tree_parent(tree, *id);
		if (*id == NODE_CONTROLLER)
			return false;
	}
	*side = *side == SLOT_LEFT ? SLOT_RIGHT : SLOT_LEFT;
	return true;
}

static int balanced_place(const struct tree *tree, const struct topology_request *request,
                          struct tree_edits *edits, struct error *err)
{
	int id, child;
	if (!tree_child_first(tree, NODE_CONTROLLER, &id)) {
		shape_add(edits, request->id, NODE_CONTROLLER, SLOT_ANY);
		return 0;
	}
	if (!shape_available(request, id))
		return error_set(err, ERR_PARENT_UNAVAILABLE, "node %d is unavailable", id);
	enum tree_slot side = side_smaller(tree, id);
	/* Each node is entered at most once and tried on both sides. */
	while (tree_child_at(tree, id, side, &child)) {
		if (shape_available(request, child)) {
			id = child;
			side = side_smaller(tree, id);
		} else if (!step_back(tree, &id, &side)) {
			return error_set(err, ERR_PARENT_UNAVAILABLE,
			                 "every free place is below an unavailable node");
		}
	}
	shape_add(edits, request->id, id, side);
	return 0;
}

const struct topology topology_balanced = {
    .name = "balanced",
    .summary = "binary tree, into the smallest subtree, left on a tie; PARENT is ignored",
    .names_parent = false,
    .place = balanced_place,
    .check = shape_check_binary,
};
