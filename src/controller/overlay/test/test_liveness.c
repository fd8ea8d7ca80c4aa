/* Outages: what is published of them, and when. */
#include "controller/overlay/liveness.h"

#include <criterion/criterion.h>

#include "controller/overlay/test/overlay_fixture.h"

TestSuite(liveness, .init = fixture_begin, .fini = fixture_end, .timeout = 60);

Test(liveness, a_death_is_told_at_once_and_its_outage_after_the_patience)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	fixture_kill(n);
	cr_assert_eq(n->life, LIFE_DEAD);
	cr_assert_eq(fixture_events(EVENT_NODE_DIED, 1), 1);
	fixture_pass(FIXTURE_PATIENCE_MS - 1);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 0);
	fixture_pass(1);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 1);
	cr_assert_eq(fixture_last(WORD_EVENT, 1)->event.silent_ms, FIXTURE_PATIENCE_MS);
	fixture_pass(10 * FIXTURE_PATIENCE_MS);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 1);
	/* One that is dead is not silent as well. */
	cr_assert_eq(n->link.state, LINK_NONE);
	cr_assert_eq(fixture_count(WORD_OVERDUE, 1), 0);
}

Test(liveness, silence_is_told_at_once_and_its_end_too)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	world.overlay->handlers->silent(&world, n, 456);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 1);
	cr_assert_eq(fixture_last(WORD_EVENT, 1)->event.silent_ms, 456);
	cr_assert_not(node_available(n));
	orphan_returned(&world, n, 2);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_RESTORED, 1), 1);
	cr_assert(node_available(n));
	cr_assert_eq(n->health.since, 0);
	fixture_pass(10 * FIXTURE_PATIENCE_MS);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 1);
}

Test(liveness, an_orphan_that_comes_in_time_is_no_news)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	orphan_recall(&world, n, "a test");
	fixture_pass(FIXTURE_PATIENCE_MS - 1);
	orphan_returned(&world, n, 2);
	fixture_pass(10 * FIXTURE_PATIENCE_MS);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 0);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_RESTORED, 1), 0);
}

Test(liveness, an_orphan_that_is_overdue_counts_as_silent)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	struct node *kid = fixture_add(2, 1);

	orphan_recall(&world, n, "a test");
	fixture_pass(FIXTURE_PATIENCE_MS);
	cr_assert_eq(n->link.state, LINK_SILENT);
	cr_assert_eq(fixture_count(WORD_OVERDUE, 1), 1);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 1);
	/* And its children come to the controller. */
	cr_assert_eq(kid->link.state, LINK_ORPHANED);
}

Test(liveness, each_of_several_has_its_own_time)
{
	struct node *first = fixture_add(1, NODE_CONTROLLER);
	struct node *second = fixture_add(2, NODE_CONTROLLER);

	fixture_kill(first);
	fixture_pass(100);
	fixture_kill(second);
	fixture_pass(FIXTURE_PATIENCE_MS - 100);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 1);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 2), 0);
	fixture_pass(100);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 2), 1);
}

Test(liveness, another_interval_begins_the_count_anew_once)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	fixture_kill(n);
	fixture_pass(FIXTURE_PATIENCE_MS - 100);
	liveness_interval(&world, FIXTURE_HEARTBEAT_MS);
	fixture_pass(FIXTURE_PATIENCE_MS - 100);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 0);
	/* Who sets it again and again hides nothing. */
	liveness_interval(&world, FIXTURE_HEARTBEAT_MS);
	fixture_pass(100);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 1);
	/* It lasts since it began, whatever was counted. */
	cr_assert_eq(fixture_last(WORD_EVENT, 1)->event.silent_ms, 2 * FIXTURE_PATIENCE_MS - 100);
}

Test(liveness, without_an_interval_nothing_is_overdue)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	liveness_interval(&world, 0);
	orphan_recall(&world, n, "a test");
	fixture_pass(100 * FIXTURE_PATIENCE_MS);
	cr_assert_eq(n->link.state, LINK_ORPHANED);
	liveness_interval(&world, FIXTURE_HEARTBEAT_MS);
	fixture_pass(FIXTURE_PATIENCE_MS);
	cr_assert_eq(n->link.state, LINK_SILENT);
}

Test(liveness, one_that_is_removed_is_not_told_of)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	fixture_kill(n);
	liveness_forget(&world, n);
	fixture_pass(10 * FIXTURE_PATIENCE_MS);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 0);
}

Test(liveness, one_that_ended_with_a_former_dtreed_begins_no_outage)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	n->worker.process = NULL;
	n->restart.joined = 0;
	liveness_found_ended(&world, n);
	overlay_ended(&world, n, "a test");
	cr_assert_eq(fixture_events(EVENT_NODE_DIED, 1), 1);
	fixture_pass(10 * FIXTURE_PATIENCE_MS);
	cr_assert_eq(fixture_events(EVENT_HEARTBEAT_LOST, 1), 0);
}
