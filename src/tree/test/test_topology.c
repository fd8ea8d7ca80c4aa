/* The shapes: where each places a node, how nodes are removed, and what breaks its law. */
#include "tree/topology.h"

#include <criterion/criterion.h>
#include <limits.h>

#include "base/mem.h"
#include "base/parse.h"
#include "tree/shapes.h"

#define NO_PARENT INT_MIN /* these tests have no such node */

static struct tree *tree;
static struct error err;
static bool unavailable[32]; /* by id */

static void set_up(void)
{
	tree = tree_new();
	err = (struct error){0};
}

static void tear_down(void)
{
	tree_free(tree);
}

TestSuite(topology, .init = set_up, .fini = tear_down, .timeout = 60);

static bool is_available(void *arg, int id)
{
	(void)arg;
	cr_assert(tree_has(tree, id) && id != NODE_CONTROLLER, "asked for %d", id);
	return id < 0 || (size_t)id >= ARRAY_SIZE(unavailable) || !unavailable[id];
}

static void apply(struct tree_edits *edits)
{
	for (size_t i = 0; i < edits->count; i++)
		cr_assert_eq(tree_apply(tree, &edits->items[i], &err), 0, "%s", err.text);
	tree_edits_free(edits);
}

static int try_create(const struct topology *shape, int id, int parent)
{
	struct tree_edits edits = {0};
	struct topology_request request = {.id = id,
	                                   .has_parent = parent != NO_PARENT,
	                                   .parent = parent,
	                                   .available = is_available};
	int rc = shape->place(tree, &request, &edits, &err);
	if (rc < 0)
		cr_assert_eq(edits.count, 0);
	apply(&edits);
	return rc;
}

static void create(const struct topology *shape, int id, int parent)
{
	cr_assert_eq(try_create(shape, id, parent), 0, "%s", err.text);
	cr_assert_eq(shape->check(tree, &err), 0, "%s", err.text);
}

/* Ids in this order, without a PARENT; ends with -1. */
static void create_all(const struct topology *shape, const int *ids)
{
	for (; *ids != NODE_CONTROLLER; ids++)
		create(shape, *ids, NO_PARENT);
}

#define CREATE_ALL(shape, ...) create_all(shape, (const int[]){__VA_ARGS__, NODE_CONTROLLER})

static void withdraw(const struct topology *shape, int id)
{
	struct tree_edits edits = {0};
	topology_withdraw(tree, id, &edits);
	apply(&edits);
	cr_assert_eq(shape->check(tree, &err), 0, "%s", err.text);
}

static void move(const struct topology *shape, int id, int parent)
{
	struct tree_edits edits = {0};
	cr_assert_eq(topology_move(shape, tree, id, parent, &edits, &err), 0, "%s", err.text);
	apply(&edits);
	cr_assert_eq(shape->check(tree, &err), 0, "%s", err.text);
}

static void expect_stays(const struct topology *shape, int id, int parent, enum error_code code,
                         const char *why)
{
	struct tree_edits edits = {0};
	cr_assert_eq(topology_move(shape, tree, id, parent, &edits, &err), -1);
	cr_assert_eq(edits.count, 0);
	cr_assert_eq(err.code, code);
	cr_assert_str_eq(err.text, why);
}

static void edit(enum tree_edit_kind kind, int child, int from, int to, enum tree_slot slot)
{
	struct tree_edit one = {kind, child, from, to, slot};
	cr_assert_eq(tree_apply(tree, &one, &err), 0, "%s", err.text);
}

static void add(int child, int to, enum tree_slot slot)
{
	edit(EDIT_ADD, child, 0, to, slot);
}

/* "2<1L": node 2 is the left child of 1. In the order of tree_subtree. */
static void expect_tree(const char *expected)
{
	static const char *const slots[] = {[SLOT_ANY] = "", [SLOT_LEFT] = "L", [SLOT_RIGHT] = "R"};
	struct tree_ids ids = {0};
	struct buffer text = {0};
	tree_subtree(tree, NODE_CONTROLLER, &ids);
	for (size_t i = 0; i < ids.count; i++)
		buffer_format(&text, "%s%d<%d%s", i == 0 ? "" : " ", ids.items[i],
		              tree_parent(tree, ids.items[i]),
		              slots[tree_slot(tree, ids.items[i])]);
	buffer_add(&text, "", 1);
	cr_assert_str_eq(buffer_bytes(&text), expected);
	tree_ids_free(&ids);
	buffer_free(&text);
}

static void expect_refused(const struct topology *shape, int id, int parent, enum error_code code)
{
	cr_assert_eq(try_create(shape, id, parent), -1);
	cr_assert_eq(err.code, code);
}

static void expect_broken(const struct topology *shape, const char *why)
{
	cr_assert_eq(shape->check(tree, &err), -1);
	cr_assert_eq(err.code, ERR_INTERNAL);
	cr_assert_str_eq(err.text, why);
}

Test(topology, rows_are_found_by_their_names)
{
	size_t count = 0;
	for (; topology_at(count) != NULL; count++)
		cr_assert_eq(topology_find(topology_at(count)->name), topology_at(count));
	cr_assert_eq(count, 4);
	cr_assert_eq(topology_find("tree"), &topology_tree);
	cr_assert_null(topology_find("ring"));
	cr_assert_null(topology_find(""));
	cr_assert(topology_list.names_parent && topology_tree.names_parent);
	cr_assert_not(topology_bst.names_parent || topology_balanced.names_parent);
}

Test(topology, empty_tree_keeps_every_law)
{
	for (size_t i = 0; topology_at(i) != NULL; i++)
		cr_assert_eq(topology_at(i)->check(tree, &err), 0, "%s", err.text);
}

Test(topology, list_puts_new_nodes_at_the_head)
{
	CREATE_ALL(&topology_list, 1, 2, 3);
	expect_tree("3<-1 2<3 1<2");
}

Test(topology, list_takes_the_controller_for_the_head)
{
	create(&topology_list, 1, NODE_CONTROLLER);
	create(&topology_list, 2, NODE_CONTROLLER);
	expect_tree("2<-1 1<2");
}

Test(topology, list_inserts_behind_parent_and_keeps_the_rest)
{
	create(&topology_list, 1, NO_PARENT);
	create(&topology_list, 2, 1);
	create(&topology_list, 3, 2);
	create(&topology_list, 4, 1);
	expect_tree("1<-1 4<1 2<4 3<2");
}

Test(topology, list_names_a_parent_that_is_not_there)
{
	expect_refused(&topology_list, 1, 7, ERR_PARENT_NOT_FOUND);
	cr_assert_str_eq(err.text, "no node 7");
}

Test(topology, list_refuses_an_unavailable_parent)
{
	CREATE_ALL(&topology_list, 1);
	unavailable[1] = true;
	expect_refused(&topology_list, 2, 1, ERR_PARENT_UNAVAILABLE);
	cr_assert_str_eq(err.text, "node 1 is unavailable");
}

Test(topology, list_moves_an_unavailable_node_back_as_well)
{
	CREATE_ALL(&topology_list, 1);
	unavailable[1] = true;
	create(&topology_list, 2, NO_PARENT);
	expect_tree("2<-1 1<2");
}

Test(topology, list_withdraw_restores_the_former_order)
{
	CREATE_ALL(&topology_list, 3, 2, 1);
	create(&topology_list, 9, 1);
	withdraw(&topology_list, 9);
	expect_tree("1<-1 2<1 3<2");
}

Test(topology, list_withdraw_at_the_head_and_at_the_end)
{
	CREATE_ALL(&topology_list, 2, 1);
	create(&topology_list, 8, NODE_CONTROLLER);
	create(&topology_list, 9, 2);
	withdraw(&topology_list, 8);
	withdraw(&topology_list, 9);
	expect_tree("1<-1 2<1");
}

Test(topology, list_withdraw_keeps_what_was_placed_since)
{
	CREATE_ALL(&topology_list, 2, 1);
	create(&topology_list, 9, 1);
	create(&topology_list, 7, 1);
	create(&topology_list, 8, 9);
	withdraw(&topology_list, 9);
	expect_tree("1<-1 7<1 8<7 2<8");
}

Test(topology, list_law_is_one_child_at_most)
{
	add(1, NODE_CONTROLLER, SLOT_ANY);
	add(2, 1, SLOT_ANY);
	add(3, 1, SLOT_ANY);
	expect_broken(&topology_list, "node 1: 2 and 3 are both behind it");
}

Test(topology, list_of_100000_is_built_at_the_head_in_no_time)
{
	for (int id = 0; id < 100000; id++)
		cr_assert_eq(try_create(&topology_list, id, NO_PARENT), 0);
	cr_assert_eq(topology_list.check(tree, &err), 0, "%s", err.text);
	cr_assert_eq(tree_depth(tree, 0), 100000);
}

Test(topology, tree_puts_nodes_where_it_is_told)
{
	create(&topology_tree, 1, NO_PARENT);
	create(&topology_tree, 2, NODE_CONTROLLER);
	create(&topology_tree, 3, 1);
	create(&topology_tree, 4, 1);
	create(&topology_tree, 5, 1);
	expect_tree("1<-1 3<1 4<1 5<1 2<-1");
}

Test(topology, tree_refuses_a_parent_missing_or_unavailable)
{
	CREATE_ALL(&topology_tree, 1);
	unavailable[1] = true;
	expect_refused(&topology_tree, 3, 2, ERR_PARENT_NOT_FOUND);
	expect_refused(&topology_tree, 3, 1, ERR_PARENT_UNAVAILABLE);
	expect_tree("1<-1");
}

Test(topology, tree_withdraw_hands_children_to_the_parent)
{
	CREATE_ALL(&topology_tree, 1, 2);
	create(&topology_tree, 3, 1);
	create(&topology_tree, 4, 1);
	withdraw(&topology_tree, 1);
	expect_tree("2<-1 3<-1 4<-1");
}

Test(topology, tree_moves_a_node_with_all_below_it_behind_the_others)
{
	CREATE_ALL(&topology_tree, 1, 2);
	create(&topology_tree, 3, 1);
	create(&topology_tree, 4, 3);
	create(&topology_tree, 5, 3);
	create(&topology_tree, 6, 2);
	move(&topology_tree, 3, 2);
	expect_tree("1<-1 2<-1 6<2 3<2 4<3 5<3");
	move(&topology_tree, 3, 2);
	expect_tree("1<-1 2<-1 6<2 3<2 4<3 5<3");
	move(&topology_tree, 3, NODE_CONTROLLER);
	expect_tree("1<-1 2<-1 6<2 3<-1 4<3 5<3");
	move(&topology_tree, 1, 4);
	expect_tree("2<-1 6<2 3<-1 4<3 1<4 5<3");
}

Test(topology, tree_moves_no_node_below_itself_or_to_nobody)
{
	CREATE_ALL(&topology_tree, 1);
	create(&topology_tree, 2, 1);
	create(&topology_tree, 3, 2);
	expect_stays(&topology_tree, 1, 3, ERR_PARAMS,
	             "node 1 cannot go under node 3, which is below it");
	expect_stays(&topology_tree, 1, 1, ERR_PARAMS, "node 1 cannot be its own parent");
	expect_stays(&topology_tree, 1, 9, ERR_PARENT_NOT_FOUND, "no node 9");
	expect_tree("1<-1 2<1 3<2");
}

Test(topology, list_moves_one_node_and_closes_up)
{
	CREATE_ALL(&topology_list, 4, 3, 2, 1);
	move(&topology_list, 2, 4);
	expect_tree("1<-1 3<1 4<3 2<4");
	move(&topology_list, 2, NODE_CONTROLLER);
	expect_tree("2<-1 1<2 3<1 4<3");
	/* Behind the next one, and back in front of it. */
	move(&topology_list, 2, 1);
	expect_tree("1<-1 2<1 3<2 4<3");
	move(&topology_list, 2, NODE_CONTROLLER);
	move(&topology_list, 4, 3);
	expect_tree("2<-1 1<2 3<1 4<3");
	expect_stays(&topology_list, 2, 2, ERR_PARAMS, "node 2 cannot be its own parent");
	expect_stays(&topology_list, 2, 9, ERR_PARENT_NOT_FOUND, "no node 9");
}

Test(topology, shapes_that_find_a_place_move_nothing)
{
	CREATE_ALL(&topology_bst, 1, 2);
	expect_stays(&topology_bst, 2, NODE_CONTROLLER, ERR_PARAMS,
	             "topology bst finds the place of node 2 itself: it cannot be moved");
	expect_stays(&topology_balanced, 2, 1, ERR_PARAMS,
	             "topology balanced finds the place of node 2 itself: it cannot be moved");
	for (size_t i = 0; topology_at(i) != NULL; i++)
		cr_assert_eq(topology_at(i)->move != NULL, topology_at(i)->names_parent);
}

Test(topology, bst_searches_by_id)
{
	CREATE_ALL(&topology_bst, 8, 11, 6, 13, 9);
	expect_tree("8<-1 6<8L 11<8R 9<11L 13<11R");
}

Test(topology, bst_ignores_the_parent)
{
	create(&topology_bst, 8, 99);
	create(&topology_bst, 11, NODE_CONTROLLER);
	expect_tree("8<-1 11<8R");
}

Test(topology, bst_compares_over_the_whole_range_of_int)
{
	CREATE_ALL(&topology_bst, 1, INT_MIN, INT_MAX, -2);
	expect_tree("1<-1 -2147483648<1L -2<-2147483648R 2147483647<1R");
}

Test(topology, bst_refuses_a_place_below_an_unavailable_node)
{
	CREATE_ALL(&topology_bst, 8, 6);
	unavailable[6] = true;
	expect_refused(&topology_bst, 7, NO_PARENT, ERR_PARENT_UNAVAILABLE);
	cr_assert_str_eq(err.text, "node 6 is unavailable");
}

Test(topology, bst_reaches_past_an_unavailable_node)
{
	CREATE_ALL(&topology_bst, 8, 6);
	unavailable[8] = true;
	create(&topology_bst, 7, NO_PARENT);
	expect_tree("8<-1 6<8L 7<6R");
}

Test(topology, bst_withdraw_joins_both_sides_in_order)
{
	CREATE_ALL(&topology_bst, 20, 10, 5, 15, 7, 12, 17);
	withdraw(&topology_bst, 10);
	expect_tree("20<-1 5<20L 7<5R 15<7R 12<15L 17<15R");
	withdraw(&topology_bst, 20);
	expect_tree("5<-1 7<5R 15<7R 12<15L 17<15R");
}

Test(topology, bst_law_is_the_order_also_across_levels)
{
	add(10, NODE_CONTROLLER, SLOT_ANY);
	add(5, 10, SLOT_LEFT);
	add(11, 5, SLOT_RIGHT);
	expect_broken(&topology_bst, "node 11: left of 10");
}

Test(topology, binary_law_is_one_root_and_only_slots_below)
{
	add(1, NODE_CONTROLLER, SLOT_LEFT);
	expect_broken(&topology_balanced, "node 1: the root, and in a slot");
	edit(EDIT_MOVE, 1, NODE_CONTROLLER, NODE_CONTROLLER, SLOT_ANY);
	add(2, 1, SLOT_ANY);
	expect_broken(&topology_bst, "node 2: neither left nor right");
	edit(EDIT_MOVE, 2, 1, NODE_CONTROLLER, SLOT_ANY);
	expect_broken(&topology_balanced, "1 and 2 are both the root");
}

Test(topology, balanced_puts_4_and_6_under_2_and_5_and_7_under_3)
{
	CREATE_ALL(&topology_balanced, 1, 2, 3, 4, 5, 6, 7);
	expect_tree("1<-1 2<1L 4<2L 6<2R 3<1R 5<3L 7<3R");
}

Test(topology, balanced_fills_the_gap_that_a_kill_left)
{
	struct tree_edits edits = {0};
	CREATE_ALL(&topology_balanced, 1, 2, 3, 4, 5, 6, 7);
	topology_remove(tree, 2, &edits);
	apply(&edits);
	create(&topology_balanced, 8, NO_PARENT);
	expect_tree("1<-1 8<1L 3<1R 5<3L 7<3R");
}

Test(topology, balanced_passes_over_an_unavailable_side)
{
	CREATE_ALL(&topology_balanced, 1, 2, 3);
	unavailable[2] = true;
	CREATE_ALL(&topology_balanced, 4, 5, 6, 7);
	expect_tree("1<-1 2<1L 3<1R 4<3L 6<4L 5<3R 7<5L");
}

Test(topology, balanced_backs_up_from_a_dead_end_further_down)
{
	CREATE_ALL(&topology_balanced, 1, 2, 3, 4, 5, 6, 7);
	unavailable[4] = unavailable[6] = true;
	create(&topology_balanced, 8, NO_PARENT);
	expect_tree("1<-1 2<1L 4<2L 6<2R 3<1R 5<3L 8<5L 7<3R");
}

Test(topology, balanced_refuses_where_every_leaf_is_unavailable)
{
	CREATE_ALL(&topology_balanced, 1, 2, 3, 4, 5, 6, 7);
	for (int id = 4; id <= 7; id++)
		unavailable[id] = true;
	expect_refused(&topology_balanced, 8, NO_PARENT, ERR_PARENT_UNAVAILABLE);
}

Test(topology, balanced_refuses_where_the_root_is_unavailable)
{
	CREATE_ALL(&topology_balanced, 1, 2);
	unavailable[1] = true;
	expect_refused(&topology_balanced, 3, NO_PARENT, ERR_PARENT_UNAVAILABLE);
}

Test(topology, balanced_withdraw_keeps_it_binary)
{
	CREATE_ALL(&topology_balanced, 1, 2, 3, 4, 5, 6);
	withdraw(&topology_balanced, 2);
	expect_tree("1<-1 4<1L 6<4R 3<1R 5<3L");
}

Test(topology, remove_takes_the_subtree_leaves_first)
{
	struct tree_edits edits = {0};
	CREATE_ALL(&topology_balanced, 1, 2, 3, 4, 5, 6, 7);
	topology_remove(tree, 2, &edits);
	cr_assert_eq(edits.count, 3);
	cr_assert_eq(edits.items[2].child, 2);
	cr_assert_eq(edits.items[2].from, 1);
	apply(&edits);
	expect_tree("1<-1 3<1R 5<3L 7<3R");
}

Test(topology, withdraw_of_a_leaf_is_one_remove)
{
	struct tree_edits edits = {0};
	CREATE_ALL(&topology_balanced, 1, 2, 3);
	topology_withdraw(tree, 3, &edits);
	cr_assert_eq(edits.count, 1);
	cr_assert_eq(edits.items[0].kind, EDIT_REMOVE);
	tree_edits_free(&edits);
}
