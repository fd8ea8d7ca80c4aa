/* The standard input of a process of its own: any bytes, as fast as it reads, and no further. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine_fixture.h"

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_ARGS   ((const char *const[]){NULL})
#define PIPE      ((size_t)64 * 1024)

TestSuite(run_input, .init = engine_set_up, .fini = engine_tear_down, .timeout = 60);

static void begin(const char *command)
{
	engine_begin("run", ARGS("command", command, "stop-grace", "300"));
}

static void feed(uint64_t id, const char *bytes, size_t n, bool last)
{
	engine_input(engine, id, bytes, n, last, 0);
}

Test(run_input, any_bytes_arrive_as_they_are)
{
	begin("cat");
	cr_assert(engine_takes_input(engine));
	engine_put_input(1, NO_ARGS);
	feed(1, "a\0\xff", 3, false);
	engine_await_taken(3);
	feed(1, "", 0, false);
	feed(1, "\nb", 2, true);
	engine_await(1);
	cr_assert_eq(given[1].kind, ANSWER_DONE);
	cr_assert_eq(given[1].size, 5);
	cr_assert_eq(memcmp(given[1].text, "a\0\xff\nb", 5), 0);
}

Test(run_input, the_process_begins_with_its_arguments_alone)
{
	begin("sh -c 'echo $1; cat' sh");
	engine_put_input(1, ARGS("an argument"));
	feed(1, NULL, 0, true);
	engine_expect(1, ANSWER_DONE, "an argument");
}

Test(run_input, credit_comes_as_it_is_read_and_not_before)
{
	static const char bytes[4 * PIPE];

	begin("sh -c 'kill -STOP $$; exec wc -c'");
	engine_put_input(1, NO_ARGS);
	feed(1, bytes, sizeof bytes, false);
	engine_run(200);
	/* What the pipe holds is gone from here. */
	cr_assert_leq(fed.taken, PIPE);
	engine_cancel(engine, 1);
	engine_expect(1, ANSWER_UNKNOWN, "cancelled");
}

Test(run_input, a_megabyte_goes_through_in_pieces)
{
	static const char bytes[PIPE];
	size_t sent = 0;

	begin("wc -c");
	engine_put_input(1, NO_ARGS);
	for (; sent < 1024 * 1024; sent += sizeof bytes) {
		engine_await_taken(sent);
		feed(1, bytes, sizeof bytes, sent + sizeof bytes == 1024 * 1024);
	}
	engine_expect(1, ANSWER_DONE, "1048576");
	cr_assert_eq(fed.taken, sent);
}

Test(run_input, what_waits_for_its_process_is_kept)
{
	begin("cat");
	engine_put_input(1, NO_ARGS);
	engine_put_input(2, NO_ARGS);
	feed(2, "sec", 3, false);
	feed(2, "ond", 3, true);
	cr_assert_eq(fed.taken, 0);
	feed(1, "first", 5, true);
	engine_expect(1, ANSWER_DONE, "first");
	engine_expect(2, ANSWER_DONE, "second");
}

Test(run_input, one_that_ends_early_has_answered)
{
	static const char bytes[4 * PIPE];

	begin("head -c 1");
	engine_put_input(1, NO_ARGS);
	feed(1, "yz", 2, false);
	engine_expect(1, ANSWER_DONE, "y");
	feed(1, bytes, sizeof bytes, true);
	engine_run(10);
	cr_assert_eq(given_count, 1);
}

Test(run_input, one_that_closes_its_input_wants_no_more_and_takes_the_rest_nowhere)
{
	static const char bytes[4 * PIPE];

	begin("sh -c 'exec <&-; kill -STOP $$'");
	engine_put_input(1, NO_ARGS);
	while (!fed.sated) {
		feed(1, "a", 1, false);
		engine_run(5);
	}
	fed.taken = 0;
	feed(1, bytes, sizeof bytes, false);
	cr_assert_eq(fed.taken, sizeof bytes);
}

Test(run_input, its_time_begins_with_the_end_of_its_input)
{
	begin("sh -c 'cat; kill -STOP $$'");
	engine_put_input(1, NO_ARGS);
	engine_run(100);
	cr_assert(!given[1].here);
	engine_input(engine, 1, "a", 1, true, clock_ms() + 100);
	engine_expect(1, ANSWER_UNKNOWN, "it did not answer in time");
}

Test(run_input, what_is_half_fed_at_the_end_is_not_run_to_its_end)
{
	engine_begin("run", ARGS("command", "sh -c 'cat; echo whole'", "concurrency", "2"));
	engine_put_input(1, NO_ARGS);
	engine_put_input(2, NO_ARGS);
	engine_put_input(3, NO_ARGS);
	feed(1, "a", 1, false);
	feed(2, "b", 1, true);
	engine_end_in_order();
	engine_expect(1, ANSWER_UNKNOWN, "its node ends");
	engine_expect(2, ANSWER_DONE, "bwhole");
	cr_assert_eq(given[3].kind, ANSWER_LATE);
}

Test(run_input, a_program_that_stays_takes_none)
{
	engine_begin("lines", ARGS("command", "cat"));
	cr_assert(!engine_takes_input(engine));
}

Test(run_input, a_service_that_is_declared_anew_leaves_a_process_its_input)
{
	begin("sh -c 'cat; echo old'");
	engine_put_input(1, NO_ARGS);
	engine_put_input(2, NO_ARGS);
	feed(1, "a", 1, false);
	engine_await_taken(0);
	engine_reload("run", ARGS("command", "sh -c 'cat; echo new'"));
	feed(2, "b", 1, true);
	engine_expect(2, ANSWER_DONE, "bnew");
	feed(1, "c", 1, true);
	engine_expect(1, ANSWER_DONE, "acold");
}

Test(run_input, what_has_not_begun_is_left_to_the_former_where_no_input_is_taken_any_more)
{
	begin("cat");
	engine_put_input(1, NO_ARGS);
	engine_put_input(2, NO_ARGS);
	engine_reload("lines", ARGS("command", "cat"));
	engine_put(3, 0, ARGS("c"));
	engine_expect(3, ANSWER_DONE, "c");
	feed(2, "b", 1, true);
	feed(1, "a", 1, true);
	engine_expect(1, ANSWER_DONE, "a");
	engine_expect(2, ANSWER_DONE, "b");
	engine_end_in_order();
}
