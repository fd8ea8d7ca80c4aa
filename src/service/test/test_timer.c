/* timer through the ABI, against the clock. */
#include <criterion/criterion.h>
#include <poll.h>

#include "base/clock.h"
#include "service/rows.h"
#include "service/test/service_run.h"

static const struct dtree_service *const timer = &service_timer;
static void *state;

static void set_up(void)
{
	state = timer->create(&(struct dtree_node){.id = 10}, NULL);
}

static void tear_down(void)
{
	timer->destroy(state);
}

TestSuite(timer, .init = set_up, .fini = tear_down);

static void expect(const char *wanted, const char *const *args)
{
	service_expect(timer, state, wanted, args);
}

static void act(const char *word)
{
	cleanup_free char *said = service_run(timer, state, word, strlen(word) + 1);

	cr_assert_str_eq(said, "Ok");
}

static int64_t run_so_far(void)
{
	cleanup_free char *said = service_run(timer, state, "time", 5);
	int64_t ms;

	cr_assert_eq(strncmp(said, "Ok: ", 4), 0, "%s", said);
	cr_assert_eq(parse_int64(said + 4, strlen(said + 4), &ms), 0, "%s", said);
	cr_assert_geq(ms, 0);
	return ms;
}

/* Waits until the clock is past `until`. */
static void pass(int64_t until)
{
	while (clock_ms() <= until)
		poll(NULL, 0, 1);
}

Test(timer, is_at_zero_before_its_first_start)
{
	expect("Ok: 0", ARGS("time"));
	act("stop");
	expect("Ok: 0", ARGS("time"));
}

Test(timer, words_answer_ok)
{
	expect("Ok", ARGS("start"));
	expect("Ok", ARGS("start"));
	expect("Ok", ARGS("stop"));
	expect("Ok", ARGS("stop"));
}

Test(timer, counts_milliseconds_while_it_runs)
{
	int64_t before = clock_ms();

	act("start");
	int64_t started = clock_ms();
	pass(started + 20);
	/* The clock bounds the timer's answer. */
	int64_t least = clock_ms() - started - 1;
	int64_t said = run_so_far();
	int64_t most = clock_ms() - before + 1;
	cr_assert_geq(said, least);
	cr_assert_leq(said, most);
}

Test(timer, stands_still_after_stop_and_goes_on_after_start)
{
	act("start");
	pass(clock_ms() + 10);
	act("stop");
	int64_t first = run_so_far();
	cr_assert_geq(first, 9);
	pass(clock_ms() + 10);
	cr_assert_eq(run_so_far(), first);
	act("start");
	pass(clock_ms() + 10);
	act("stop");
	cr_assert_geq(run_so_far(), first + 9);
}

Test(timer, second_start_changes_nothing)
{
	act("start");
	pass(clock_ms() + 10);
	act("start");
	cr_assert_geq(run_so_far(), 9);
}

Test(timer, short_runs_add_up)
{
	int64_t until = clock_ms() + 10;

	/* Each of them far below a millisecond. */
	for (int64_t ms = 0; ms < 2; ms = run_so_far()) {
		act("start");
		act("stop");
		cr_assert_lt(clock_ms(), until + 10000);
	}
}

Test(timer, other_words_are_named)
{
	static const char *const wrong[] = {"",    "later", "Start", "START", "star", "starts",
	                                    "tim", "times", "stop ", " time", "%s",   "é"};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_free char *wanted =
		    mem_format("Error: word '%s' is none of start, stop, time", wrong[i]);
		expect(wanted, ARGS(wrong[i]));
	}
	expect("Error: word '\\x1b[2J' is none of start, stop, time", ARGS("\x1b[2J"));
}

Test(timer, amount_must_match)
{
	cleanup_free char *none = service_run(timer, state, "", 0);
	cleanup_free char *cut = service_run(timer, state, "start", 5);

	cr_assert_str_eq(none, "Error: expected one of start, stop, time, got 0 arguments");
	cr_assert_str_eq(cut, "Error: argument 1 has no end");
	expect("Error: expected one of start, stop, time, got at least 2 arguments",
	       ARGS("start", "stop"));
	expect("Ok: 0", ARGS("time"));
}

Test(timer, a_long_word_is_not_kept)
{
	const size_t n = 1024 * 1024;
	cleanup_free char *word = mem_new(n + 1);

	memset(word, 'A', n);
	for (size_t part = 1; part < 2 * n; part = part * 8 + 1) {
		cleanup_free char *said = service_run_cut(timer, state, word, n + 1, part, part);
		cr_assert_str_eq(
		    said, "Error: word 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...' "
		          "is none of start, stop, time");
	}
}
