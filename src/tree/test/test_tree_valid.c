/* That a tree which is none is found out: each rule broken by itself, below the interface. */
#include "tree/tree.c"

#include <criterion/criterion.h>

TestSuite(tree_valid, .timeout = 60);

static void add(struct tree *tree, int child, int to, enum tree_slot slot)
{
	struct error err;

	cr_assert_eq(
	    tree_apply(
	        tree, &(struct tree_edit){.kind = EDIT_ADD, .child = child, .to = to, .slot = slot},
	        &err),
	    0);
}

/* 1 with 2 and 3 in its slots and 4 behind them, and 5 below 4. */
static struct tree *sample(void)
{
	struct tree *tree = tree_new();

	cr_assert_null(tree_valid(tree));
	add(tree, 1, NODE_CONTROLLER, SLOT_ANY);
	add(tree, 3, 1, SLOT_RIGHT);
	add(tree, 2, 1, SLOT_LEFT);
	add(tree, 4, 1, SLOT_ANY);
	add(tree, 5, 4, SLOT_ANY);
	cr_assert_null(tree_valid(tree));
	return tree;
}

Test(tree_valid, a_weight_is_the_sum_of_those_below)
{
	struct tree *tree = sample();

	node_get(tree, 4)->weight++;
	cr_assert_str_eq(tree_valid(tree), "a weight is not the sum of those below");
	node_get(tree, 4)->weight--;
	cr_assert_null(tree_valid(tree));
	tree_free(tree);
}

Test(tree_valid, a_child_knows_its_parent)
{
	struct tree *tree = sample();

	node_get(tree, 5)->parent = node_get(tree, 2);
	cr_assert_str_eq(tree_valid(tree), "a child has another parent");
	tree_free(tree);
}

Test(tree_valid, a_node_has_a_parent)
{
	struct tree *tree = sample();

	node_get(tree, 5)->parent = NULL;
	cr_assert_str_eq(tree_valid(tree), "a node has no parent");
	tree_free(tree);
}

Test(tree_valid, a_node_is_a_child_of_its_parent)
{
	struct tree *tree = sample();
	struct node *four = node_get(tree, 4);

	four->children = NULL;
	for (struct node *up = four; up; up = up->parent)
		up->weight--;
	cr_assert_str_eq(tree_valid(tree), "a node is no child of its parent");
	tree_free(tree);
}

Test(tree_valid, a_slot_has_one_child_and_the_left_one_comes_first)
{
	struct tree *tree = sample();

	node_get(tree, 4)->slot = SLOT_RIGHT;
	cr_assert_str_eq(tree_valid(tree), "a slot has two children");
	node_get(tree, 4)->slot = SLOT_LEFT;
	cr_assert_str_eq(tree_valid(tree), "the left child is not the first");
	tree_free(tree);
}
