/* What is told of real programs: each state as it comes, ends with what was used, events. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine_fixture.h"
#include "program/announce.h"

#define KEYS(...)    ((const char *const[]){__VA_ARGS__, NULL})
#define ARGS(...)    ((const char *const[]){__VA_ARGS__, NULL})
#define PYTHON(code) "python3 -c '" HEAD code "'"
/* say() sends an event; then each message is answered. */
#define HEAD \
	"import json, sys\\n" \
	"def put(m): print(json.dumps(m), flush=True)\\n" \
	"def say(**p): put(dict(jsonrpc=\"2.0\", method=\"event\", params=p))\\n" \
	"def serve():\\n" \
	"    for line in sys.stdin: put(dict(id=json.loads(line)[\"id\"], result=\"ok\"))\\n"

static struct program_report last;
static char states[1024]; /* the names of all, each once in a row */
static char events[1024];
static size_t most; /* that ran */

static void on_changed(void *arg, const struct program_report *report)
{
	const char *name = program_state_name(report->state);
	size_t n = strlen(states);

	(void)arg;
	if (report->state != last.state || !n)
		snprintf(states + n, sizeof states - n, "%s ", name);
	if (report->running > most)
		most = report->running;
	last = *report;
}

static void on_event(void *arg, const char *type, const char *data, size_t size)
{
	size_t n = strlen(events);

	(void)arg;
	snprintf(events + n, sizeof events - n, "%s:%.*s ", type, (int)size, data);
}

static void announce_set_up(void)
{
	static const struct program_watch watch = {.changed = on_changed, .event = on_event};

	engine_set_up();
	engine_watch = &watch;
}

TestSuite(announce, .init = announce_set_up, .fini = engine_tear_down, .timeout = 60);

/* Runs the loop until it is so. */
static void await(bool (*is)(void))
{
	const int64_t limit = clock_ms() + 30000;

	while (!is()) {
		cr_assert_lt(clock_ms(), limit, "it is %s", states);
		engine_run(10);
	}
}

/* The loop has begun to run, and a program that is to start with its node. */
static void first_turn(void)
{
	ev_run(engine_loop, EVRUN_NOWAIT);
}

static bool is_ready(void)
{
	return last.state == PROGRAM_READY;
}

static bool is_waiting(void)
{
	return last.state == PROGRAM_WAITING;
}

static bool has_ended(void)
{
	return last.ends > 0;
}

static bool was_restarted(void)
{
	return last.restarts > 0;
}

Test(announce, a_program_is_ready_when_it_has_answered_its_greeting)
{
	engine_begin("json", KEYS("command", PYTHON("serve()"), "hello",
	                          "{\"jsonrpc\":\"2.0\",\"id\":\"h\",\"method\":\"hello\"}"));
	first_turn();
	cr_assert_eq(last.state, PROGRAM_STARTING);
	cr_assert_gt(last.pid, 0);
	await(is_ready);
	cr_assert_str_eq(states, "waiting starting ready ");
	cr_assert_eq(last.starts, 1);
	cr_assert_eq(last.restarts, 0);
	engine_end_in_order();
}

Test(announce, its_death_is_told_with_the_cause_and_when_it_is_started_again)
{
	engine_begin("lines", KEYS("command", "sh -c 'read a; echo why >&2; exit 3'"));
	first_turn();
	pid_t pid = last.pid;
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_UNKNOWN, "the program ended: exit status 3 (why)");
	await(has_ended);
	cr_assert_eq(last.state, PROGRAM_BACKING_OFF);
	cr_assert_eq(last.pid, 0);
	cr_assert_eq(last.ended_pid, pid);
	cr_assert_str_eq(last.cause, "exit status 3 (why)");
	cr_assert_gt(last.due, last.ended);
	await(was_restarted);
	cr_assert_eq(last.starts, 2);
	cr_assert_neq(last.pid, pid);
	cr_assert_eq(last.due, 0);
	cr_assert_str_eq(states, "waiting ready backing_off ready ");
}

Test(announce, what_a_process_used_is_told)
{
	engine_begin("lines",
	             KEYS("command", "python3 -c 'import time\\n"
	                             "while time.process_time() < 0.2: pass\\n"
	                             "a = bytearray(64 << 20); a[::4096] = b\"x\" * 16384'"));
	await(has_ended);
	cr_assert_geq(last.used.user_ms + last.used.system_ms, 190);
	cr_assert_leq(last.used.user_ms + last.used.system_ms, 20000);
	cr_assert_geq(last.used.most_kb, 64 << 10);
	cr_assert_lt(last.used.most_kb, 1 << 20);
}

Test(announce, one_that_cannot_be_started_has_no_process)
{
	engine_begin("lines", KEYS("command", "cat", "environment-file", "/no/such/file"));
	first_turn();
	cr_assert_eq(last.ends, 1);
	cr_assert_eq(last.ended_pid, 0);
	cr_assert_eq(last.starts, 0);
	cr_assert_eq(last.state, PROGRAM_BACKING_OFF);
	cr_assert(strstr(last.cause, "/no/such/file"), "%s", last.cause);
}

Test(announce, one_that_is_started_by_requests_waits_for_them)
{
	engine_begin("lines", KEYS("command", "cat", "start", "demand", "idle-timeout", "50"));
	cr_assert_eq(last.state, PROGRAM_WAITING);
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_DONE, "a");
	await(is_waiting);
	cr_assert_eq(last.ends, 0);
	cr_assert_eq(last.pid, 0);
	engine_put(2, 0, ARGS("b"));
	engine_expect(2, ANSWER_DONE, "b");
	cr_assert_eq(last.starts, 2);
	cr_assert_eq(last.restarts, 0);
	await(is_waiting);
	cr_assert_str_eq(states, "waiting ready ending waiting ready ending waiting ");
}

Test(announce, one_that_cannot_be_trusted_has_ended_by_itself)
{
	engine_begin("json", KEYS("command", "sh -c 'echo nonsense; cat'"));
	await(has_ended);
	cr_assert_str_eq(last.cause, "it said what is no JSON-RPC message: nonsense");
	cr_assert_gt(last.ended_pid, 0);
}

Test(announce, a_cause_is_printable_and_not_too_long)
{
	struct announce a = {0};
	char cause[2 * PROGRAM_CAUSE];
	struct program_report back;
	struct buffer bytes = {0};
	struct error err;

	for (size_t i = 0; i + 2 < sizeof cause; i += 2)
		memcpy(cause + i, i ? "\xc3\xa4" : "a\n", 3);
	announce_begin(&a, NULL, true);
	announce_ended(&a, 1, cause, &(struct program_usage){0}, 0);
	program_report_write(&a.report, &bytes);
	cr_assert_eq(program_report_read(buffer_bytes(&bytes), buffer_size(&bytes), &back, &err), 0,
	             "%s", err.text);
	cr_assert_eq(strncmp(back.cause, "a\\x0a\xc3\xa4", 7), 0, "%s", back.cause);
	buffer_free(&bytes);
}

Test(announce, how_many_run_is_counted)
{
	engine_begin("run", KEYS("command", "sleep 0.1", "concurrency", "2"));
	cr_assert_eq(last.state, PROGRAM_READY);
	for (uint64_t id = 1; id <= 4; id++)
		engine_put(id, 0, (const char *const[]){NULL});
	cr_assert_eq(last.running, 2);
	for (uint64_t id = 1; id <= 4; id++)
		engine_await(id);
	cr_assert_eq(last.running, 0);
	cr_assert_eq(most, 2);
	cr_assert_eq(last.starts + last.ends + (uint32_t)last.pid, 0);
}

Test(announce, events_are_passed_on_in_order_as_JSON)
{
	engine_begin("json", KEYS("command",
	                          PYTHON("say(type=\"full\", data=dict(left=0, why=\"\\u2028\"))\\n"
	                                 "say(type=\"a.b\", data=[1,None]); say(type=\"c\")\\n"
	                                 "serve()")));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_DONE, "ok");
	cr_assert_str_eq(events, "full:{\"left\":0,\"why\":\"\\u2028\"} a.b:[1,null] c:null ");
}

Test(announce, what_is_no_event_is_dropped_and_the_program_goes_on)
{
	engine_begin(
	    "json",
	    KEYS("command",
	         PYTHON("say(data=1); say(type=5, data=1); say(type=\"a b\", data=1)\\n"
	                "say(type=\"\", data=1); say(type=\"x\" * 65, data=1)\\n"
	                "say(type=\"large\", data=\"x\" * 65536)\\n"
	                "say(type=\"many\", data=[1] * 20000)\\n"
	                "put(dict(method=\"event\")); put(dict(method=\"event\", params=[]))\\n"
	                "say(type=\"good\", data=\"x\")\\n"
	                "serve()")));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_DONE, "ok");
	cr_assert_str_eq(events, "good:\"x\" ");
	cr_assert_eq(last.ends, 0);
}

Test(announce, counts_go_on_where_another_takes_its_place)
{
	struct announce a = {0};

	announce_begin(&a, NULL, true);
	announce_started(&a, 5, true);
	announce_ended(&a, 5, "signal 9", &(struct program_usage){0}, 1);
	announce_begin(&a, NULL, true);
	announce_started(&a, 6, true);
	cr_assert_eq(a.report.starts, 2);
	cr_assert_eq(a.report.ends, 1);
	cr_assert_eq(a.report.restarts, 0);
	cr_assert_eq(a.report.due, 0);
	cr_assert_str_eq(a.report.cause, "signal 9");
}
