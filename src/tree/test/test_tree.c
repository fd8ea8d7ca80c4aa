/* The tree: what each edit does, which edits are refused, and the queries. */
#include "tree/tree.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/parse.h"

static struct tree *tree;
static struct error err;

static void set_up(void)
{
	tree = tree_new();
	err = (struct error){0};
}

static void tear_down(void)
{
	tree_free(tree);
}

TestSuite(tree, .init = set_up, .fini = tear_down, .timeout = 60);

static int try_add(int child, int to, enum tree_slot slot)
{
	struct tree_edit edit = {.kind = EDIT_ADD, .child = child, .to = to, .slot = slot};
	return tree_apply(tree, &edit, &err);
}

static int try_move(int child, int from, int to, enum tree_slot slot)
{
	struct tree_edit edit = {
	    .kind = EDIT_MOVE, .child = child, .from = from, .to = to, .slot = slot};
	return tree_apply(tree, &edit, &err);
}

static int try_remove(int child, int from)
{
	struct tree_edit edit = {.kind = EDIT_REMOVE, .child = child, .from = from};
	return tree_apply(tree, &edit, &err);
}

static void add(int child, int to)
{
	cr_assert_eq(try_add(child, to, SLOT_ANY), 0, "%s", err.text);
}

static void add_slot(int child, int to, enum tree_slot slot)
{
	cr_assert_eq(try_add(child, to, slot), 0, "%s", err.text);
}

static void move(int child, int from, int to, enum tree_slot slot)
{
	cr_assert_eq(try_move(child, from, to, slot), 0, "%s", err.text);
}

/* The whole tree as text: "id<parent/slot*weight" for each node. Owned by the caller. */
static char *tree_text(const struct tree *t)
{
	struct tree_ids ids = {0};
	struct buffer text = {0};
	tree_subtree(t, NODE_CONTROLLER, &ids);
	buffer_format(&text, "%zu:", tree_size(t));
	for (size_t i = 0; i < ids.count; i++)
		buffer_format(&text, " %d<%d/%d*%zu", ids.items[i], tree_parent(t, ids.items[i]),
		              (int)tree_slot(t, ids.items[i]), tree_weight(t, ids.items[i]));
	tree_ids_free(&ids);
	buffer_add(&text, "", 1);
	return text.data;
}

static void expect_text(const char *expected)
{
	cleanup_free char *text = tree_text(tree);
	cr_assert_str_eq(text, expected);
}

/* 1 under the controller; 2 and 3 left and right of it; 4 and 5 under 2. */
static void grow(void)
{
	add(1, NODE_CONTROLLER);
	add_slot(2, 1, SLOT_LEFT);
	add_slot(3, 1, SLOT_RIGHT);
	add(4, 2);
	add(5, 2);
	expect_text("5: 1<-1/0*5 2<1/1*3 4<2/0*1 5<2/0*1 3<1/2*1");
}

Test(tree, new_one_is_empty_but_for_the_controller)
{
	int child;
	cr_assert_eq(tree_size(tree), 0);
	cr_assert(tree_has(tree, NODE_CONTROLLER));
	cr_assert_eq(tree_weight(tree, NODE_CONTROLLER), 0);
	cr_assert_eq(tree_depth(tree, NODE_CONTROLLER), 0);
	cr_assert_eq(tree_slot(tree, NODE_CONTROLLER), SLOT_ANY);
	cr_assert_not(tree_child_first(tree, NODE_CONTROLLER, &child));
	cr_assert_not(tree_has(tree, 0));
}

Test(tree, free_takes_null)
{
	tree_free(NULL);
}

Test(tree, add_makes_a_leaf_under_its_parent)
{
	add(7, NODE_CONTROLLER);
	add(8, 7);
	cr_assert(tree_has(tree, 8));
	cr_assert_eq(tree_parent(tree, 8), 7);
	cr_assert_eq(tree_depth(tree, 8), 2);
	cr_assert_eq(tree_weight(tree, 8), 1);
}

Test(tree, ids_use_the_whole_range_of_int)
{
	add(INT_MIN, NODE_CONTROLLER);
	add(INT_MAX, INT_MIN);
	add(0, INT_MAX);
	add(-2, 0);
	expect_text("4: -2147483648<-1/0*4 2147483647<-2147483648/0*3 0<2147483647/0*2 -2<0/0*1");
}

Test(tree, children_keep_the_order_of_coming)
{
	for (int id = 9; id > 4; id--)
		add(id, NODE_CONTROLLER);
	expect_text("5: 9<-1/0*1 8<-1/0*1 7<-1/0*1 6<-1/0*1 5<-1/0*1");
}

Test(tree, left_child_stands_before_the_right_one)
{
	add(1, NODE_CONTROLLER);
	add_slot(3, 1, SLOT_RIGHT);
	add_slot(2, 1, SLOT_LEFT);
	expect_text("3: 1<-1/0*3 2<1/1*1 3<1/2*1");
}

Test(tree, child_is_found_in_its_slot_only)
{
	int child = 0;
	add(1, NODE_CONTROLLER);
	add_slot(3, 1, SLOT_RIGHT);
	cr_assert_not(tree_child_at(tree, 1, SLOT_LEFT, &child));
	cr_assert(tree_child_at(tree, 1, SLOT_RIGHT, &child));
	cr_assert_eq(child, 3);
}

Test(tree, children_can_be_walked)
{
	int child, seen = 0;
	grow();
	for (bool more = tree_child_first(tree, 2, &child); more;
	     more = tree_child_next(tree, child, &child))
		seen = seen * 10 + child;
	cr_assert_eq(seen, 45);
}

Test(tree, weights_count_what_is_at_and_below)
{
	grow();
	cr_assert_eq(tree_weight(tree, NODE_CONTROLLER), 5);
	cr_assert_eq(tree_weight(tree, 1), 5);
	cr_assert_eq(tree_weight(tree, 2), 3);
	cr_assert_eq(tree_weight(tree, 3), 1);
}

Test(tree, below_goes_up_to_the_node_itself_and_the_controller)
{
	grow();
	cr_assert(tree_below(tree, 4, 4));
	cr_assert(tree_below(tree, 4, 1));
	cr_assert(tree_below(tree, 4, NODE_CONTROLLER));
	cr_assert_not(tree_below(tree, 4, 3));
	cr_assert_not(tree_below(tree, 1, 4));
	cr_assert_not(tree_below(tree, NODE_CONTROLLER, 1));
}

Test(tree, subtree_stops_at_its_top)
{
	struct tree_ids ids = {0};
	grow();
	tree_subtree(tree, 2, &ids);
	cr_assert_eq(ids.count, 3);
	cr_assert_eq(ids.items[0], 2);
	cr_assert_eq(ids.items[1], 4);
	cr_assert_eq(ids.items[2], 5);
	tree_ids_free(&ids);
	cr_assert_null(ids.items);
}

Test(tree, move_takes_along_what_is_below)
{
	grow();
	move(2, 1, 3, SLOT_ANY);
	expect_text("5: 1<-1/0*5 3<1/2*4 2<3/0*3 4<2/0*1 5<2/0*1");
}

Test(tree, move_goes_behind_the_other_children)
{
	grow();
	move(4, 2, 2, SLOT_ANY);
	expect_text("5: 1<-1/0*5 2<1/1*3 5<2/0*1 4<2/0*1 3<1/2*1");
}

Test(tree, move_leaves_its_slot)
{
	int child;
	grow();
	move(2, 1, 1, SLOT_ANY);
	cr_assert_not(tree_child_at(tree, 1, SLOT_LEFT, &child));
	expect_text("5: 1<-1/0*5 3<1/2*1 2<1/0*3 4<2/0*1 5<2/0*1");
}

Test(tree, move_into_its_own_slot_changes_nothing)
{
	grow();
	move(2, 1, 1, SLOT_LEFT);
	expect_text("5: 1<-1/0*5 2<1/1*3 4<2/0*1 5<2/0*1 3<1/2*1");
}

Test(tree, move_up_to_the_controller)
{
	grow();
	move(2, 1, NODE_CONTROLLER, SLOT_ANY);
	expect_text("5: 1<-1/0*2 3<1/2*1 2<-1/0*3 4<2/0*1 5<2/0*1");
}

Test(tree, removed_id_is_free_again)
{
	grow();
	cr_assert_eq(try_remove(4, 2), 0);
	cr_assert_not(tree_has(tree, 4));
	add(4, 3);
	expect_text("5: 1<-1/0*5 2<1/1*2 5<2/0*1 3<1/2*2 4<3/0*1");
}

/* One bad edit is refused as an internal error, and nothing has changed. */
static void expect_refused(struct tree_edit edit)
{
	grow();
	cleanup_free char *before = tree_text(tree);
	cr_assert_eq(tree_apply(tree, &edit, &err), -1);
	cr_assert_eq(err.code, ERR_INTERNAL);
	cr_assert_neq(err.text[0], '\0');
	expect_text(before);
	cr_assert_eq(tree_apply(tree, &edit, NULL), -1);
}

#define REFUSED(name, ...) \
	Test(tree, name) \
	{ \
		expect_refused((struct tree_edit){__VA_ARGS__}); \
	}

REFUSED(add_of_a_node_that_is_there_is_refused, EDIT_ADD, .child = 4, .to = 3)
REFUSED(add_of_the_controller_is_refused, EDIT_ADD, .child = NODE_CONTROLLER, .to = 3)
REFUSED(add_under_nobody_is_refused, EDIT_ADD, .child = 9, .to = 8)
REFUSED(add_under_itself_is_refused, EDIT_ADD, .child = 9, .to = 9)
REFUSED(add_into_a_taken_left_slot_is_refused, EDIT_ADD, .child = 9, .to = 1, .slot = SLOT_LEFT)
REFUSED(add_into_a_taken_right_slot_is_refused, EDIT_ADD, .child = 9, .to = 1, .slot = SLOT_RIGHT)
REFUSED(move_of_nobody_is_refused, EDIT_MOVE, .child = 9, .from = 1, .to = 2)
REFUSED(move_of_the_controller_is_refused, EDIT_MOVE, .child = -1, .from = -1, .to = 2)
REFUSED(move_from_who_is_not_the_parent_is_refused, EDIT_MOVE, .child = 4, .from = 1, .to = 3)
REFUSED(move_under_nobody_is_refused, EDIT_MOVE, .child = 4, .from = 2, .to = 9)
REFUSED(move_under_itself_is_refused, EDIT_MOVE, .child = 2, .from = 1, .to = 2)
REFUSED(move_under_its_child_is_refused, EDIT_MOVE, .child = 2, .from = 1, .to = 4)
REFUSED(move_under_its_grandchild_is_refused, EDIT_MOVE, .child = 1, .from = -1, .to = 4)
REFUSED(move_into_a_taken_slot_is_refused, EDIT_MOVE, .child = 4, .from = 2, .to = 1,
        .slot = SLOT_LEFT)
REFUSED(move_into_its_siblings_slot_is_refused, EDIT_MOVE, .child = 2, .from = 1, .to = 1,
        .slot = SLOT_RIGHT)
REFUSED(remove_of_nobody_is_refused, EDIT_REMOVE, .child = 9, .from = 1)
REFUSED(remove_of_the_controller_is_refused, EDIT_REMOVE, .child = -1, .from = -1)
REFUSED(remove_from_who_is_not_the_parent_is_refused, EDIT_REMOVE, .child = 4, .from = 1)
REFUSED(remove_of_a_node_with_children_is_refused, EDIT_REMOVE, .child = 2, .from = 1)

Test(tree, edit_lists_grow_and_keep_their_order)
{
	struct tree_edits edits = {0};
	for (int i = 0; i < 1000; i++)
		tree_edits_add(&edits, (struct tree_edit){.kind = EDIT_ADD, .child = i});
	cr_assert_eq(edits.count, 1000);
	for (int i = 0; i < 1000; i++)
		cr_assert_eq(edits.items[i].child, i);
	tree_edits_free(&edits);
	cr_assert_eq(edits.count, 0);
}

Test(tree, chain_of_100000_needs_no_stack)
{
	const int length = 100000;
	for (int id = length; id > 0; id--) {
		add(id, NODE_CONTROLLER);
		if (id < length)
			move(id + 1, NODE_CONTROLLER, id, SLOT_ANY);
	}
	struct tree_ids ids = {0};
	tree_subtree(tree, NODE_CONTROLLER, &ids);
	cr_assert_eq(ids.count, (size_t)length);
	for (int i = 0; i < length; i++)
		cr_assert_eq(ids.items[i], i + 1);
	tree_ids_free(&ids);
	cr_assert_eq(tree_depth(tree, length), (size_t)length);
	cr_assert_eq(tree_weight(tree, 1), (size_t)length);
	cr_assert(tree_below(tree, length, 1));
	cr_assert_eq(try_move(1, NODE_CONTROLLER, length, SLOT_ANY), -1);
}
