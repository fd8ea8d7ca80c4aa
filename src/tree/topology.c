/*
 * The table of shapes, and the removal of nodes, which is the same in all of them. Owns nothing.
 */
#include "tree/topology.h"

#include <string.h>

#include "base/mem.h"
#include "tree/shapes.h"

static const struct topology *const topologies[] = {
    &topology_list,
    &topology_tree,
    &topology_bst,
    &topology_balanced,
};

const struct topology *topology_at(size_t i)
{
	return i < ARRAY_SIZE(topologies) ? topologies[i] : NULL;
}

const char *topology_name_at(size_t i)
{
	return i < ARRAY_SIZE(topologies) ? topologies[i]->name : NULL;
}

const struct topology *topology_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(topologies); i++)
		if (strcmp(topologies[i]->name, name) == 0)
			return topologies[i];
	return NULL;
}

static void edits_move(struct tree_edits *edits, int child, int from, int to, enum tree_slot slot)
{
	tree_edits_add(
	    edits, (struct tree_edit){
	               .kind = EDIT_MOVE, .child = child, .from = from, .to = to, .slot = slot});
}

static void edits_remove(struct tree_edits *edits, int child, int from)
{
	tree_edits_add(edits,
	               (struct tree_edit){.kind = EDIT_REMOVE, .child = child, .from = from});
}

int topology_move(const struct topology *topology, const struct tree *tree, int id, int parent,
                  struct tree_edits *edits, struct error *err)
{
	if (topology->move == NULL)
		return error_set(
		    err, ERR_PARAMS,
		    "topology %s finds the place of node %d itself: it cannot be moved",
		    topology->name, id);
	return topology->move(tree, id, parent, edits, err);
}

void topology_remove(const struct tree *tree, int id, struct tree_edits *edits)
{
	struct tree_ids ids = {0};
	tree_subtree(tree, id, &ids);
	for (size_t i = ids.count; i-- > 0;)
		edits_remove(edits, ids.items[i], tree_parent(tree, ids.items[i]));
	tree_ids_free(&ids);
}

/*
 * One child takes the node's place. A second child goes to the rightmost slot below the first: it
 * is free, and a search tree stays in order.
 */
static void withdraw_slots(const struct tree *tree, int id, struct tree_edits *edits)
{
	int parent = tree_parent(tree, id);
	enum tree_slot slot = tree_slot(tree, id);
	int heir, right;
	bool has_left = tree_child_at(tree, id, SLOT_LEFT, &heir);
	bool has_right = tree_child_at(tree, id, SLOT_RIGHT, &right);
	if (!has_left)
		heir = right;
	/* The node must leave its slot before the child can take it. */
	if (slot != SLOT_ANY)
		edits_move(edits, id, parent, parent, SLOT_ANY);
	edits_move(edits, heir, id, parent, slot);
	if (!has_left || !has_right)
		return;
	int last = heir;
	for (int next; tree_child_at(tree, last, SLOT_RIGHT, &next);)
		last = next;
	edits_move(edits, right, id, last, SLOT_RIGHT);
}

void topology_withdraw(const struct tree *tree, int id, struct tree_edits *edits)
{
	int parent = tree_parent(tree, id);
	int child;
	if (tree_child_at(tree, id, SLOT_LEFT, &child) ||
	    tree_child_at(tree, id, SLOT_RIGHT, &child)) {
		withdraw_slots(tree, id, edits);
	} else {
		for (bool more = tree_child_first(tree, id, &child); more;
		     more = tree_child_next(tree, child, &child))
			edits_move(edits, child, id, parent, SLOT_ANY);
	}
	edits_remove(edits, id, parent);
}
