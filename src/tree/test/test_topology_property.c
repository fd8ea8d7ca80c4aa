/*
 * The shapes under thousands of random creates, kills and withdrawals, beside a simple model: a
 * flat array of nodes and their parents. DTREE_SEED=N repeats a run.
 */
#include "tree/topology.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "tree/shapes.h"

#define STEPS        4000
#define POOL         64  /* ids in use */
#define REPLAY_EVERY 200 /* steps */

TestSuite(property, .timeout = 120);

struct model_node {
	int id;
	int parent;
	enum tree_slot slot;
	bool available;
};

struct world {
	const struct topology *shape;
	struct tree *tree;
	struct tree_edits history;
	struct model_node nodes[POOL];
	size_t count;
	int pool[POOL];
	uint64_t seed;
	uint64_t random; /* state */
	size_t step;
};

#define holds(w, condition) \
	cr_assert(condition, "%s: DTREE_SEED=%" PRIu64 ", step %zu: " #condition, \
	          (w)->shape->name, (w)->seed, (w)->step)

/* splitmix64: https://prng.di.unimi.it/splitmix64.c */
static uint64_t random_next(struct world *w)
{
	uint64_t z = (w->random += 0x9e3779b97f4a7c15U);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

static size_t random_below(struct world *w, size_t n)
{
	return (size_t)(random_next(w) % n);
}

static struct model_node *model_find(struct world *w, int id)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->nodes[i].id == id)
			return &w->nodes[i];
	return NULL;
}

static struct model_node *model_child(struct world *w, int parent, enum tree_slot slot)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->nodes[i].parent == parent && w->nodes[i].slot == slot)
			return &w->nodes[i];
	return NULL;
}

static bool model_below(struct world *w, int id, int above)
{
	while (id != above && id != NODE_CONTROLLER)
		id = model_find(w, id)->parent;
	return id == above;
}

static size_t model_weight(struct world *w, int id)
{
	size_t weight = 0;
	for (size_t i = 0; i < w->count; i++)
		weight += model_below(w, w->nodes[i].id, id);
	return weight;
}

static void model_add(struct world *w, struct model_node node)
{
	w->nodes[w->count++] = node;
}

static void model_drop(struct world *w, int id)
{
	struct model_node *gone = model_find(w, id);
	*gone = w->nodes[--w->count];
}

static bool is_available(void *arg, int id)
{
	return model_find(arg, id)->available;
}

/* An error's code, or ERR_NONE with the place in *node. */
typedef enum error_code expect_fn(struct world *w, const struct topology_request *request,
                                  struct model_node *node);

static enum error_code expect_named(struct world *w, const struct topology_request *request,
                                    struct model_node *node)
{
	if (!request->has_parent || request->parent == NODE_CONTROLLER)
		return ERR_NONE;
	const struct model_node *parent = model_find(w, request->parent);
	if (parent == NULL)
		return ERR_PARENT_NOT_FOUND;
	node->parent = parent->id;
	return parent->available ? ERR_NONE : ERR_PARENT_UNAVAILABLE;
}

/* To the right of the next smaller id if that is free, else to the left of the next greater one. */
static enum error_code expect_bst(struct world *w, const struct topology_request *request,
                                  struct model_node *node)
{
	const struct model_node *less = NULL, *more = NULL;
	for (size_t i = 0; i < w->count; i++) {
		const struct model_node *other = &w->nodes[i];
		if (other->id < request->id && (less == NULL || other->id > less->id))
			less = other;
		if (other->id > request->id && (more == NULL || other->id < more->id))
			more = other;
	}
	if (w->count == 0)
		return ERR_NONE;
	bool right = less != NULL && model_child(w, less->id, SLOT_RIGHT) == NULL;
	node->parent = right ? less->id : more->id;
	node->slot = right ? SLOT_RIGHT : SLOT_LEFT;
	return (right ? less : more)->available ? ERR_NONE : ERR_PARENT_UNAVAILABLE;
}

/* The smaller side, else the other; recursive, unlike the code under test. */
static bool balanced_below(struct world *w, int parent, enum tree_slot slot,
                           struct model_node *node)
{
	const struct model_node *child = model_child(w, parent, slot);
	if (child == NULL) {
		node->parent = parent;
		node->slot = slot;
		return true;
	}
	if (!child->available)
		return false;
	const struct model_node *left = model_child(w, child->id, SLOT_LEFT);
	const struct model_node *right = model_child(w, child->id, SLOT_RIGHT);
	size_t left_size = left == NULL ? 0 : model_weight(w, left->id);
	size_t right_size = right == NULL ? 0 : model_weight(w, right->id);
	enum tree_slot first = left_size <= right_size ? SLOT_LEFT : SLOT_RIGHT;
	enum tree_slot second = left_size <= right_size ? SLOT_RIGHT : SLOT_LEFT;
	return balanced_below(w, child->id, first, node) ||
	       balanced_below(w, child->id, second, node);
}

static enum error_code expect_balanced(struct world *w, const struct topology_request *request,
                                       struct model_node *node)
{
	(void)request;
	bool found = balanced_below(w, NODE_CONTROLLER, SLOT_ANY, node);
	return found ? ERR_NONE : ERR_PARENT_UNAVAILABLE;
}

static void edits_apply(struct world *w, struct tree_edits *edits)
{
	struct error err = {0};
	for (size_t i = 0; i < edits->count; i++) {
		holds(w, tree_apply(w->tree, &edits->items[i], &err) == 0);
		tree_edits_add(&w->history, edits->items[i]);
	}
	tree_edits_free(edits);
}

static void step_create(struct world *w, expect_fn *expect)
{
	int id = w->pool[random_below(w, POOL)];
	if (tree_has(w->tree, id))
		return;
	size_t named = random_below(w, POOL + 8);
	struct topology_request request = {.id = id,
	                                   .has_parent = random_below(w, 8) != 0,
	                                   .parent = NODE_CONTROLLER,
	                                   .available = is_available,
	                                   .arg = w};
	if (named < w->count) /* a node that is there: more likely the more there are */
		request.parent = w->nodes[named].id;
	else if (named < POOL)
		request.parent = w->pool[named];
	struct model_node node = {.id = id, .parent = NODE_CONTROLLER, .available = true};
	enum error_code code = expect(w, &request, &node);
	struct tree_edits edits = {0};
	struct error err = {0};
	int rc = w->shape->place(w->tree, &request, &edits, &err);
	holds(w, err.code == code);
	if (rc < 0) {
		holds(w, edits.count == 0);
		return;
	}
	holds(w, edits.items[0].kind == EDIT_ADD && edits.items[0].child == id);
	for (size_t i = 1; i < edits.count; i++)
		holds(w, edits.items[i].kind == EDIT_MOVE);
	edits_apply(w, &edits);
	struct model_node *behind = model_child(w, node.parent, SLOT_ANY);
	if (w->shape == &topology_list && behind != NULL)
		behind->parent = id;
	model_add(w, node);
}

static void step_kill(struct world *w)
{
	int id = w->nodes[random_below(w, w->count)].id;
	struct tree_edits edits = {0};
	topology_remove(w->tree, id, &edits);
	holds(w, edits.count == model_weight(w, id));
	for (size_t i = 0; i < edits.count; i++) {
		holds(w, edits.items[i].kind == EDIT_REMOVE);
		holds(w, model_below(w, edits.items[i].child, id));
		model_drop(w, edits.items[i].child);
	}
	edits_apply(w, &edits);
}

static void step_withdraw(struct world *w)
{
	struct model_node gone = w->nodes[random_below(w, w->count)];
	struct tree_edits edits = {0};
	topology_withdraw(w->tree, gone.id, &edits);
	struct tree_edit last = edits.items[edits.count - 1];
	holds(w, last.kind == EDIT_REMOVE && last.child == gone.id);
	for (size_t i = 0; i + 1 < edits.count; i++)
		holds(w, edits.items[i].kind == EDIT_MOVE);
	edits_apply(w, &edits);
	model_drop(w, gone.id);
	struct model_node *child;
	while ((child = model_child(w, gone.id, SLOT_ANY)) != NULL)
		child->parent = gone.parent;
	struct model_node *left = model_child(w, gone.id, SLOT_LEFT);
	struct model_node *right = model_child(w, gone.id, SLOT_RIGHT);
	struct model_node *heir = left != NULL ? left : right;
	if (heir == NULL)
		return;
	heir->parent = gone.parent;
	heir->slot = gone.slot;
	if (heir == right || right == NULL)
		return;
	while ((child = model_child(w, heir->id, SLOT_RIGHT)) != NULL)
		heir = child;
	right->parent = heir->id;
}

/* The model's parents after a move that is good. */
static void model_move(struct world *w, struct model_node *node, int parent)
{
	if (node->parent == parent)
		return;
	if (w->shape == &topology_list) {
		struct model_node *after = model_child(w, node->id, SLOT_ANY);
		struct model_node *before = model_child(w, parent, SLOT_ANY);
		int from = node->parent;
		if (after != NULL)
			after->parent = from;
		if (before != NULL && before != node)
			before->parent = node->id;
	}
	node->parent = parent;
}

/* The ids at and below id, in their order: a move leaves them so. */
static void step_move(struct world *w)
{
	struct model_node *node = &w->nodes[random_below(w, w->count)];
	size_t named = random_below(w, w->count + 3);
	int parent = named < w->count    ? w->nodes[named].id
	             : named == w->count ? NODE_CONTROLLER
	                                 : w->pool[random_below(w, POOL)];
	struct tree_ids before = {0}, after = {0};
	struct tree_edits edits = {0};
	struct error err = {0};
	bool list = w->shape == &topology_list;
	bool there = parent == NODE_CONTROLLER || model_find(w, parent) != NULL;
	enum error_code code = w->shape->move == NULL                      ? ERR_PARAMS
	                       : !there                                    ? ERR_PARENT_NOT_FOUND
	                       : parent == node->id                        ? ERR_PARAMS
	                       : !list && model_below(w, parent, node->id) ? ERR_PARAMS
	                                                                   : ERR_NONE;
	tree_subtree(w->tree, node->id, &before);
	holds(w, (topology_move(w->shape, w->tree, node->id, parent, &edits, &err) < 0) ==
	             (code != ERR_NONE));
	holds(w, err.code == code);
	holds(w, code == ERR_NONE || edits.count == 0);
	holds(w, edits.count <= (list ? 3 : 1));
	edits_apply(w, &edits);
	if (code == ERR_NONE)
		model_move(w, node, parent);
	tree_subtree(w->tree, node->id, &after);
	if (!list) {
		holds(w, before.count == after.count);
		for (size_t i = 0; i < before.count; i++)
			holds(w, before.items[i] == after.items[i]);
	}
	tree_ids_free(&before);
	tree_ids_free(&after);
}

static void expect_model(struct world *w)
{
	struct error err = {0};
	holds(w, w->shape->check(w->tree, &err) == 0);
	holds(w, tree_size(w->tree) == w->count);
	for (size_t i = 0; i < w->count; i++) {
		const struct model_node *node = &w->nodes[i];
		holds(w, tree_has(w->tree, node->id));
		holds(w, tree_parent(w->tree, node->id) == node->parent);
		holds(w, tree_slot(w->tree, node->id) == node->slot);
		holds(w, tree_weight(w->tree, node->id) == model_weight(w, node->id));
	}
}

static void expect_replay(struct world *w)
{
	struct tree *again = tree_new();
	for (size_t i = 0; i < w->history.count; i++)
		holds(w, tree_apply(again, &w->history.items[i], NULL) == 0);
	struct tree_ids here = {0}, there = {0};
	tree_subtree(w->tree, NODE_CONTROLLER, &here);
	tree_subtree(again, NODE_CONTROLLER, &there);
	holds(w, here.count == there.count);
	for (size_t i = 0; i < here.count; i++) {
		int id = here.items[i];
		holds(w, there.items[i] == id);
		holds(w, tree_parent(again, id) == tree_parent(w->tree, id));
		holds(w, tree_slot(again, id) == tree_slot(w->tree, id));
		holds(w, tree_weight(again, id) == tree_weight(w->tree, id));
	}
	tree_ids_free(&here);
	tree_ids_free(&there);
	tree_free(again);
}

static struct world *world_new(const struct topology *shape)
{
	struct world *w = mem_new(sizeof(*w));
	const char *seed = getenv("DTREE_SEED");
	w->shape = shape;
	w->tree = tree_new();
	w->seed = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)clock_us();
	w->random = w->seed;
	static const int edges[] = {INT_MIN, INT_MIN + 1, INT_MAX, INT_MAX - 1, 0, 1, -2};
	for (size_t i = 0; i < POOL; i++)
		w->pool[i] = i < ARRAY_SIZE(edges) ? edges[i] : (int32_t)random_next(w);
	return w;
}

static void world_free(struct world *w)
{
	tree_edits_free(&w->history);
	tree_free(w->tree);
	free(w);
}

static void run(const struct topology *shape, expect_fn *expect)
{
	struct world *w = world_new(shape);
	size_t largest = 0;
	for (w->step = 1; w->step <= STEPS; w->step++) {
		size_t what = random_below(w, 100);
		if (what < 75 || w->count == 0)
			step_create(w, expect);
		else if (what < 79)
			step_kill(w);
		else if (what < 85)
			step_withdraw(w);
		else if (what < 92)
			step_move(w);
		else
			w->nodes[random_below(w, w->count)].available = random_below(w, 4) != 0;
		expect_model(w);
		if (w->step % REPLAY_EVERY == 0)
			expect_replay(w);
		largest = w->count > largest ? w->count : largest;
	}
	holds(w, largest > 15);
	world_free(w);
}

Test(property, list_is_as_its_model_after_every_step)
{
	run(&topology_list, expect_named);
}

Test(property, tree_is_as_its_model_after_every_step)
{
	run(&topology_tree, expect_named);
}

Test(property, bst_is_as_its_model_after_every_step)
{
	run(&topology_bst, expect_bst);
}

Test(property, balanced_is_as_its_model_after_every_step)
{
	run(&topology_balanced, expect_balanced);
}

static bool always(void *arg, int id)
{
	(void)arg;
	(void)id;
	return true;
}

static size_t side_weight(const struct tree *tree, int id, enum tree_slot slot)
{
	int child;
	return tree_child_at(tree, id, slot, &child) ? tree_weight(tree, child) : 0;
}

Test(property, balanced_sides_differ_by_one_at_most_while_nodes_only_come)
{
	struct world *w = world_new(&topology_balanced);
	for (int count = 0; count < 1000; count++) {
		struct topology_request request = {.id = (int32_t)random_next(w),
		                                   .available = always};
		struct tree_edits edits = {0};
		if (tree_has(w->tree, request.id))
			continue;
		holds(w, topology_balanced.place(w->tree, &request, &edits, NULL) == 0);
		edits_apply(w, &edits);
		struct tree_ids ids = {0};
		tree_subtree(w->tree, NODE_CONTROLLER, &ids);
		for (size_t i = 0; i < ids.count; i++) {
			size_t left = side_weight(w->tree, ids.items[i], SLOT_LEFT);
			size_t right = side_weight(w->tree, ids.items[i], SLOT_RIGHT);
			holds(w, left <= right + 1 && right <= left + 1);
		}
		tree_ids_free(&ids);
	}
	world_free(w);
}
