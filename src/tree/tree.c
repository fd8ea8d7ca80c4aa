/*
 * Owns the nodes: by id in a hash table, and each in its parent's list of children.
 *
 * Invariant: every node but the controller has a parent, and following parents ends at the
 * controller; a slot of a node holds at most one child; a weight counts the nodes at and below,
 * never the controller. Every edit is checked as a whole before anything changes. No function
 * recurses: a list is as deep as it is long.
 */
#include "tree/tree.h"

#include <assert.h>
#include <uthash.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/parse.h"

struct node {
	int id;
	enum tree_slot slot;
	size_t weight;
	struct node *parent;   /* NULL: the controller */
	struct node *children; /* first of them; its prev is the last (utlist) */
	struct node *prev;
	struct node *next;
	UT_hash_handle hh;
};

struct tree {
	struct node *nodes; /* owned; by id, the controller among them */
	struct node *controller;
	uint64_t changes;
};

static size_t room_grown(size_t room)
{
	return room == 0 ? 8 : room * 2;
}

void tree_edits_add(struct tree_edits *edits, struct tree_edit edit)
{
	if (edits->count == edits->room) {
		edits->room = room_grown(edits->room);
		edits->items = mem_resize(edits->items, edits->room * sizeof(*edits->items));
	}
	edits->items[edits->count++] = edit;
}

void tree_edits_free(struct tree_edits *edits)
{
	free(edits->items);
	*edits = (struct tree_edits){0};
}

void tree_ids_add(struct tree_ids *ids, int id)
{
	if (ids->count == ids->room) {
		ids->room = room_grown(ids->room);
		ids->items = mem_resize(ids->items, ids->room * sizeof(*ids->items));
	}
	ids->items[ids->count++] = id;
}

void tree_ids_free(struct tree_ids *ids)
{
	free(ids->items);
	*ids = (struct tree_ids){0};
}

static struct node *node_find(const struct tree *tree, int id)
{
	struct node *node;
	HASH_FIND_INT(tree->nodes, &id, node);
	return node;
}

/* The node must be in the tree. */
static struct node *node_get(const struct tree *tree, int id)
{
	struct node *node = node_find(tree, id);
	assert(node != NULL);
	return node;
}

static struct node *node_new(struct tree *tree, int id)
{
	struct node *node = mem_new(sizeof(*node));
	node->id = id;
	HASH_ADD_INT(tree->nodes, id, node);
	return node;
}

static struct node *node_in_slot(const struct node *node, enum tree_slot slot)
{
	struct node *child = node->children;
	while (child != NULL && child->slot != slot)
		child = child->next;
	return child;
}

static bool node_below(const struct node *node, const struct node *above)
{
	while (node != NULL && node != above)
		node = node->parent;
	return node != NULL;
}

static void node_hang(struct node *node, struct node *parent, enum tree_slot slot)
{
	node->parent = parent;
	node->slot = slot;
	if (slot == SLOT_LEFT)
		DL_PREPEND(parent->children, node);
	else
		DL_APPEND(parent->children, node);
	for (struct node *up = parent; up != NULL; up = up->parent)
		up->weight += node->weight;
}

static void node_unhang(struct node *node)
{
	DL_DELETE(node->parent->children, node);
	for (struct node *up = node->parent; up != NULL; up = up->parent)
		up->weight -= node->weight;
}

struct tree *tree_new(void)
{
	struct tree *tree = mem_new(sizeof(*tree));
	tree->controller = node_new(tree, NODE_CONTROLLER);
	return tree;
}

void tree_free(struct tree *tree)
{
	if (tree == NULL)
		return;
	struct node *node, *next;
	HASH_ITER (hh, tree->nodes, node, next) {
		HASH_DEL(tree->nodes, node);
		free(node);
	}
	free(tree);
}

/* May `child` go there? Its own slot counts as free: a move leaves the old place first. */
static int place_check(const struct node *child, const struct node *parent, int id,
                       const struct tree_edit *edit, struct error *err)
{
	if (parent == NULL)
		return error_set(err, ERR_INTERNAL, "node %d: no node %d to go under", id,
		                 edit->to);
	if (child != NULL && node_below(parent, child))
		return error_set(err, ERR_INTERNAL,
		                 "node %d: cannot go under %d, which is below it", id, edit->to);
	if (edit->slot == SLOT_ANY)
		return 0;
	const struct node *taken = node_in_slot(parent, edit->slot);
	if (taken != NULL && taken != child)
		return error_set(err, ERR_INTERNAL, "node %d: node %d has its slot under %d", id,
		                 taken->id, edit->to);
	return 0;
}

/* Is the child where the edit says that it is? */
static int child_check(const struct node *child, const struct tree_edit *edit, struct error *err)
{
	if (child == NULL)
		return error_set(err, ERR_INTERNAL, "no node %d", edit->child);
	if (child->parent == NULL)
		return error_set(err, ERR_INTERNAL, "the controller stays where it is");
	if (child->parent->id != edit->from)
		return error_set(err, ERR_INTERNAL, "node %d: under %d, not under %d", child->id,
		                 child->parent->id, edit->from);
	return 0;
}

static int apply_add(struct tree *tree, const struct tree_edit *edit, struct error *err)
{
	if (node_find(tree, edit->child) != NULL)
		return error_set(err, ERR_INTERNAL, "node %d is there already", edit->child);
	struct node *parent = node_find(tree, edit->to);
	if (place_check(NULL, parent, edit->child, edit, err) < 0)
		return -1;
	struct node *node = node_new(tree, edit->child);
	node->weight = 1;
	node_hang(node, parent, edit->slot);
	return 0;
}

static int apply_move(struct tree *tree, const struct tree_edit *edit, struct error *err)
{
	struct node *node = node_find(tree, edit->child);
	struct node *parent = node_find(tree, edit->to);
	if (child_check(node, edit, err) < 0 ||
	    place_check(node, parent, edit->child, edit, err) < 0)
		return -1;
	node_unhang(node);
	node_hang(node, parent, edit->slot);
	return 0;
}

static int apply_remove(struct tree *tree, const struct tree_edit *edit, struct error *err)
{
	struct node *node = node_find(tree, edit->child);
	if (child_check(node, edit, err) < 0)
		return -1;
	if (node->children != NULL)
		return error_set(err, ERR_INTERNAL, "node %d: node %d is below it", node->id,
		                 node->children->id);
	node_unhang(node);
	HASH_DEL(tree->nodes, node);
	free(node);
	return 0;
}

static int apply(struct tree *tree, const struct tree_edit *edit, struct error *err)
{
	switch (edit->kind) {
	case EDIT_ADD:
		return apply_add(tree, edit, err);
	case EDIT_MOVE:
		return apply_move(tree, edit, err);
	case EDIT_REMOVE:
		return apply_remove(tree, edit, err);
	}
	return error_set(err, ERR_INTERNAL, "node %d: no such kind of edit", edit->child);
}

int tree_apply(struct tree *tree, const struct tree_edit *edit, struct error *err)
{
	if (apply(tree, edit, err) < 0)
		return -1;
	tree->changes++;
	return 0;
}

uint64_t tree_changes(const struct tree *tree)
{
	return tree->changes;
}

size_t tree_size(const struct tree *tree)
{
	return tree->controller->weight;
}

bool tree_has(const struct tree *tree, int id)
{
	return node_find(tree, id) != NULL;
}

int tree_parent(const struct tree *tree, int id)
{
	assert(id != NODE_CONTROLLER);
	return node_get(tree, id)->parent->id;
}

enum tree_slot tree_slot(const struct tree *tree, int id)
{
	return node_get(tree, id)->slot;
}

size_t tree_weight(const struct tree *tree, int id)
{
	return node_get(tree, id)->weight;
}

size_t tree_depth(const struct tree *tree, int id)
{
	size_t depth = 0;
	for (const struct node *up = node_get(tree, id); up->parent != NULL; up = up->parent)
		depth++;
	return depth;
}

bool tree_below(const struct tree *tree, int id, int above)
{
	return node_below(node_get(tree, id), node_get(tree, above));
}

static bool node_give(const struct node *node, int *id)
{
	if (node == NULL)
		return false;
	*id = node->id;
	return true;
}

bool tree_child_first(const struct tree *tree, int id, int *child)
{
	return node_give(node_get(tree, id)->children, child);
}

bool tree_child_next(const struct tree *tree, int child, int *next)
{
	return node_give(node_get(tree, child)->next, next);
}

bool tree_child_at(const struct tree *tree, int id, enum tree_slot slot, int *child)
{
	return node_give(node_in_slot(node_get(tree, id), slot), child);
}

/* The node after this one, depth first, within what is below `top`; NULL behind the last. */
static const struct node *node_after(const struct node *node, const struct node *top)
{
	if (node->children != NULL)
		return node->children;
	while (node != top && node->next == NULL)
		node = node->parent;
	return node == top ? NULL : node->next;
}

void tree_subtree(const struct tree *tree, int id, struct tree_ids *ids)
{
	const struct node *top = node_get(tree, id);
	for (const struct node *node = top; node != NULL; node = node_after(node, top))
		if (node != tree->controller)
			tree_ids_add(ids, node->id);
}

/* Of its children: their number, and what is wrong with them. Their weights are above 0 and below
 * their parent's, so that nothing hangs below itself. */
static const char *node_valid(const struct node *node, size_t *children)
{
	size_t weight = node->id != NODE_CONTROLLER;
	size_t left = 0;
	size_t right = 0;

	for (const struct node *child = node->children; child != NULL; child = child->next) {
		if (child->parent != node)
			return "a child has another parent";
		if (child->slot == SLOT_LEFT && child != node->children)
			return "the left child is not the first";
		left += child->slot == SLOT_LEFT;
		right += child->slot == SLOT_RIGHT;
		weight += child->weight;
		++*children;
	}
	if (left > 1 || right > 1)
		return "a slot has two children";
	return weight == node->weight ? NULL : "a weight is not the sum of those below";
}

const char *tree_valid(const struct tree *tree)
{
	const char *wrong = NULL;
	size_t children = 0;

	for (const struct node *node = tree->nodes; node != NULL; node = node->hh.next)
		if ((node->parent == NULL) != (node == tree->controller))
			return "a node has no parent";
	for (const struct node *node = tree->nodes; node != NULL && wrong == NULL;
	     node = node->hh.next)
		wrong = node_valid(node, &children);
	/* The controller is no child. */
	if (wrong == NULL && children != HASH_COUNT(tree->nodes) - 1)
		return "a node is no child of its parent";
	return wrong;
}
