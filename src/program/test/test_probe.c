/* Programs that are asked now and then whether they answer: what counts as an answer. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "link/test/fake_clock.h"
#include "probe_fixture.h"

TestSuite(probe, .init = probe_set_up, .fini = probe_tear_down, .timeout = 60);

Test(probe, one_that_answers_passes_again_and_again)
{
	engine_begin("lines", KEYS(SAYS("says"), PROBED));
	await_another();
	cr_assert_str_eq(states, "awaited passed ");
	cr_assert_eq(last.probe.outages, 0);
}

Test(probe, without_the_key_none_is_asked)
{
	to_say("ended");
	engine_begin("lines", KEYS(SAYS("says")));
	engine_put(1, 0, ARGS("x"));
	engine_expect(1, ANSWER_DONE, "x");
	cr_assert_eq(last.probe.state, PROBE_NONE);
	cr_assert_str_eq(states, "");
}

Test(probe, one_that_does_not_answer_fails_and_is_left_as_it_is)
{
	to_say("silent");
	engine_begin("lines", KEYS(SAYS("says"), HASTY));
	failures = 3;
	await(has_failed_often);
	cr_assert_str_eq(last.probe.message, TOO_LATE);
	cr_assert_eq(last.probe.pid, last.pid);
	cr_assert_eq(last.probe.outages, 1);
	cr_assert_eq(last.starts, 1);
	cr_assert_eq(last.probe.passed, 0);
	cr_assert_str_eq(states, "awaited failed ");
}

Test(probe, a_request_that_waits_behind_one_in_vain_ends_the_program)
{
	to_say("silent");
	engine_begin("lines", KEYS(SAYS("says"), HASTY));
	await(has_failed);
	former = last.pid;
	to_say("fine");
	engine_put(1, 200, ARGS("x"));
	engine_expect(1, ANSWER_LATE, NULL);
	await(is_another);
	engine_put(2, 0, ARGS("y"));
	engine_expect(2, ANSWER_DONE, "y");
	await(has_passed);
	cr_assert_str_eq(states, "awaited failed passed ");
}

Test(probe, an_answer_that_is_marked_as_an_error_fails_and_the_next_may_pass)
{
	to_say("ERR no disk");
	engine_begin("lines", KEYS(SAYS("says"), PROBED, "error-prefix", "ERR"));
	failures = 2;
	await(has_failed_often);
	cr_assert_str_eq(last.probe.message, "it answered with an error: no disk");
	to_say("fine");
	await(has_passed);
	cr_assert_eq(last.probe.failures, 0);
	cr_assert_gt(last.probe.passed, 0);
	cr_assert_eq(last.starts, 1);
	to_say("ERR again");
	await(has_failed);
	cr_assert_eq(last.probe.outages, 2);
	cr_assert_eq(last.probe.failures, 1);
}

Test(probe, one_that_ends_meanwhile_has_failed_and_passes_when_it_is_there_again)
{
	to_say("ended");
	engine_begin("lines", KEYS(SAYS("says"), PROBED));
	await(has_failed);
	cr_assert_str_eq(last.probe.message, "the program ended: exit status 3");
	former = last.probe.pid;
	cr_assert_eq(former, last.ended_pid);
	to_say("fine");
	await(is_another);
	/* That was the former one. */
	engine_renew(engine, former);
	cr_assert_eq(last.state, PROGRAM_READY);
	await(has_passed);
	cr_assert_geq(last.restarts, 1);
}

/* Serves one after the other, each as long as it says. */
#define SLOW_LINES \
	SHELL("while read -r a b; do [ \"$a\" = probe ] || sleep 0.05; echo \"$a\"; done")

static void ask_many_of(const char *concurrency)
{
	engine_begin("lines", KEYS(SLOW_LINES, "probe", "probe", "probe-timeout", "300",
	                           "concurrency", concurrency));
	for (uint64_t id = 1; id <= 12; id++)
		engine_put(id, 0, ARGS("x"));
	for (uint64_t id = 1; id <= 12; id++)
		engine_expect(id, ANSWER_DONE, "x");
	await(has_passed);
	cr_assert_str_eq(states, "awaited passed ");
}

Test(probe, what_waits_before_it_does_not_count)
{
	ask_many_of("1");
}

Test(probe, what_was_written_ahead_does_not_count)
{
	ask_many_of("16");
}

/* "probe" is served as the others, one after the other. */
#define JSON(serve) \
	"command", "python3 -c 'import json, os, sys, time\\n" \
	           "def put(**m): print(json.dumps(m), flush=True)\\n" \
	           "for line in sys.stdin:\\n" \
	           "    m = json.loads(line)\\n" \
	           "    p = m.get(\"params\", {})\\n" serve "'"

#define SERIAL JSON("    time.sleep(0.05)\\n    put(id=m[\"id\"], result=\"x\")\\n")

Test(probe, a_json_program_that_still_answers_others_is_not_late)
{
	engine_begin("json", KEYS(SERIAL, "concurrency", "32"));
	engine_put(1, 0, ARGS("x"));
	engine_expect(1, ANSWER_DONE, "x");
	for (uint64_t id = 2; id <= 20; id++)
		engine_put(id, 0, ARGS("x"));
	engine_reload("json",
	              KEYS(SERIAL, "concurrency", "32", "probe", "probe", "probe-timeout", "500"));
	for (uint64_t id = 2; id <= 20; id++)
		engine_expect(id, ANSWER_DONE, "x");
	await(has_passed);
	cr_assert_str_eq(states, "awaited passed ");
	cr_assert_eq(last.starts, 1);
}

Test(probe, an_error_of_json_is_a_failure_and_its_params_are_those_of_a_request)
{
	engine_begin("json", KEYS(JSON("    put(id=m[\"id\"], error=dict(code=1, message="
	                               "json.dumps(p)))\\n"),
	                          PROBED));
	await(has_failed);
	cr_assert_str_eq(last.probe.message, "it answered with an error: {\"args\": [\"probe\"], "
	                                     "\"node\": 10, \"timeout_ms\": 10000}");
}

Test(probe, one_that_is_late_is_cancelled_and_asked_anew_when_its_answer_comes)
{
	engine_begin("json",
	             KEYS(JSON("    if m[\"method\"] == \"cancel\": put(id=p[\"id\"], result=1)\\n"
	                       "    elif m[\"id\"] > 1: put(id=m[\"id\"], result=1)\\n"),
	                  "probe", "probe", "probe-interval", "60000", "probe-timeout", "100"));
	await(has_passed);
	cr_assert_str_eq(states, "awaited failed passed ");
	cr_assert_eq(last.starts, 1);
}

Test(probe, one_that_never_reads_fails_though_it_was_not_given)
{
	char *large = mem_new(700 * 1024 + 1);

	memset(large, 'x', 700 * 1024);
	engine_begin("json", KEYS("command", "sleep 1000", HASTY, "concurrency", "16"));
	for (uint64_t id = 1; id <= 4; id++)
		engine_put(id, 0, ARGS(large));
	await(has_failed);
	cr_assert_str_eq(last.probe.message, TOO_LATE);
	free(large);
}

Test(probe, what_it_tells_of_a_probes_progress_is_dropped)
{
	engine_begin("json",
	             KEYS(JSON("    put(method=\"progress\", params=dict(id=m[\"id\"], done=1))\\n"
	                       "    put(id=m[\"id\"], result=1)\\n"),
	                  PROBED));
	await(has_passed);
	cr_assert_eq(given[0].progresses, 0);
	engine_put(1, 0, ARGS("x"));
	engine_expect(1, ANSWER_DONE, "1");
	cr_assert_eq(given[1].progresses, 1);
}
