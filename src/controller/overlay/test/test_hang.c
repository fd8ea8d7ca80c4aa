/* Nodes that hang: when they are told to come the last time, and when they are killed for it. */
#include "controller/overlay/hang.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "controller/overlay/test/overlay_fixture.h"

#define TIMEOUT_MS 5000

static void set_up(void)
{
	fixture_begin();
	world.config.on_hang = "restart";
	world.config.hang_timeout_ms = TIMEOUT_MS;
}

TestSuite(hang, .init = set_up, .fini = fixture_end, .timeout = 60);

/* Its parent has heard nothing from it for a patience. */
static struct node *silent_node(int id, int parent)
{
	struct node *n = fixture_add(id, parent);

	world.overlay->handlers->silent(&world, n, FIXTURE_PATIENCE_MS);
	cr_assert_eq(n->link.state, LINK_SILENT);
	fixture_clear();
	return n;
}

static size_t hung(int id)
{
	return fixture_count(WORD_HUNG, id);
}

Test(hang, a_node_hangs_when_it_was_silent_for_the_timeout)
{
	silent_node(1, NODE_CONTROLLER);
	fixture_pass(TIMEOUT_MS - FIXTURE_PATIENCE_MS - 1);
	cr_assert_eq(hung(1), 0);
	fixture_pass(1);
	cr_assert_eq(hung(1), 1);
	cr_assert_eq(fixture_last(WORD_HUNG, 1)->silent_ms, TIMEOUT_MS);
	/* Once: its process may take its time to end. */
	fixture_pass(10 * TIMEOUT_MS);
	cr_assert_eq(hung(1), 1);
}

Test(hang, it_is_told_to_come_a_second_before)
{
	silent_node(1, NODE_CONTROLLER);
	fixture_pass(TIMEOUT_MS - FIXTURE_PATIENCE_MS - HANG_CALL_MS - 1);
	cr_assert_eq(fixture_count(WORD_SIGNAL, 1), 0);
	fixture_pass(1);
	cr_assert_eq(fixture_last(WORD_SIGNAL, 1)->signal, SIGUSR1);
	cr_assert_eq(hung(1), 0);
}

Test(hang, one_that_comes_is_left_alone)
{
	struct node *n = silent_node(1, NODE_CONTROLLER);

	fixture_pass(TIMEOUT_MS - FIXTURE_PATIENCE_MS - 1);
	orphan_returned(&world, n, 2);
	fixture_pass(10 * TIMEOUT_MS);
	cr_assert_eq(hung(1), 0);
	/* Another silence begins anew. */
	world.overlay->handlers->silent(&world, n, FIXTURE_PATIENCE_MS);
	fixture_pass(TIMEOUT_MS - FIXTURE_PATIENCE_MS - 1);
	cr_assert_eq(hung(1), 0);
	fixture_pass(1);
	cr_assert_eq(hung(1), 1);
}

Test(hang, nothing_is_done_where_a_hang_is_to_be_reported)
{
	struct node *n = silent_node(1, NODE_CONTROLLER);

	n->hang.policy = ON_HANG_REPORT;
	fixture_pass(10 * TIMEOUT_MS);
	cr_assert_eq(hung(1), 0);
	cr_assert_eq(fixture_count(WORD_SIGNAL, 1), 0);
}

Test(hang, a_node_has_its_own_policy_and_timeout)
{
	struct node *n;

	world.config.on_hang = "report";
	n = fixture_add(1, NODE_CONTROLLER);
	n->hang.policy = ON_HANG_RESTART;
	n->hang.timeout_ms = 2 * TIMEOUT_MS;
	world.overlay->handlers->silent(&world, n, FIXTURE_PATIENCE_MS);
	fixture_pass(2 * TIMEOUT_MS - FIXTURE_PATIENCE_MS - 1);
	cr_assert_eq(hung(1), 0);
	fixture_pass(1);
	cr_assert_eq(hung(1), 1);
}

/* However short its time is, it is told once that it is to come to the controller itself. */
Test(hang, a_short_timeout_leaves_the_time_of_the_last_call)
{
	world.config.hang_timeout_ms = 1;
	silent_node(1, NODE_CONTROLLER);
	fixture_pass(HANG_CALL_MS - 1);
	cr_assert_eq(hung(1), 0);
	fixture_pass(1);
	cr_assert_eq(hung(1), 1);
}

Test(hang, the_children_of_a_hung_node_are_not_hung_for_that)
{
	struct node *up = fixture_add(1, NODE_CONTROLLER);
	struct node *kid = fixture_add(2, 1);

	world.overlay->handlers->silent(&world, up, FIXTURE_PATIENCE_MS);
	orphan_returned(&world, kid, 2);
	fixture_pass(10 * TIMEOUT_MS);
	cr_assert_eq(hung(1), 1);
	cr_assert_eq(hung(2), 0);
}

/* The orphan is hung itself: it counts from when it lost its parent. */
Test(hang, an_orphan_that_never_comes_hangs)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	orphan_recall(&world, n, "a test");
	fixture_pass(TIMEOUT_MS - 1);
	cr_assert_eq(n->link.state, LINK_SILENT);
	cr_assert_eq(hung(1), 0);
	fixture_pass(1);
	cr_assert_eq(hung(1), 1);
}

Test(hang, time_in_which_this_process_is_stopped_does_not_count)
{
	silent_node(1, NODE_CONTROLLER);
	fixture_stop(10 * (int64_t)TIMEOUT_MS);
	cr_assert_eq(hung(1), 0);
	fixture_pass(TIMEOUT_MS - FIXTURE_PATIENCE_MS - 1);
	cr_assert_eq(hung(1), 0);
	fixture_pass(1);
	cr_assert_eq(hung(1), 1);
}

Test(hang, who_was_stopped_in_the_time_of_the_last_call_calls_again)
{
	silent_node(1, NODE_CONTROLLER);
	fixture_pass(TIMEOUT_MS - FIXTURE_PATIENCE_MS - 1);
	fixture_clear();
	fixture_stop(HANG_CALL_MS);
	fixture_pass(1);
	cr_assert_eq(hung(1), 0);
	cr_assert_eq(fixture_count(WORD_SIGNAL, 1), 1);
	fixture_pass(HANG_CALL_MS - 1);
	cr_assert_eq(hung(1), 0);
	fixture_pass(1);
	cr_assert_eq(hung(1), 1);
}

Test(hang, one_that_a_former_dtreed_found_silent_has_its_whole_time)
{
	fixture_reported = true;
	fixture_inherit(1, NODE_CONTROLLER);
	fixture_reported = false;
	fixture_pass(TIMEOUT_MS - 1);
	cr_assert_eq(hung(1), 0);
	fixture_pass(1);
	cr_assert_eq(hung(1), 1);
}

Test(hang, a_dead_node_does_not_hang)
{
	struct node *n = silent_node(1, NODE_CONTROLLER);

	fixture_kill(n);
	fixture_pass(10 * TIMEOUT_MS);
	cr_assert_eq(hung(1), 0);
}

Test(hang, a_policy_that_is_set_later_counts_from_the_begin_of_the_silence)
{
	world.config.on_hang = "report";
	silent_node(1, NODE_CONTROLLER);
	fixture_pass(3 * TIMEOUT_MS);
	hang_set(&world, "restart", TIMEOUT_MS);
	fixture_pass(HANG_CALL_MS - 1);
	cr_assert_eq(hung(1), 0);
	fixture_pass(1);
	cr_assert_eq(hung(1), 1);
}
