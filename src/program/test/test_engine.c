#include <criterion/criterion.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine_fixture.h"

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define KEYS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_ARGS   ((const char *const[]){NULL})

TestSuite(engine, .init = engine_set_up, .fini = engine_tear_down, .timeout = 60);

/* A process for each. */

Test(engine, run_gives_the_output_less_one_newline)
{
	engine_begin("run", KEYS("command", "printf '%s-%s\\n\\n'"));
	engine_put(1, 0, ARGS("a b", "c"));
	engine_expect(1, ANSWER_DONE, "a b-c\n");
}

Test(engine, run_has_the_traceparent_of_its_request_in_the_environment)
{
	engine_begin("run", KEYS("command", "sh -c 'echo ${TRACEPARENT-none}'", "environment",
	                         "TRACEPARENT=configured"));
	engine_put_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
	engine_put(1, 0, NO_ARGS);
	engine_put(2, 0, NO_ARGS);
	engine_expect(1, ANSWER_DONE, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
	engine_expect(2, ANSWER_DONE, "configured");
}

Test(engine, run_without_output_has_no_result)
{
	engine_begin("run", KEYS("command", "true"));
	engine_put(1, 0, NO_ARGS);
	engine_expect(1, ANSWER_DONE, NULL);
}

Test(engine, run_refuses_with_the_last_word_and_the_status)
{
	engine_begin("run", KEYS("command", "sh -c 'echo one >&2; echo two >&2; exit 3'"));
	engine_put(1, 0, NO_ARGS);
	engine_expect(1, ANSWER_REFUSED, "two (exit status 3)");
	engine_expect_detail(1, "{\"status\":3}");
}

Test(engine, run_names_the_signal)
{
	engine_begin("run", KEYS("command", "sh -c 'kill -9 $$'"));
	engine_put(1, 0, NO_ARGS);
	engine_expect(1, ANSWER_REFUSED, "signal 9");
	engine_expect_detail(1, "{\"signal\":9}");
}

Test(engine, run_names_a_program_that_is_not_there)
{
	engine_begin("run", KEYS("command", "/no/such/program"));
	engine_put(1, 0, NO_ARGS);
	engine_expect(1, ANSWER_REFUSED,
	              "cannot run /no/such/program: No such file or directory (exit status 127)");
}

Test(engine, run_at_once_only_so_many)
{
	engine_begin("run", KEYS("command", "sh -c 'sleep 0.2; echo $$'", "concurrency", "2"));
	for (uint64_t id = 1; id <= 4; id++)
		engine_put(id, 0, NO_ARGS);
	engine_await(2);
	engine_await(1);
	cr_assert(!given[3].here && !given[4].here);
	engine_await(4);
}

Test(engine, run_past_its_deadline_is_ended_with_its_group)
{
	const int64_t start = clock_ms();

	engine_begin("run", KEYS("command", "sh -c 'trap \"\" TERM; sleep 60 & sleep 60; sleep 60'",
	                         "stop-grace", "300"));
	engine_put(1, 200, NO_ARGS);
	engine_expect(1, ANSWER_UNKNOWN, "it did not answer in time");
	/* The place is free again once it has ended. */
	engine_put(2, 1500, NO_ARGS);
	engine_await(2);
	cr_assert_eq(given[2].kind, ANSWER_UNKNOWN);
	engine_end_in_order();
	cr_assert_lt(clock_ms() - start, 15000);
}

Test(engine, run_with_too_much_output_is_ended)
{
	engine_begin("run", KEYS("command", "yes", "reply-max", "64K"));
	engine_put(1, 0, NO_ARGS);
	engine_expect(1, ANSWER_UNKNOWN, "its answer has more than 65536 bytes");
}

Test(engine, run_sees_its_environment)
{
	engine_begin("run", KEYS("command", "sh -c 'echo $DTREE_NODE $DTREE_SERVICE $MINE'",
	                         "environment", "MINE=yes"));
	engine_put(1, 0, NO_ARGS);
	engine_expect(1, ANSWER_DONE, "10 tried yes");
}

/* Signals 32 and 33 are the C library's own, which lets nobody change what becomes of them. */
#define OWN_SIGNALS UINT64_C(0x180000000)

Test(engine, run_inherits_clean_signals)
{
	const char *ignored;

	engine_begin("run", KEYS("command", "grep -E 'Sig(Blk|Ign)' /proc/self/status"));
	engine_put(1, 0, NO_ARGS);
	engine_await(1);
	cr_assert(strstr(given[1].text, "SigBlk:\t0000000000000000\n"), "%s", given[1].text);
	ignored = strstr(given[1].text, "SigIgn:\t");
	cr_assert_not_null(ignored);
	cr_assert_eq(strtoull(ignored + strlen("SigIgn:\t"), NULL, 16) & ~OWN_SIGNALS, 0, "%s",
	             given[1].text);
}

Test(engine, run_inherits_no_descriptor)
{
	/* 3 is that of the directory itself. */
	engine_begin("run", KEYS("command", "ls /proc/self/fd"));
	engine_put(1, 0, NO_ARGS);
	engine_expect(1, ANSWER_DONE, "0\n1\n2\n3");
}

/* The process of that number is there, and not a zombie. */
static bool lives(const char *pid)
{
	cleanup_free char *path = mem_format("/proc/%s/stat", pid);
	FILE *file = fopen(path, "re");
	char text[256] = "";

	if (!file)
		return false;
	cr_assert_not_null(fgets(text, sizeof text, file));
	fclose(file);
	return !strstr(text, ") Z ");
}

static void await_end(const char *pid)
{
	const int64_t end = clock_ms() + 20000;

	while (lives(pid)) {
		cr_assert_lt(clock_ms(), end, "process %s lives on", pid);
		engine_run(5);
	}
}

Test(engine, what_a_program_leaves_behind_ends_with_it)
{
	engine_begin("run", KEYS("command", "sh -c 'setsid sleep 60 >&- 2>&- & echo $!'"));
	engine_put(1, 0, NO_ARGS);
	engine_await(1);
	await_end(given[1].text);
}

Test(engine, its_own_children_end_with_it)
{
	engine_begin("lines", KEYS("command", "sh -c 'sleep 60 & read n; echo $!; read n; exit'"));
	engine_put(1, 0, NO_ARGS);
	engine_await(1);
	cr_assert(lives(given[1].text));
	engine_put(2, 0, NO_ARGS);
	engine_await(2);
	await_end(given[1].text);
}

/* A line in, a line out. */

Test(engine, lines_are_answered_one_for_one)
{
	char text[16];

	engine_begin("lines", KEYS("command", "cat", "concurrency", "8"));
	for (uint64_t id = 1; id <= 200; id++) {
		snprintf(text, sizeof text, "%d", (int)id);
		engine_put(id, 0, ARGS("n", text));
	}
	for (uint64_t id = 1; id <= 200; id++) {
		snprintf(text, sizeof text, "n %d", (int)id);
		engine_expect(id, ANSWER_DONE, text);
	}
}

Test(engine, nothing_runs_before_the_loop_does)
{
	siginfo_t info;

	engine_begin("lines", KEYS("command", "cat"));
	cr_assert_eq(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), -1);
	cr_assert_eq(errno, ECHILD);
	engine_run(10);
	cr_assert_eq(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), 0);
}

/* The program tells how many lines it got by one read. */
Test(engine, calls_of_one_turn_are_one_write)
{
	engine_begin("lines",
	             KEYS("command",
	                  "python3 -c 'import os\\nwhile b := os.read(0, 65536):\\n"
	                  "  n = b.count(10)\\n  os.write(1, (str(n) + chr(10)).encode() * n)'",
	                  "concurrency", "8"));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_DONE, "1");
	for (uint64_t id = 2; id <= 9; id++)
		engine_put(id, 0, ARGS("a"));
	for (uint64_t id = 2; id <= 9; id++)
		engine_expect(id, ANSWER_DONE, "8");
}

Test(engine, lines_refuse_what_is_no_line)
{
	engine_begin("lines", KEYS("command", "cat"));
	engine_put(1, 0, ARGS("a\nb"));
	engine_expect(1, ANSWER_NOT_RUN,
	              "an argument holds a line end, and each request is one line");
	engine_put(2, 0, ARGS("c"));
	engine_expect(2, ANSWER_DONE, "c");
}

Test(engine, lines_up_to_the_sentinel)
{
	engine_begin("lines", KEYS("command", "sh", "sentinel", "'echo --end' --end"));
	engine_put(1, 0, ARGS("printf", "'a\\nb\\n'"));
	engine_put(2, 0, ARGS(":"));
	engine_put(3, 0, ARGS("echo", "c"));
	engine_expect(1, ANSWER_DONE, "a\nb");
	engine_expect(2, ANSWER_DONE, NULL);
	engine_expect(3, ANSWER_DONE, "c");
}

Test(engine, lines_with_the_prefix_are_errors)
{
	engine_begin("lines", KEYS("command", "cat", "error-prefix", "E:"));
	engine_put(1, 0, ARGS("E: no"));
	engine_put(2, 0, ARGS("E no"));
	engine_expect(1, ANSWER_REFUSED, "no");
	engine_expect(2, ANSWER_DONE, "E no");
}

Test(engine, a_late_line_is_no_others_answer)
{
	engine_begin("lines", KEYS("command", "sh -c 'while read n; do sleep 0.3; echo $n; done'",
	                           "stop-grace", "5000"));
	engine_put(1, 100, ARGS("one"));
	engine_put(2, 0, ARGS("two"));
	engine_expect(1, ANSWER_UNKNOWN, "it did not answer in time");
	engine_expect(2, ANSWER_DONE, "two");
}

Test(engine, a_program_that_stays_silent_is_started_anew)
{
	engine_begin("lines", KEYS("command", "sh -c 'read n; echo $n; read n; sleep 60'",
	                           "stop-grace", "200"));
	engine_put(1, 0, ARGS("one"));
	engine_expect(1, ANSWER_DONE, "one");
	engine_put(2, 100, ARGS("two"));
	engine_put(3, 0, ARGS("three"));
	engine_await(2);
	engine_expect(3, ANSWER_DONE, "three");
}

Test(engine, what_was_begun_is_unknown_and_what_was_not_goes_to_the_next_one)
{
	engine_begin("lines", KEYS("command", "sh -c 'read n; echo $n; read n; exit 7'"));
	engine_put(1, 0, ARGS("one"));
	engine_put(2, 0, ARGS("two"));
	engine_put(3, 0, ARGS("three"));
	engine_expect(1, ANSWER_DONE, "one");
	engine_expect(2, ANSWER_UNKNOWN, "the program ended: exit status 7");
	engine_expect_detail(2, "{\"status\":7}");
	engine_expect(3, ANSWER_DONE, "three");
}

Test(engine, while_it_is_not_there_calls_fail_at_once)
{
	engine_begin("lines", KEYS("command", "sh -c 'echo gone >&2; exit 9'"));
	engine_put(1, 0, ARGS("one"));
	engine_await(1);
	engine_put(2, 0, ARGS("two"));
	engine_await(2);
	cr_assert(given[2].kind == ANSWER_NOT_RUN || given[2].kind == ANSWER_UNKNOWN);
	if (given[2].kind == ANSWER_NOT_RUN)
		cr_assert(given[2].detail && strstr(given[2].detail, "\"retry_ms\":"), "%s",
		          given[2].detail);
	cr_assert(strstr(given[2].text, "exit status 9"), "%s", given[2].text);
}

Test(engine, a_line_that_nobody_asked_for_ends_the_program)
{
	engine_begin("lines", KEYS("command", "sh -c 'while read n; do echo $n; echo $n; done'"));
	engine_put(1, 0, ARGS("one"));
	engine_expect(1, ANSWER_DONE, "one");
	/* The second line comes meanwhile. */
	engine_run(300);
	engine_put(2, 0, ARGS("two"));
	engine_expect(2, ANSWER_DONE, "two");
}

Test(engine, a_line_without_an_end_ends_the_program)
{
	engine_begin("lines", KEYS("command", "sh -c 'read n; tr -d \"\\n\" </dev/zero'",
	                           "reply-max", "64K"));
	engine_put(1, 0, ARGS("one"));
	engine_expect(1, ANSWER_UNKNOWN, "the program wrote a line of more than reply-max bytes");
}

Test(engine, closing_the_output_ends_the_program)
{
	engine_begin("lines", KEYS("command", "sh -c 'read n; exec >&-; sleep 60'"));
	engine_put(1, 0, ARGS("one"));
	engine_expect(1, ANSWER_UNKNOWN, "the program closed its standard output");
}

Test(engine, a_program_that_never_answers_is_ended_with_the_remedy)
{
	engine_begin("lines", KEYS("command", "sleep 60", "start-timeout", "200"));
	engine_put(1, 0, ARGS("one"));
	engine_await(1);
	cr_assert_eq(given[1].kind, ANSWER_UNKNOWN);
	cr_assert(strstr(given[1].text, "terminal = output"), "%s", given[1].text);
}

Test(engine, a_terminal_lets_a_buffering_program_answer)
{
	engine_begin("lines", KEYS("command", "sed s/a/b/", "terminal", "output"));
	engine_put(1, 0, ARGS("aa"));
	engine_expect(1, ANSWER_DONE, "ba");
	engine_put(2, 0, ARGS("ca"));
	engine_expect(2, ANSWER_DONE, "cb");
}

Test(engine, a_program_that_reads_nothing_holds_up_nobody)
{
	cleanup_free char *large = mem_new(200001);

	memset(large, 'x', 200000);
	engine_begin("lines", KEYS("command", "sleep 60", "concurrency", "64"));
	for (uint64_t id = 1; id <= 20; id++)
		engine_put(id, 500, ARGS(large));
	for (uint64_t id = 1; id <= 20; id++)
		engine_await(id);
}

Test(engine, it_ends_in_order)
{
	engine_begin("lines", KEYS("command", "cat"));
	engine_put(1, 0, ARGS("one"));
	engine_end_in_order();
	engine_expect(1, ANSWER_DONE, "one");
}

Test(engine, a_cancelled_call_is_answered_once)
{
	engine_begin("lines", KEYS("command", "sh -c 'while read n; do sleep 0.2; echo $n; done'"));
	engine_put(1, 0, ARGS("one"));
	engine_put(2, 0, ARGS("two"));
	engine_put(3, 0, ARGS("three"));
	engine_cancel(engine, 1);
	engine_cancel(engine, 2);
	engine_cancel(engine, 9);
	cr_assert_eq(given[1].kind, ANSWER_UNKNOWN);
	cr_assert_eq(given[2].kind, ANSWER_LATE);
	engine_expect(3, ANSWER_DONE, "three");
}
