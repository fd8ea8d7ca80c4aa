/* Windows: what a node may have at once, of a session and of all. */
#include "controller/exec/window.h"

#include <criterion/criterion.h>

#include "controller/exec/dispatch.h"
#include "controller/exec/test/exec_fixture.h"

TestSuite(window, .timeout = 60, .init = exec_set_up, .fini = exec_tear_down);

static void ask_many(struct session *s, size_t count, size_t size)
{
	for (size_t i = 0; i < count; i++)
		exec_ask(s, size, i);
}

Test(window, a_session_has_so_many_requests_at_a_node)
{
	ask_many(session, LANE_REQUESTS + 2, 1);
	cr_assert_eq(posted_count, LANE_REQUESTS);
	exec_answer(0, 0, "a");
	cr_assert_eq(exec_posted(MSG_EXEC), LANE_REQUESTS + 1);
	exec_answer(7, 0, "b");
	cr_assert_eq(exec_posted(MSG_EXEC), LANE_REQUESTS + 2);
	exec_turn();
	cr_assert_eq(told_count, 1, "the others are told in their order");
}

Test(window, a_full_one_holds_up_no_other_session)
{
	ask_many(session, LANE_REQUESTS + 1, 1);
	exec_ask(other, 3, 1);
	cr_assert_eq(posted_count, LANE_REQUESTS + 1);
	cr_assert_eq(posted[LANE_REQUESTS].size, 3);
}

Test(window, pings_have_their_own)
{
	ask_many(session, LANE_REQUESTS + 1, 1);
	dispatch_ping(session, &world, 5, exec_note, (void *)1000);
	cr_assert_eq(exec_posted(MSG_PING), 1);
	exec_answer(exec_place(MSG_PING, 0), 0, "");
	exec_turn();
	/* It is told behind what was asked before. */
	cr_assert_eq(told_count, 0);
	dispatch_ping(NULL, &world, 5, exec_note, (void *)1001);
	exec_answer(exec_place(MSG_PING, 1), 0, "");
	exec_turn();
	cr_assert_eq(told_count, 1);
	cr_assert_eq(told[0].who, 1001);
	cr_assert(told[0].available);
}

Test(window, a_session_has_so_many_bytes_at_a_node)
{
	ask_many(session, 5, LANE_BYTES / 4);
	cr_assert_eq(exec_posted(MSG_EXEC), 4);
	/* A small one does not overtake the large one before it. */
	exec_ask(session, 1, 9);
	cr_assert_eq(exec_posted(MSG_EXEC), 4);
	exec_answer(exec_place(MSG_EXEC, 0), 0, "a");
	cr_assert_eq(exec_posted(MSG_EXEC), 5);
	exec_answer(exec_place(MSG_EXEC, 1), 0, "b");
	cr_assert_eq(exec_posted(MSG_EXEC), 6);
}

Test(window, one_that_is_larger_goes_alone)
{
	exec_ask(session, LANE_BYTES + 1, 1);
	exec_ask(session, 1, 2);
	cr_assert_eq(exec_posted(MSG_EXEC), 1);
	exec_answer(0, 0, "a");
	cr_assert_eq(exec_posted(MSG_EXEC), 2);
}

Test(window, a_node_has_so_many_requests_of_all)
{
	size_t sessions = NODE_REQUESTS / LANE_REQUESTS;

	for (size_t i = 0; i < sessions; i++)
		ask_many(requests_session(world.requests, &world), LANE_REQUESTS, 1);
	cr_assert_eq(exec_posted(MSG_EXEC), NODE_REQUESTS);
	exec_ask(session, 1, 1);
	exec_ask(other, 2, 2);
	exec_ask(session, 1, 3);
	cr_assert_eq(exec_posted(MSG_EXEC), NODE_REQUESTS);
	exec_answer(0, 0, "a");
	exec_answer(1, 0, "b");
	/* The sessions take turns. */
	cr_assert_eq(exec_posted(MSG_EXEC), NODE_REQUESTS + 2);
	cr_assert_eq(posted[exec_place(MSG_EXEC, NODE_REQUESTS)].size, 1);
	cr_assert_eq(posted[exec_place(MSG_EXEC, NODE_REQUESTS + 1)].size, 2);
}

Test(window, what_is_too_late_counts_until_the_node_has_answered)
{
	ask_many(session, LANE_REQUESTS + 1, 1);
	cr_assert(request_cancel(world.requests, session, (void *)3));
	exec_turn();
	cr_assert_eq(exec_posted(MSG_EXEC), LANE_REQUESTS);
	exec_answer(3, 0, "a");
	cr_assert_eq(exec_posted(MSG_EXEC), LANE_REQUESTS + 1);
}

Test(window, what_waits_can_be_taken_back)
{
	ask_many(session, LANE_REQUESTS + 2, 1);
	cr_assert(request_cancel(world.requests, session, (void *)LANE_REQUESTS));
	cr_assert_eq(exec_posted(MSG_CANCEL), 0);
	exec_answer(0, 0, "a");
	exec_answer(1, 0, "a");
	cr_assert_eq(exec_posted(MSG_EXEC), LANE_REQUESTS + 1);
}

Test(window, the_lane_is_gone_with_the_last_answer)
{
	exec_ask(session, 1, 1);
	dispatch_fail(&world, &node, false, "is silent");
	exec_turn();
	cr_assert_not_null(lane_find(&session->lanes, 5));
	exec_answer(0, 0, "a");
	cr_assert_null(lane_find(&session->lanes, 5));
}
