/* Nodes without a link: told to come, come back, and those of a former dtreed. */
#include "controller/overlay/orphan.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "controller/overlay/test/overlay_fixture.h"

TestSuite(orphan, .init = fixture_begin, .fini = fixture_end, .timeout = 60);

Test(orphan, the_children_of_a_lost_node_are_told_to_come)
{
	struct node *lost = fixture_add(1, NODE_CONTROLLER);
	struct node *n = fixture_add(2, 1);
	struct node *below = fixture_add(3, 2);

	fixture_kill(lost);
	cr_assert_eq(n->link.state, LINK_ORPHANED);
	cr_assert_null(n->link.up);
	cr_assert_eq(fixture_count(WORD_SIGNAL, 2), 1);
	cr_assert_eq(fixture_last(WORD_SIGNAL, 2)->signal, SIGUSR1);
	/* What is below keeps its link, and cannot be reached. */
	cr_assert_eq(below->link.state, LINK_UP);
	cr_assert_eq(below->link.up, n);
	cr_assert(node_unreachable(below));
	cr_assert_eq(fixture_count(WORD_SIGNAL, 3), 0);
	/* For a moment it counts as available. */
	cr_assert(node_available(n));
}

Test(orphan, a_next_life_that_cannot_join_there_is_ended)
{
	struct node *lost = fixture_add(1, NODE_CONTROLLER);
	struct node *n = fixture_add(2, 1);

	fixture_kill(n);
	node_part(n, &world.overlay->top);
	node_set_life(n, LIFE_RESTARTING, "a test");
	n->worker.process = (struct process *)&fixture_processes[2];
	overlay_join(&world, n, lost);
	fixture_kill(lost);
	cr_assert_eq(fixture_last(WORD_SIGNAL, 2)->signal, SIGKILL);
	cr_assert_eq(n->link.state, LINK_JOINING);
}

Test(orphan, one_that_came_is_sent_again_what_it_was_sent_and_moves_on)
{
	struct node *lost = fixture_add(1, NODE_CONTROLLER);
	struct node *n;

	fixture_add(4, 1);
	n = fixture_add(2, 4);
	fixture_add(3, 2);
	fixture_place(4, NODE_CONTROLLER);
	fixture_kill(lost);
	orphan_returned(&world, fixture_find(4), 2);
	cr_assert_eq(fixture_find(4)->link.state, LINK_UP);
	cr_assert_eq(fixture_count(WORD_RESEND, 4), 1);
	cr_assert_eq(fixture_count(WORD_RESEND, 2), 1);
	cr_assert_eq(fixture_count(WORD_RESEND, 3), 1);
	cr_assert_eq(fixture_events(EVENT_NODE_REHOMED, 4), 1);
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_not(node_unreachable(n));
}

Test(orphan, one_that_came_goes_where_it_belongs)
{
	struct node *n;

	fixture_add(1, NODE_CONTROLLER);
	fixture_add(4, 1);
	n = fixture_add(2, 4);
	fixture_kill(fixture_find(4));
	orphan_returned(&world, n, 2);
	cr_assert_eq(n->link.state, LINK_MOVING);
	cr_assert_eq(n->link.move.to, 1);
	/* Where it only passes through is not told. */
	cr_assert_eq(fixture_events(EVENT_NODE_REHOMED, 2), 0);
}

Test(orphan, one_that_comes_twice_has_the_newer_link)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	orphan_recall(&world, n, "a test");
	orphan_returned(&world, n, 2);
	orphan_returned(&world, n, 3);
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_eq(n->link.generation, 3);
	cr_assert_eq(fixture_count(WORD_RESEND, 1), 2);
	/* It hangs at the top once. */
	cr_assert_eq(world.overlay->top, n);
	cr_assert_null(n->link.kid_next);
}

Test(orphan, one_that_comes_of_its_own_accord_leaves_its_parent)
{
	struct node *n;

	fixture_add(1, NODE_CONTROLLER);
	n = fixture_add(2, 1);
	orphan_returned(&world, n, 2);
	cr_assert_eq(fixture_last_sent(MSG_FORGET, 1)->m.forget.id, 2);
	cr_assert_eq(fixture_last_sent(MSG_FORGET, 1)->m.forget.link_generation, 1);
	/* And is told to go back. */
	cr_assert_eq(n->link.state, LINK_MOVING);
	cr_assert_eq(n->link.move.to, 1);
}

Test(orphan, one_that_comes_while_it_moves_ends_its_move)
{
	struct node *n;
	uint64_t ordered;

	fixture_add(1, NODE_CONTROLLER);
	n = fixture_add(2, NODE_CONTROLLER);
	fixture_place(2, 1);
	rehome_node(&world, n);
	rehome_linked(&world, n);
	ordered = n->link.move.generation;
	route_post(&world, n, &(struct message){.type = MSG_PING});
	orphan_returned(&world, n, 7);
	cr_assert_eq(n->link.state, LINK_MOVING); /* a new one */
	cr_assert_gt(n->link.move.generation, 7);
	cr_assert_gt(n->link.move.generation, ordered);
	cr_assert_not(n->link.move.leaving);
	cr_assert_null(n->link.move.held);
	cr_assert_eq(n->link.move.orders, 1);
}

Test(orphan, one_that_was_silent_gets_its_children_back_after_a_while)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	struct node *kid = fixture_add(2, 1);

	world.overlay->handlers->silent(&world, n, FIXTURE_PATIENCE_MS);
	cr_assert_eq(n->link.state, LINK_SILENT);
	cr_assert_eq(kid->link.state, LINK_ORPHANED);
	orphan_returned(&world, kid, 2);
	orphan_returned(&world, n, 2);
	fixture_pass(FIXTURE_PATIENCE_MS - 1);
	cr_assert_eq(kid->link.state, LINK_UP);
	cr_assert_null(kid->link.up);
	fixture_pass(5);
	cr_assert_eq(kid->link.state, LINK_MOVING);
	cr_assert_eq(kid->link.move.to, 1);
}

Test(orphan, one_that_was_only_orphaned_gets_them_at_once)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	struct node *kid = fixture_add(2, NODE_CONTROLLER);

	fixture_place(2, 1);
	n->link.refusals = 3;
	orphan_recall(&world, n, "a test");
	orphan_returned(&world, n, 2);
	fixture_turn();
	cr_assert_eq(kid->link.state, LINK_MOVING);
	/* What was held against it is over. */
	cr_assert_eq(n->link.refusals, 0);
}

/* Former nodes 1 above 2 above 3. */
static void set_inherited(void)
{
	fixture_inherit(1, NODE_CONTROLLER);
	fixture_inherit(2, 1);
	fixture_inherit(3, 2);
}

Test(orphan, of_those_that_a_former_dtreed_had_the_uppermost_are_told_to_come)
{
	set_inherited();
	cr_assert_eq(fixture_count(WORD_SIGNAL, 1), 1);
	cr_assert_eq(fixture_count(WORD_SIGNAL, 2), 0);
	cr_assert_eq(fixture_find(2)->link.state, LINK_UNADOPTED);
	cr_assert_eq(fixture_find(2)->link.up, fixture_find(1));
}

Test(orphan, each_that_is_heard_of_is_told_of_this_dtreed)
{
	struct node *kid;

	set_inherited();
	orphan_returned(&world, fixture_find(1), 4);
	cr_assert_eq(fixture_last_sent(MSG_ADOPT, 1)->m.adopt.controller_epoch, 3);
	cr_assert_eq(fixture_events(EVENT_NODE_REHOMED, 1), 0);
	cr_assert(fixture_find(1)->link.unadopted);
	kid = fixture_find(2);
	fixture_report_all(fixture_find(1), &kid, 1, 6);
	cr_assert_not(fixture_find(1)->link.unadopted);
	cr_assert_eq(kid->link.state, LINK_UP);
	cr_assert_eq(kid->link.generation, 6);
	cr_assert_eq(fixture_sent(MSG_ADOPT, 2), 1);
	cr_assert(kid->link.unadopted);
	/* Where it was before is not known: that it hangs there is no news. */
	cr_assert_eq(fixture_events(EVENT_NODE_REHOMED, 2), 0);
}

Test(orphan, whom_its_parent_does_not_tell_of_is_told_to_come)
{
	struct node *n;

	set_inherited();
	orphan_returned(&world, fixture_find(1), 4);
	n = fixture_find(2);
	fixture_report_all(fixture_find(1), NULL, 0, 0);
	cr_assert_eq(n->link.state, LINK_ORPHANED);
	cr_assert_null(n->link.up);
	cr_assert_eq(fixture_count(WORD_SIGNAL, 2), 1);
	/* It may come, or another one may tell of it. */
	fixture_report(fixture_find(1), n, 5, REPORT_HERE);
	cr_assert_eq(n->link.state, LINK_UP);
}

Test(orphan, a_node_that_told_of_all_keeps_whom_it_told_of)
{
	struct node *kids[2];

	kids[0] = fixture_inherit(1, NODE_CONTROLLER);
	orphan_returned(&world, fixture_find(1), 4);
	fixture_inherit(2, 1);
	fixture_inherit(3, 1);
	kids[0] = fixture_find(2);
	kids[1] = fixture_find(3);
	fixture_report_all(fixture_find(1), kids, 2, 1);
	cr_assert_eq(kids[0]->link.state, LINK_UP);
	cr_assert_eq(kids[1]->link.state, LINK_UP);
}

Test(orphan, a_child_that_was_named_once_has_to_be_named_in_each_whole_report)
{
	struct node *kid;

	set_inherited();
	orphan_returned(&world, fixture_find(1), 4);
	kid = fixture_find(2);
	fixture_report_all(fixture_find(1), &kid, 1, 1);
	cr_assert_eq(kid->link.state, LINK_UP);
	fixture_report_all(fixture_find(1), NULL, 0, 0);
	cr_assert_eq(kid->link.state, LINK_ORPHANED);
}

Test(orphan, whom_nobody_told_of_is_told_to_come_after_a_while)
{
	set_inherited();
	fixture_pass(1100);
	cr_assert_geq(fixture_count(WORD_SIGNAL, 2), 1);
	cr_assert_geq(fixture_count(WORD_SIGNAL, 3), 1);
}

Test(orphan, while_they_come_by_themselves_they_are_left_to)
{
	struct node *kid;

	world.overlay->heartbeat_ms = 0;
	set_inherited();
	fixture_pass(900);
	orphan_returned(&world, fixture_find(1), 4);
	kid = fixture_find(2);
	fixture_report_all(fixture_find(1), &kid, 1, 1);
	fixture_pass(200);
	cr_assert_eq(fixture_count(WORD_SIGNAL, 3), 0);
	/* Nobody came since. */
	fixture_pass(1000);
	cr_assert_geq(fixture_count(WORD_SIGNAL, 3), 1);
}

Test(orphan, one_that_does_not_follow_this_dtreed_is_told_to_come)
{
	struct node *n;

	set_inherited();
	n = fixture_find(1);
	orphan_returned(&world, n, 4);
	fixture_clear();
	fixture_pass(2100);
	/* It never told of its children. */
	cr_assert_geq(fixture_count(WORD_SIGNAL, 1), 1);
	cr_assert(n->link.unadopted);
}

Test(orphan, one_that_was_lost_before_is_silent_until_it_is_heard_of)
{
	struct node *n;

	fixture_add(1, NODE_CONTROLLER);
	fixture_reported = true;
	n = fixture_inherit(2, 1);
	cr_assert_eq(n->link.state, LINK_SILENT);
	cr_assert_not(node_available(n));
	cr_assert_eq(n->link.up->id, 1);
	/* Its outage was told by the former dtreed. */
	fixture_pass(FIXTURE_PATIENCE_MS);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 2), 0);
	fixture_report(fixture_find(1), n, 3, REPORT_HERE);
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_RESTORED, 2), 1);
}
