/*
 * The topology "tree": a new node goes below the parent that the request names. Its law holds for
 * every tree, so the other shapes check it before their own; the law of binary shapes is in this
 * file too.
 */
#include "tree/shapes.h"

static int general_place(const struct tree *tree, const struct topology_request *request,
                         struct tree_edits *edits, struct error *err)
{
	int parent = shape_named_parent(request);
	if (shape_check_named(tree, request, err) < 0)
		return -1;
	shape_add(edits, request->id, parent, SLOT_ANY);
	return 0;
}

static int general_move(const struct tree *tree, int id, int parent, struct tree_edits *edits,
                        struct error *err)
{
	if (shape_check_move(tree, id, parent, err) < 0)
		return -1;
	if (tree_below(tree, parent, id))
		return error_set(err, ERR_PARAMS,
		                 "node %d cannot go under node %d, which is below it", id, parent);
	if (tree_parent(tree, id) != parent)
		shape_move(edits, id, tree_parent(tree, id), parent);
	return 0;
}

/* A node and its children agree on parent and weights, and no two children share a slot. */
static int node_check(const struct tree *tree, int id, struct error *err)
{
	size_t weight = id == NODE_CONTROLLER ? 0 : 1;
	size_t in_slot[] = {[SLOT_ANY] = 0, [SLOT_LEFT] = 0, [SLOT_RIGHT] = 0};
	int child;
	for (bool more = tree_child_first(tree, id, &child); more;
	     more = tree_child_next(tree, child, &child)) {
		if (!tree_has(tree, child) || tree_parent(tree, child) != id)
			return error_set(err, ERR_INTERNAL, "node %d: not known to its child %d",
			                 id, child);
		weight += tree_weight(tree, child);
		in_slot[tree_slot(tree, child)]++;
	}
	if (weight != tree_weight(tree, id))
		return error_set(err, ERR_INTERNAL, "node %d: weight %zu, counted %zu", id,
		                 tree_weight(tree, id), weight);
	if (in_slot[SLOT_LEFT] > 1 || in_slot[SLOT_RIGHT] > 1)
		return error_set(err, ERR_INTERNAL, "node %d: two children in one slot", id);
	return 0;
}

static int general_check(const struct tree *tree, struct error *err)
{
	struct tree_ids ids = {0};
	tree_subtree(tree, NODE_CONTROLLER, &ids);
	int rc = node_check(tree, NODE_CONTROLLER, err);
	for (size_t i = 0; rc == 0 && i < ids.count; i++)
		rc = node_check(tree, ids.items[i], err);
	if (rc == 0 && ids.count != tree_size(tree))
		rc = error_set(err, ERR_INTERNAL, "%zu nodes, %zu of them reached", tree_size(tree),
		               ids.count);
	tree_ids_free(&ids);
	return rc;
}

int shape_check_binary(const struct tree *tree, struct error *err)
{
	int root, second;
	if (topology_tree.check(tree, err) < 0)
		return -1;
	if (!tree_child_first(tree, NODE_CONTROLLER, &root))
		return 0;
	if (tree_child_next(tree, root, &second))
		return error_set(err, ERR_INTERNAL, "%d and %d are both the root", root, second);
	if (tree_slot(tree, root) != SLOT_ANY)
		return error_set(err, ERR_INTERNAL, "node %d: the root, and in a slot", root);
	struct tree_ids ids = {0};
	tree_subtree(tree, root, &ids);
	int rc = 0;
	for (size_t i = 1; rc == 0 && i < ids.count; i++)
		if (tree_slot(tree, ids.items[i]) == SLOT_ANY)
			rc = error_set(err, ERR_INTERNAL, "node %d: neither left nor right",
			               ids.items[i]);
	tree_ids_free(&ids);
	return rc;
}

const struct topology topology_tree = {
    .name = "tree",
    .summary = "under PARENT; any number of children; without PARENT, under the controller",
    .names_parent = true,
    .place = general_place,
    .move = general_move,
    .check = general_check,
};
