/* Streams of standard input: the process runs from the opening on, and may need no more. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "controller/exec/dispatch.h"
#include "controller/exec/stream.h"
#include "controller/exec/test/exec_fixture.h"
#include "controller/exec/window.h"

TestSuite(stream_input, .timeout = 60, .init = exec_set_up, .fini = exec_tear_down);

static const char bytes[STREAM_WINDOW];

static uint64_t open_input(void)
{
	stream_open_input(session, &(struct exec_request){.id = 5, .args = "a\0b", .size = 4},
	                  exec_note, (void *)100);
	exec_turn();
	cr_assert_eq(told[told_count - 1].who, 100);
	cr_assert_eq(told[told_count - 1].error.code, ERR_NONE);
	return told[told_count - 1].stream;
}

static void feed(uint64_t id, size_t size, uintptr_t who)
{
	stream_feed(session, id, bytes, size, exec_note, (void *)who);
}

static void take(uint64_t id, uint64_t count, bool sated)
{
	stream_taken(request_find(world.requests, id), count, sated);
	exec_turn();
}

Test(stream_input, its_arguments_go_first_and_its_offsets_are_those_of_the_input)
{
	uint64_t id = open_input();

	cr_assert_eq(posted[0].type, MSG_EXEC);
	cr_assert_eq(posted[0].flags, FLAG_INPUT);
	cr_assert_eq(posted[0].size, 4);
	feed(id, 10, 1);
	feed(id, 5, 2);
	stream_close(session, id, exec_note, (void *)3);
	cr_assert_eq(posted_count, 4);
	cr_assert_eq(posted[1].offset, 0);
	cr_assert_eq(posted[2].offset, 10);
	cr_assert_eq(posted[3].offset, 15);
	cr_assert_eq(posted[3].flags, FLAG_LAST);
	exec_answer(0, 0, "6");
	exec_turn();
	cr_assert_eq(told_count, 4);
	cr_assert_str_eq(told[3].result, "6");
	cr_assert_eq(node.traffic.inputs, 0);
	cr_assert_eq(node.traffic.execs.requests, 0);
	cr_assert_eq(requests_count(world.requests), 0);
}

Test(stream_input, nothing_behind_it_waits_for_its_end_but_with_its_answer)
{
	uint64_t id = open_input();

	exec_ask(session, 1, 1);
	cr_assert_eq(exec_posted(MSG_EXEC), 2);
	exec_answer(1, 0, "behind");
	exec_turn();
	cr_assert_eq(told_count, 1);
	stream_close(session, id, exec_note, (void *)2);
	exec_answer(0, 0, "first");
	exec_turn();
	cr_assert_eq(told_count, 3);
	cr_assert_eq(told[1].who, 2);
	cr_assert_eq(told[2].who, 1);
}

Test(stream_input, it_waits_for_room_behind_what_was_asked_before)
{
	uint64_t id;

	for (size_t i = 0; i < LANE_REQUESTS; i++)
		exec_ask(session, 1, i);
	id = open_input();
	feed(id, 10, 1);
	stream_close(session, id, exec_note, (void *)2);
	exec_turn();
	cr_assert_eq(exec_posted(MSG_EXEC), LANE_REQUESTS);
	cr_assert_eq(exec_posted(MSG_DATA), 0);
	exec_answer(0, 0, "a");
	exec_turn();
	cr_assert_eq(posted[exec_place(MSG_EXEC, LANE_REQUESTS)].flags, FLAG_INPUT);
	cr_assert_eq(exec_posted(MSG_DATA), 1);
	cr_assert_eq(posted[exec_place(MSG_DATA, 0)].size, 10);
	cr_assert_eq(posted[exec_place(MSG_DATA, 0)].flags, FLAG_LAST);
}

Test(stream_input, what_was_not_taken_is_sent_again_and_no_more)
{
	uint64_t id = open_input();

	feed(id, 100, 1);
	take(id, 60, false);
	posted_count = 0;
	dispatch_resend(&world, &node);
	cr_assert_eq(posted_count, 2);
	cr_assert_eq(posted[0].type, MSG_EXEC);
	cr_assert_eq(posted[0].size, 4);
	cr_assert_eq(posted[1].type, MSG_DATA);
	cr_assert_eq(posted[1].offset, 60);
	cr_assert_eq(posted[1].size, 40);
	/* A late word of an old link. */
	take(id, 30, false);
	cr_assert_eq(stream_credit(session, id), STREAM_WINDOW - 40);
	take(id, 101, false);
	cr_assert_eq(stream_credit(session, id), STREAM_WINDOW - 40);
}

Test(stream_input, an_early_answer_ends_the_feeds_and_waits_for_the_close)
{
	uint64_t id = open_input();

	feed(id, STREAM_WINDOW, 1);
	exec_turn();
	cr_assert_eq(told_count, 1);
	exec_answer(0, 0, "early");
	exec_turn();
	cr_assert_eq(told_count, 2);
	cr_assert_eq(told[1].error.code, ERR_NONE);
	cr_assert(told[1].ended);
	feed(id, 1000, 2);
	exec_turn();
	cr_assert(told[2].ended);
	cr_assert_eq(told[2].credit, STREAM_WINDOW);
	stream_close(session, id, exec_note, (void *)3);
	exec_turn();
	cr_assert_eq(told[3].who, 3);
	cr_assert_str_eq(told[3].result, "early");
	cr_assert_eq(requests_count(world.requests), 0);
	cr_assert_eq(session->stream_count, 0);
}

Test(stream_input, an_early_failure_is_told_by_the_close_too)
{
	uint64_t id = open_input();

	exec_answer(0, FLAG_REFUSED, "exit status 3");
	feed(id, 1, 1);
	exec_turn();
	cr_assert_eq(told[1].error.code, ERR_NONE);
	cr_assert(told[1].ended);
	stream_close(session, id, exec_note, (void *)2);
	exec_turn();
	cr_assert_eq(told[2].error.code, ERR_SERVICE);
	cr_assert_str_eq(told[2].error.text, "exit status 3");
}

Test(stream_input, one_that_wants_no_more_gets_no_more_but_the_end)
{
	uint64_t id = open_input();

	feed(id, 10, 1);
	take(id, 10, true);
	cr_assert(!told[1].ended);
	feed(id, STREAM_WINDOW, 2);
	exec_turn();
	cr_assert(told[2].ended);
	cr_assert_eq(exec_posted(MSG_DATA), 1);
	stream_close(session, id, exec_note, (void *)3);
	cr_assert_eq(exec_posted(MSG_DATA), 2);
	cr_assert_eq(posted[2].offset, 10);
	cr_assert_eq(posted[2].flags, FLAG_LAST);
	exec_answer(0, 0, "6");
	exec_turn();
	cr_assert_str_eq(told[3].result, "6");
}

Test(stream_input, an_answer_that_is_not_asked_for_holds_up_nothing_for_ever)
{
	uint64_t id = open_input();

	exec_ask(session, 1, 1);
	exec_answer(0, 0, "early");
	exec_answer(1, 0, "behind");
	exec_turn();
	cr_assert_eq(told_count, 1);
	request_find(world.requests, id)->deadline = clock_ms();
	stream_abandon(session, id, exec_note, (void *)2);
	exec_turn();
	cr_assert_eq(told_count, 3);
	cr_assert_eq(requests_count(world.requests), 0);
}

Test(stream_input, time_passes_for_the_process_and_not_for_the_asker)
{
	uint64_t id = open_input();
	struct request *r = request_find(world.requests, id);

	feed(id, 10, 1);
	take(id, 10, false);
	r->kind->expire(&world, r);
	cr_assert(!request_answered(r));
	cr_assert_gt(r->deadline, clock_ms());
	feed(id, 10, 2);
	r->kind->expire(&world, r);
	exec_turn();
	stream_close(session, id, exec_note, (void *)3);
	exec_turn();
	cr_assert_eq(told[told_count - 1].error.code, ERR_NODE_UNAVAILABLE);
	cr_assert_eq(told[told_count - 1].error.outcome, OUTCOME_UNKNOWN);
}

Test(stream_input, one_that_is_abandoned_is_cancelled)
{
	uint64_t id = open_input();

	feed(id, STREAM_WINDOW, 1);
	stream_abandon(session, id, exec_note, (void *)2);
	cr_assert_eq(exec_posted(MSG_CANCEL), 1);
	exec_turn();
	cr_assert_eq(told_count, 3);
	exec_answer(0, FLAG_REFUSED | FLAG_UNKNOWN, "cancelled");
	exec_turn();
	cr_assert_eq(node.traffic.inputs, 0);
	cr_assert_eq(requests_count(world.requests), 0);
}
