/* Moves: when one is ordered, how it goes on, and how it fails. */
#include "controller/overlay/rehome.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "controller/overlay/test/overlay_fixture.h"

TestSuite(rehome, .init = fixture_begin, .fini = fixture_end, .timeout = 60);

Test(rehome, a_link_that_belongs_elsewhere_is_ordered_there)
{
	struct node *n = fixture_moving();
	const struct word *word = fixture_last_sent(MSG_REHOME, 2);

	cr_assert_eq(word->m.rehome.link_generation, 2);
	cr_assert_eq(word->m.rehome.controller_epoch, world.controller_epoch);
	/* Node 3 is in its tenth life. */
	cr_assert_eq(word->m.payload_size, strlen("ipc:///run/a"));
	cr_assert_str_eq(word->payload, "ipc:///run/a");
	/* Over its old link, which it has still. */
	cr_assert_eq(word->route[0], 1);
	cr_assert_eq(n->link.up->id, 1);
	cr_assert_eq(n->link.generation, 1);
}

Test(rehome, the_goal_is_the_nearest_ancestor_that_can_have_it)
{
	struct node *top = fixture_add(1, NODE_CONTROLLER);
	struct node *middle = fixture_add(2, 1);
	struct node *n = fixture_add(3, 2);

	cr_assert_eq(rehome_goal(&world, n), 2);
	world.overlay->handlers->silent(&world, middle, 400);
	cr_assert_eq(rehome_goal(&world, n), 1);
	fixture_kill(top);
	cr_assert_eq(rehome_goal(&world, n), NODE_CONTROLLER);
}

Test(rehome, one_that_cannot_be_reached_is_not_told_to_move)
{
	struct node *top = fixture_add(1, NODE_CONTROLLER);
	struct node *n = fixture_add(2, 1);

	fixture_add(3, NODE_CONTROLLER);
	fixture_place(2, 3);
	orphan_recall(&world, top, "a test");
	fixture_turn();
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_eq(fixture_sent(MSG_REHOME, 2), 0);
}

Test(rehome, nobody_is_told_to_go_to_one_that_cannot_be_reached)
{
	struct node *to = fixture_add(1, NODE_CONTROLLER);
	struct node *n = fixture_add(2, NODE_CONTROLLER);

	fixture_place(2, 1);
	orphan_recall(&world, to, "a test");
	rehome_node(&world, n);
	cr_assert_eq(n->link.state, LINK_UP);
	orphan_returned(&world, to, 2);
	fixture_turn();
	cr_assert_eq(n->link.state, LINK_MOVING);
}

static void expect_arrived(const struct node *n)
{
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_eq(n->link.up->id, 3);
	cr_assert_eq(n->link.generation, 2);
	cr_assert_eq(fixture_last_sent(MSG_RESUME, 2)->m.route_len, 3);
	cr_assert_eq(fixture_last_sent(MSG_RESUME, 2)->route[1], 3);
	cr_assert_eq(fixture_last_sent(MSG_RESUME, 2)->m.resume.link_generation, 2);
	cr_assert_eq(fixture_last_sent(MSG_FORGET, 1)->m.forget.id, 2);
	cr_assert_eq(fixture_last_sent(MSG_FORGET, 1)->m.forget.link_generation, 1);
	cr_assert_eq(fixture_events(EVENT_NODE_REHOMED, 2), 1);
	cr_assert_eq(fixture_last(WORD_EVENT, 2)->event.parent, 3);
}

Test(rehome, the_new_link_first_then_the_last_word_over_the_old_one)
{
	struct node *n = fixture_moving();

	fixture_report(fixture_find(3), n, 2, REPORT_HERE);
	cr_assert(node_is_moving(n));
	cr_assert_eq(fixture_last_sent(MSG_LEAVE, 2)->route[0], 1);
	cr_assert_eq(fixture_last_sent(MSG_LEAVE, 2)->m.leave.link_generation, 2);
	cr_assert_eq(fixture_sent(MSG_RESUME, 2), 0);
	rehome_left(&world, n, 2);
	expect_arrived(n);
}

Test(rehome, the_last_word_over_the_old_link_may_come_first)
{
	struct node *n = fixture_moving();

	rehome_left(&world, n, 2);
	cr_assert(node_is_moving(n));
	fixture_report(fixture_find(3), n, 2, REPORT_HERE);
	cr_assert_eq(fixture_sent(MSG_LEAVE, 2), 0);
	expect_arrived(n);
}

/* It is said again until RESUME has come, and is late. */
Test(rehome, the_last_word_of_the_move_before_is_none_of_the_next)
{
	struct node *n = fixture_moving();

	fixture_report(fixture_find(3), n, 2, REPORT_HERE);
	rehome_left(&world, n, 2);
	expect_arrived(n);
	fixture_place(2, 1);
	rehome_node(&world, n);
	cr_assert_eq(n->link.move.generation, 3);
	rehome_left(&world, n, 2);
	fixture_report(fixture_find(1), n, 3, REPORT_HERE);
	cr_assert(node_is_moving(n));
	cr_assert_eq(fixture_last_sent(MSG_LEAVE, 2)->m.leave.link_generation, 3);
	cr_assert(n->link.move.leaving);
	rehome_left(&world, n, 3);
	cr_assert_eq(n->link.up->id, 1);
}

Test(rehome, a_last_word_without_a_move_is_nothing)
{
	struct node *n = fixture_moving();

	/* Of a link that was never ordered. */
	rehome_left(&world, n, 3);
	cr_assert_not(n->link.move.left);
	fixture_report(fixture_find(3), n, 2, REPORT_HERE);
	rehome_left(&world, n, 2);
	fixture_clear();
	rehome_left(&world, n, 2);
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_null(fixture_message(0));
}

Test(rehome, one_who_waits_for_the_end_of_its_move_is_told_again)
{
	struct node *n = fixture_moving();

	fixture_report(fixture_find(3), n, 2, REPORT_HERE);
	rehome_left(&world, n, 2);
	fixture_clear();
	link_events_arrived(&world, n, 2);
	cr_assert_eq(fixture_sent(MSG_RESUME, 2), 1);
	/* Over an older link it is no question. */
	link_events_arrived(&world, n, 1);
	cr_assert_eq(fixture_sent(MSG_RESUME, 2), 1);
}

/* 5 above 6; 5 belongs below 1, and 6 below 4. */
static struct node *set_crossing(struct node **upper)
{
	struct node *n;

	fixture_add(1, NODE_CONTROLLER);
	fixture_add(4, NODE_CONTROLLER);
	*upper = fixture_add(5, NODE_CONTROLLER);
	n = fixture_add(6, 5);
	fixture_place(5, 1);
	fixture_place(6, 4);
	return n;
}

Test(rehome, of_two_moves_on_one_path_one_waits)
{
	struct node *upper;
	struct node *n = set_crossing(&upper);

	rehome_node(&world, upper);
	rehome_node(&world, n);
	cr_assert_eq(upper->link.state, LINK_MOVING);
	cr_assert_eq(n->link.state, LINK_UP);
	fixture_report(fixture_find(1), upper, 2, REPORT_HERE);
	rehome_left(&world, upper, 2);
	cr_assert_eq(upper->link.state, LINK_UP);
	/* Its turn comes when the loop has turned. */
	fixture_turn();
	cr_assert_eq(n->link.state, LINK_MOVING);
	cr_assert_eq(n->link.move.to, 4);
}

Test(rehome, the_lower_of_two_may_be_the_first)
{
	struct node *upper;
	struct node *n = set_crossing(&upper);

	rehome_node(&world, n);
	rehome_node(&world, upper);
	cr_assert_eq(n->link.state, LINK_MOVING);
	cr_assert_eq(upper->link.state, LINK_UP);
	/* However the first one ends. */
	fixture_kill(n);
	fixture_turn();
	cr_assert_eq(upper->link.state, LINK_MOVING);
}

Test(rehome, nobody_moves_below_one_that_moves)
{
	struct node *n = fixture_moving();
	struct node *other = fixture_add(7, NODE_CONTROLLER);

	fixture_place(7, n->id);
	rehome_node(&world, other);
	cr_assert_eq(other->link.state, LINK_UP);
	fixture_report(fixture_find(3), n, 2, REPORT_HERE);
	rehome_left(&world, n, 2);
	fixture_turn();
	cr_assert_eq(other->link.state, LINK_MOVING);
}

Test(rehome, nobody_moves_who_is_above_the_goal_of_another)
{
	struct node *upper;

	set_crossing(&upper);
	fixture_add(7, NODE_CONTROLLER);
	fixture_place(7, 6);
	fixture_place(6, 5);
	rehome_node(&world, fixture_find(7));
	cr_assert_eq(fixture_find(7)->link.move.to, 6);
	rehome_node(&world, upper);
	cr_assert_eq(upper->link.state, LINK_UP);
}

Test(rehome, the_new_parent_dies_and_the_move_gets_another_goal)
{
	struct node *n;

	fixture_add(1, NODE_CONTROLLER);
	fixture_add(4, NODE_CONTROLLER);
	fixture_add(3, 4);
	n = fixture_add(2, 1);
	fixture_place(2, 3);
	rehome_node(&world, n);
	cr_assert_eq(n->link.move.to, 3);
	fixture_report(fixture_find(3), n, 2, REPORT_HERE);
	fixture_clear();
	fixture_kill(fixture_find(3));
	cr_assert_eq(n->link.state, LINK_MOVING);
	cr_assert_eq(n->link.move.to, 4);
	cr_assert_eq(n->link.move.generation, 3);
	cr_assert_not(n->link.move.linked);
	cr_assert_str_eq(fixture_last_sent(MSG_REHOME, 2)->payload, "ipc:///run/b");
}

Test(rehome, a_move_back_to_the_present_parent_may_be_done)
{
	struct node *n = fixture_moving_back();

	fixture_report(fixture_find(1), n, n->link.move.generation, REPORT_HERE);
	rehome_left(&world, n, n->link.move.generation);
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_eq(n->link.up->id, 1);
	cr_assert_eq(n->link.generation, 3);
	/* Nothing to tell: it leads where it did. */
	cr_assert_eq(fixture_events(EVENT_NODE_REHOMED, 2), 0);
}

Test(rehome, one_that_dies_on_its_way_back_is_forgotten_once)
{
	struct node *n = fixture_moving_back();

	fixture_kill(n);
	cr_assert_eq(fixture_sent(MSG_FORGET, 1), 1);
	cr_assert_eq(fixture_last_sent(MSG_FORGET, 1)->m.forget.link_generation, 3);
}

Test(rehome, one_that_dies_is_forgotten_at_both_ends)
{
	struct node *n = fixture_moving();

	fixture_kill(n);
	cr_assert_eq(n->link.state, LINK_NONE);
	cr_assert_eq(fixture_last_sent(MSG_FORGET, 3)->m.forget.link_generation, 2);
	cr_assert_eq(fixture_last_sent(MSG_FORGET, 1)->m.forget.link_generation, 2);
}

Test(rehome, orders_that_went_over_a_lost_way_are_given_again)
{
	struct node *n = fixture_moving();
	struct node *up = n->link.up;

	/* However long it takes. */
	world.overlay->heartbeat_ms = 0;
	rehome_left(&world, n, 2);
	orphan_recall(&world, up, "a test");
	fixture_clear();
	fixture_pass(5000);
	cr_assert_eq(fixture_sent(MSG_REHOME, 2), 0);
	cr_assert_eq(n->link.state, LINK_MOVING);
	orphan_returned(&world, up, 5);
	cr_assert_eq(fixture_sent(MSG_REHOME, 2), 1);
	cr_assert_eq(n->link.move.generation, 3);
	cr_assert_not(n->link.move.left);
	cr_assert_eq(n->link.move.orders, 1);
}

Test(rehome, one_that_came_again_by_the_number_of_its_order_gets_another)
{
	struct node *n = fixture_moving();

	/* Its parent tells of a newer link to itself. */
	fixture_report(fixture_find(1), n, 2, REPORT_HERE);
	cr_assert_eq(n->link.generation, 2);
	cr_assert_eq(n->link.state, LINK_MOVING);
	cr_assert_eq(n->link.move.generation, 3);
	cr_assert_eq(fixture_sent(MSG_REHOME, 2), 2);
}

Test(rehome, a_parent_that_took_one_is_no_longer_suspected)
{
	struct node *n = fixture_moving();

	fixture_find(3)->link.refusals = 3;
	fixture_report(fixture_find(3), n, 2, REPORT_HERE);
	rehome_left(&world, n, 2);
	cr_assert_eq(fixture_find(3)->link.refusals, 0);
}

Test(rehome, what_hangs_above_a_new_node_is_looked_at)
{
	struct node *below = fixture_add(2, NODE_CONTROLLER);
	struct node *lost;
	struct node *deep;

	lost = fixture_add(8, NODE_CONTROLLER);
	deep = fixture_add(9, NODE_CONTROLLER);
	fixture_add(1, NODE_CONTROLLER);
	fixture_place(2, 1);
	fixture_place(8, 1);
	fixture_kill(lost);
	/* Below one that is lost they hang at the next one above. */
	fixture_place(9, 8);
	rehome_children(&world, 1);
	cr_assert_eq(below->link.state, LINK_MOVING);
	cr_assert_eq(deep->link.state, LINK_MOVING);
	cr_assert_eq(deep->link.move.to, 1);
}

/* 2 is linked below 1, and 3 below 2; in the tree 2 belongs below 3 now, which is below 1. */
Test(rehome, nobody_moves_below_what_hangs_below_it_before_that_has_moved)
{
	struct node *n;

	fixture_add(1, NODE_CONTROLLER);
	n = fixture_add(2, 1);
	fixture_add(3, 2);
	fixture_place(3, 1);
	fixture_place(2, 3);
	rehome_node(&world, n);
	cr_assert_eq(n->link.state, LINK_UP);
	rehome_node(&world, fixture_find(3));
	cr_assert_eq(fixture_find(3)->link.move.to, 1);
	fixture_report(fixture_find(1), fixture_find(3), 2, REPORT_HERE);
	rehome_left(&world, fixture_find(3), 2);
	fixture_turn();
	cr_assert_eq(n->link.state, LINK_MOVING);
	cr_assert_eq(n->link.move.to, 3);
}

/* 2 moves from 1 to 4, which dies; next above that is 3, which is linked below 2 yet. */
Test(rehome, a_move_gets_no_goal_that_hangs_below_the_node)
{
	struct node *n;
	struct node *to;

	fixture_add(1, NODE_CONTROLLER);
	n = fixture_add(2, 1);
	fixture_add(3, 2);
	to = fixture_add(4, NODE_CONTROLLER);
	fixture_place(2, 4);
	rehome_node(&world, n);
	cr_assert_eq(n->link.move.to, 4);
	fixture_place(2, 1);
	fixture_place(3, 1);
	fixture_place(4, 3);
	fixture_place(2, 4);
	fixture_kill(to);
	cr_assert_eq(rehome_goal(&world, n), 3);
	cr_assert_eq(n->link.move.to, NODE_CONTROLLER);
}
