/* Streams: an exec whose arguments come in parts. */
#include "controller/exec/stream.h"

#include <criterion/criterion.h>

#include "controller/exec/dispatch.h"
#include "controller/exec/test/exec_fixture.h"
#include "controller/exec/window.h"

TestSuite(stream, .timeout = 60, .init = exec_set_up, .fini = exec_tear_down);

static char bytes[STREAM_WINDOW + 1];

/* Gives its number, when the opening was told. */
static uint64_t open_stream(void)
{
	stream_open(session, &(struct exec_request){.id = 5}, exec_note, (void *)100);
	exec_turn();
	cr_assert_eq(told[told_count - 1].who, 100);
	cr_assert_eq(told[told_count - 1].error.code, ERR_NONE);
	return told[told_count - 1].stream;
}

static void feed(uint64_t id, size_t size, uintptr_t who)
{
	stream_feed(session, id, bytes, size, exec_note, (void *)who);
}

static void take(uint64_t id, uint64_t count)
{
	stream_taken(request_find(world.requests, id), count, false);
}

Test(stream, it_is_fed_and_closed)
{
	uint64_t id = open_stream();

	cr_assert_eq(posted[0].type, MSG_EXEC);
	cr_assert_eq(posted[0].flags, 0);
	cr_assert_eq(told[0].credit, STREAM_WINDOW);
	feed(id, 10, 1);
	cr_assert_eq(posted[1].type, MSG_DATA);
	cr_assert_eq(told_count, 1);
	exec_turn();
	cr_assert_eq(told[1].who, 1);
	cr_assert_eq(told[1].credit, STREAM_WINDOW - 10);
	stream_close(session, id, exec_note, (void *)2);
	cr_assert_eq(posted[2].flags, FLAG_LAST);
	exec_answer(0, 0, "6");
	exec_turn();
	cr_assert_eq(told[2].who, 2);
	cr_assert_str_eq(told[2].result, "6");
	cr_assert_eq(session->stream_count, 0);
	cr_assert_eq(requests_count(world.requests), 0);
}

Test(stream, feeds_say_what_credit_was_left_behind_each)
{
	uint64_t id = open_stream();

	feed(id, 10, 1);
	feed(id, 20, 2);
	exec_turn();
	cr_assert_eq(told[1].credit, STREAM_WINDOW - 10);
	cr_assert_eq(told[2].credit, STREAM_WINDOW - 30);
	cr_assert_eq(stream_credit(session, id), STREAM_WINDOW - 30);
}

Test(stream, a_feed_waits_for_half_of_the_window)
{
	uint64_t id = open_stream();

	feed(id, STREAM_WINDOW, 1);
	exec_turn();
	cr_assert_eq(told_count, 1);
	take(id, STREAM_WINDOW / 2 - 1);
	exec_turn();
	cr_assert_eq(told_count, 1);
	take(id, STREAM_WINDOW / 2);
	exec_turn();
	cr_assert_eq(told_count, 2);
	cr_assert_eq(told[1].credit, STREAM_WINDOW / 2);
}

Test(stream, more_than_the_credit_is_refused)
{
	uint64_t id = open_stream();

	feed(id, STREAM_WINDOW + 1, 1);
	exec_turn();
	cr_assert_eq(told[1].error.code, ERR_LIMIT);
	cr_assert_eq(posted_count, 1);
}

Test(stream, one_that_is_not_open_is_refused_from_the_loop)
{
	feed(77, 1, 1);
	stream_close(session, 77, exec_note, (void *)2);
	stream_abandon(session, 77, exec_note, (void *)3);
	cr_assert_eq(told_count, 0);
	exec_turn();
	cr_assert_eq(told_count, 3);
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(told[i].who, i + 1);
		cr_assert_eq(told[i].error.code, ERR_PARAMS);
	}
}

Test(stream, a_session_has_so_many)
{
	for (size_t i = 0; i <= SESSION_STREAMS; i++)
		stream_open(session, &(struct exec_request){.id = 5}, exec_note, (void *)i);
	exec_turn();
	cr_assert_eq(told_count, SESSION_STREAMS + 1);
	cr_assert_eq(session->stream_count, SESSION_STREAMS);
	for (size_t i = 0; i <= SESSION_STREAMS; i++)
		cr_assert_eq(told[i].error.code,
		             told[i].who == SESSION_STREAMS ? ERR_LIMIT : ERR_NONE);
}

/* The feed comes in the same turn as the answer, before that is told. */
Test(stream, one_that_failed_says_why)
{
	uint64_t id = open_stream();

	exec_answer(0, FLAG_REFUSED, "not that");
	feed(id, 1, 1);
	stream_close(session, id, exec_note, (void *)2);
	exec_turn();
	cr_assert_eq(told_count, 3);
	for (size_t i = 1; i < 3; i++) {
		cr_assert_eq(told[i].who, i);
		cr_assert_eq(told[i].error.code, ERR_SERVICE);
		cr_assert_str_eq(told[i].error.text, "not that");
	}
	cr_assert_eq(session->stream_count, 0);
}

Test(stream, the_close_of_one_that_failed_has_its_place_in_the_lane)
{
	uint64_t id;

	exec_ask(session, 1, 1);
	id = open_stream();
	exec_answer(exec_place(MSG_EXEC, 1), FLAG_REFUSED, "not that");
	exec_turn();
	stream_close(session, id, exec_note, (void *)2);
	exec_turn();
	cr_assert_eq(told_count, 1, "the exec before it is not answered");
	exec_answer(exec_place(MSG_EXEC, 0), 0, "6");
	exec_turn();
	cr_assert_eq(told_count, 3);
	cr_assert_eq(told[1].who, 1);
	cr_assert_eq(told[2].who, 2);
	cr_assert_str_eq(told[2].error.text, "not that");
}

Test(stream, an_answer_before_the_last_argument_is_a_failure)
{
	uint64_t id = open_stream();

	exec_answer(0, 0, "6");
	exec_turn();
	stream_close(session, id, exec_note, (void *)1);
	exec_turn();
	cr_assert_str_eq(told[1].error.text, "the node answered before the last argument");
}

Test(stream, one_that_is_abandoned_is_forgotten)
{
	uint64_t id = open_stream();

	feed(id, STREAM_WINDOW, 1);
	stream_abandon(session, id, exec_note, (void *)2);
	cr_assert_eq(exec_posted(MSG_CANCEL), 1);
	exec_turn();
	cr_assert_eq(told[1].who, 1);
	cr_assert_eq(told[1].error.code, ERR_SERVICE);
	cr_assert_eq(told[2].who, 2);
	cr_assert_eq(told[2].error.code, ERR_NONE);
	cr_assert_eq(session->stream_count, 0);
}

Test(stream, a_session_that_ends_hears_nothing)
{
	uint64_t id = open_stream();

	feed(id, STREAM_WINDOW, 1);
	feed(id, 1, 2);
	stream_abandon_all(session);
	requests_session_close(world.requests, session);
	exec_turn();
	cr_assert_eq(told_count, 1);
}

Test(stream, it_does_not_overtake_what_waits_for_room)
{
	uint64_t id;

	for (size_t i = 0; i <= LANE_REQUESTS; i++)
		exec_ask(session, 1, i);
	id = open_stream();
	stream_close(session, id, exec_note, (void *)1000);
	exec_turn();
	cr_assert_eq(exec_posted(MSG_DATA), 0);
	exec_answer(0, 0, "a");
	exec_turn();
	cr_assert_eq(exec_posted(MSG_EXEC), LANE_REQUESTS + 2);
	cr_assert_eq(exec_posted(MSG_DATA), 1);
	cr_assert_gt(exec_place(MSG_DATA, 0), exec_place(MSG_EXEC, LANE_REQUESTS + 1));
	cr_assert_eq(posted[exec_place(MSG_DATA, 0)].flags, FLAG_LAST);
}
