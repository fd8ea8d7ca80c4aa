/*
 * The service thread's view of requests: order within a session, turns between sessions, and that
 * each request is answered once and closed once.
 */
#include "worker/test/scheduler_fixture.h"

TestSuite(scheduler, .init = start, .fini = stop, .timeout = 60);

Test(scheduler, a_whole_request_is_one_step)
{
	cr_assert(!add(MSG_EXEC, 1, 1, "ab", true));
	step();
	cr_assert_eq(update.taken, 2);
	assert_answer(1, 0, "yes");
	fake_service_expect("create open feed:ab finish close ");
	assert_idle();
}

Test(scheduler, parts_are_fed_as_they_come)
{
	add(MSG_EXEC, 1, 1, "ab", false);
	step();
	cr_assert(!update.answered);
	cr_assert_eq(update.taken, 2);
	assert_idle();
	add(MSG_DATA, 1, 1, "cde", false);
	add(MSG_DATA, 1, 1, "", true);
	step();
	cr_assert(!update.answered);
	cr_assert_eq(update.taken, 3);
	step();
	cr_assert_eq(update.taken, 0);
	assert_answer(1, 0, "yes");
	fake_service_expect("create open feed:ab feed:cde feed: finish close ");
}

Test(scheduler, a_session_runs_in_its_order)
{
	add(MSG_EXEC, 1, 1, "a", true);
	add(MSG_EXEC, 2, 1, "b", true);
	step();
	assert_answer(1, 0, "yes");
	step();
	assert_answer(2, 0, "yes");
	fake_service_expect("create open feed:a finish close open feed:b finish close ");
}

Test(scheduler, half_a_request_holds_up_nothing_of_its_own_session)
{
	add(MSG_EXEC, 1, 1, "a", false);
	add(MSG_EXEC, 2, 1, "b", true);
	step();
	step();
	assert_answer(2, 0, "yes");
	add(MSG_DATA, 1, 1, "c", true);
	step();
	assert_answer(1, 0, "yes");
	assert_idle();
}

Test(scheduler, the_last_part_stands_behind_what_was_complete_before_it)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	add(MSG_EXEC, 2, 1, "b", true);
	add(MSG_DATA, 1, 1, "c", true);
	step();
	assert_answer(2, 0, "yes");
	step();
	assert_answer(1, 0, "yes");
	fake_service_expect("create open feed:a open feed:b finish close feed:c finish close ");
}

Test(scheduler, half_a_request_holds_up_no_other_session)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	add(MSG_EXEC, 2, 2, "b", true);
	step();
	assert_answer(2, 0, "yes");
	assert_idle();
}

Test(scheduler, sessions_take_turns)
{
	add(MSG_EXEC, 1, 1, "a1", false);
	add(MSG_DATA, 1, 1, "a2", false);
	add(MSG_DATA, 1, 1, "a3", false);
	add(MSG_EXEC, 2, 2, "b1", false);
	add(MSG_DATA, 2, 2, "b2", false);
	for (int i = 0; i < 5; i++)
		step();
	assert_idle();
	fake_service_expect("create open feed:a1 open feed:b1 feed:a2 feed:b2 feed:a3 ");
}

Test(scheduler, a_refusal_ends_the_request_and_drops_its_rest)
{
	add(MSG_EXEC, 1, 1, "!", false);
	add(MSG_DATA, 1, 1, "more", false);
	step();
	assert_answer(1, FLAG_REFUSED, "no");
	assert_idle();
	cr_assert(!add(MSG_DATA, 1, 1, "late", true));
	assert_idle();
	fake_service_expect("create open feed:! finish close ");
}

Test(scheduler, a_refusal_lets_the_next_request_run)
{
	add(MSG_EXEC, 1, 1, "!", false);
	add(MSG_EXEC, 2, 1, "b", true);
	step();
	assert_answer(1, FLAG_REFUSED, "no");
	step();
	assert_answer(2, 0, "yes");
}

Test(scheduler, a_cancel_answers_and_closes)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	cr_assert(add(MSG_CANCEL, 1, 1, "", true));
	assert_answer(1, FLAG_LATE, NULL);
	fake_service_expect("create open feed:a close ");
	assert_idle();
}

Test(scheduler, a_cancel_before_the_first_step_opens_nothing)
{
	add(MSG_EXEC, 1, 1, "a", true);
	add(MSG_EXEC, 2, 1, "b", true);
	cr_assert(add(MSG_CANCEL, 1, 1, "", true));
	assert_answer(1, FLAG_LATE, NULL);
	step();
	assert_answer(2, 0, "yes");
	fake_service_expect("create open feed:b finish close ");
}

Test(scheduler, a_cancel_of_what_waits_leaves_the_first_alone)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	add(MSG_EXEC, 2, 1, "b", true);
	cr_assert(add(MSG_CANCEL, 2, 1, "", true));
	assert_answer(2, FLAG_LATE, NULL);
	add(MSG_DATA, 1, 1, "c", true);
	step();
	assert_answer(1, 0, "yes");
	assert_idle();
}

Test(scheduler, a_cancel_of_nothing_says_nothing)
{
	cr_assert(!add(MSG_CANCEL, 1, 1, "", true));
	add(MSG_EXEC, 1, 1, "a", true);
	step();
	assert_answer(1, 0, "yes");
	cr_assert(!add(MSG_CANCEL, 1, 1, "", true));
	assert_idle();
}

Test(scheduler, data_without_a_request_is_dropped)
{
	cr_assert(!add(MSG_DATA, 1, 1, "a", true));
	assert_idle();
	fake_service_expect("");
}
