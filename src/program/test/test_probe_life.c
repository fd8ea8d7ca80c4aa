/* A probe beside the life of a program: its end, another one, processes of their own. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "link/test/fake_clock.h"
#include "probe_fixture.h"

TestSuite(probe_life, .init = probe_set_up, .fini = probe_tear_down, .timeout = 60);

Test(probe_life, one_that_failed_is_started_anew_if_it_is_that_process)
{
	to_say("ERR no");
	engine_begin("lines", KEYS(SAYS("says"), PROBED, "error-prefix", "ERR"));
	await(has_failed);
	former = last.pid;
	engine_renew(engine, former + 1);
	engine_renew(engine, 0);
	cr_assert_eq(last.state, PROGRAM_READY);
	to_say("fine");
	engine_renew(engine, former);
	cr_assert_eq(last.state, PROGRAM_ENDING);
	engine_put(1, 0, ARGS("x"));
	await(is_another);
	cr_assert_str_eq(last.cause, "it failed its probe: it answered with an error: no");
	await(has_passed);
	engine_renew(engine, last.pid);
	cr_assert_eq(last.state, PROGRAM_READY);
	cr_assert_eq(last.restarts, 1);
}

Test(probe_life, one_that_passes_none_is_started_anew_ever_later)
{
	int64_t delay = 0;

	to_say("ERR no");
	engine_begin("lines", KEYS(SAYS("says"), PROBED, "error-prefix", "ERR"));
	for (failures = 1; failures <= 3; failures++) {
		await(has_failed_often);
		former = last.pid;
		engine_renew(engine, former);
		await(is_another);
		cr_assert_gt(last.started - last.ended, delay);
		delay = last.started - last.ended;
	}
	cr_assert_geq(delay, 400);
}

Test(probe_life, a_process_of_its_own_passes_with_status_0)
{
	engine_begin("run", KEYS("command", "sh -c 'test \"$1\" = probe || sleep 1000' sh", PROBED,
	                         "stop-grace", "0"));
	engine_put(1, 0, ARGS("x"));
	await_another();
	/* It has taken no place, and is in no number. */
	engine_put(2, 0, ARGS("x"));
	await_another();
	cr_assert_eq(running, 1);
	cr_assert_eq(last.probe.pid, 0);
	cr_assert_not(given[1].here || given[2].here);
	engine_cancel(engine, 1);
	engine_cancel(engine, 2);
}

Test(probe_life, a_process_of_its_own_fails_with_its_last_word)
{
	engine_begin("run", KEYS("command", "sh -c 'echo disk full >&2; exit 3'", PROBED));
	failures = 2;
	await(has_failed_often);
	cr_assert_str_eq(last.probe.message, "disk full (exit status 3)");
	engine_renew(engine, 0);
	cr_assert_eq(last.probe.outages, 1);
}

Test(probe_life, a_process_of_its_own_is_ended_when_its_time_is_over)
{
	engine_begin("run", KEYS(SHELL("echo $$ >>number; exec sleep 1000"), HASTY));
	failures = 2;
	await(has_failed_often);
	cr_assert_str_eq(last.probe.message, "it did not end within 100 ms");
	engine_end_in_order();
}

Test(probe_life, one_that_is_held_is_not_late)
{
	to_say("silent");
	engine_begin("lines", KEYS(SAYS("says"), "probe", "probe", "probe-interval", "100",
	                           "probe-timeout", "800"));
	engine_run(50);
	engine_hold(engine, true);
	engine_run(1000);
	cr_assert_str_eq(states, "awaited ");
	engine_hold(engine, false);
	await(has_failed);
}

Test(probe_life, one_whose_worker_was_late_has_its_time_anew)
{
	to_say("silent");
	engine_begin("lines", KEYS(SAYS("says"), "probe", "probe", "probe-interval", "100",
	                           "probe-timeout", "1000"));
	engine_run(100);
	fake_clock_advance(60000);
	engine_run(1100);
	cr_assert_str_eq(states, "awaited ");
	await(has_failed);
}

static bool is_waiting(void)
{
	return last.state == PROGRAM_WAITING && last.starts == 1;
}

Test(probe_life, one_that_idles_is_ended_and_none_is_started_for_it)
{
	engine_begin("lines", KEYS(SAYS("says"), "probe", "probe", "probe-interval", "100", "start",
	                           "demand", "idle-timeout", "1000"));
	engine_put(1, 0, ARGS("x"));
	engine_expect(1, ANSWER_DONE, "x");
	await_another();
	await(is_waiting);
	passed_at = last.probe.passed;
	engine_run(300);
	cr_assert(is_waiting());
	cr_assert_eq(last.probe.passed, passed_at);
	cr_assert_eq(last.probe.state, PROBE_PASSED);
}

Test(probe_life, one_that_is_not_answered_does_not_keep_an_idle_program)
{
	to_say("silent");
	engine_begin("lines", KEYS(SAYS("says"), "probe", "probe", "probe-interval", "60000",
	                           "start", "demand", "idle-timeout", "200"));
	engine_put(1, 0, ARGS("x"));
	engine_expect(1, ANSWER_DONE, "x");
	await(is_waiting);
	cr_assert_str_eq(states, "awaited ");
}

Test(probe_life, the_end_does_not_wait_for_one)
{
	int64_t since;

	to_say("silent");
	engine_begin("lines", KEYS(SAYS("says"), PROBED));
	engine_run(100);
	since = clock_ms();
	engine_end_in_order();
	cr_assert_lt(clock_ms() - since, 8000);
	cr_assert_str_eq(states, "awaited ");
}

Test(probe_life, another_probe_leaves_the_program_as_it_is)
{
	engine_begin("lines", KEYS(SAYS("says"), "probe", "probe", "probe-interval", "86400000"));
	await(has_passed);
	former = last.pid;
	engine_reload("lines", KEYS(SAYS("says"), PROBED));
	await_another();
	engine_reload("lines", KEYS(SAYS("says")));
	cr_assert_eq(last.probe.state, PROBE_NONE);
	engine_run(250);
	cr_assert_eq(last.probe.state, PROBE_NONE);
	engine_reload("lines", KEYS(SAYS("says"), "probe", "x"));
	await(has_passed);
	cr_assert_eq(last.pid, former);
	cr_assert_eq(engine_formers(engine), 0);
}

Test(probe_life, another_program_is_asked_in_place_of_the_former)
{
	to_say("ERR no");
	engine_begin("lines", KEYS(SAYS("says"), PROBED, "error-prefix", "ERR"));
	await(has_failed);
	former = last.pid;
	engine_reload("lines", KEYS("command", "cat", PROBED));
	cr_assert_eq(last.probe.state, PROBE_FAILED);
	await(has_passed);
	cr_assert_neq(last.pid, former);
	engine_reload("run", KEYS("command", "echo", PROBED));
	await_another();
	engine_reload("lines", KEYS("command", "cat"));
	cr_assert_eq(last.probe.state, PROBE_NONE);
	engine_end_in_order();
}

Test(probe_life, one_that_a_former_program_owes_is_forgotten)
{
	to_say("silent");
	engine_begin("lines", KEYS(SAYS("says"), PROBED));
	engine_run(100);
	engine_reload("lines", KEYS("command", "cat", PROBED));
	await(has_passed);
	cr_assert_str_eq(states, "awaited passed ");
	engine_end_in_order();
}
