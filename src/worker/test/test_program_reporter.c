/* What a node tells of its program: the newest state arrives, and nothing is told too often. */
#include "worker/program_reporter.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "support/fake_time.h"

#define EPOCH UINT64_C(9)

static struct program_reporter *reporter;
static const struct program_watch *watch;
static struct program_report report; /* as the program is */
static size_t said;                  /* reports so far */
static uint64_t version;             /* of the last, and what it says */
static struct program_report told;
static size_t events;
static uint64_t event;
static char event_type[EVENT_TYPE_MAX + 1];

static void turn(void)
{
}

static void pass(int64_t ms)
{
	fake_time_pass(ms, turn);
}

static void on_said(void *arg, struct message *m)
{
	struct error err;
	const char *data;
	const char *type;
	size_t size;

	(void)arg;
	if (m->type == MSG_EVENT) {
		cr_assert_eq(
		    event_payload_read(m->payload, m->payload_size, &type, &data, &size, &err), 0,
		    "%s", err.text);
		cr_assert_gt(m->event.number, event);
		event = m->event.number;
		memcpy(event_type, type, strlen(type) + 1);
		events++;
		return;
	}
	cr_assert_eq(m->type, MSG_PROGRAM);
	cr_assert_eq(program_report_read(m->payload, m->payload_size, &told, &err), 0, "%s",
	             err.text);
	version = m->program.version;
	said++;
}

static void set_up(void)
{
	reporter = program_reporter_new(NULL, on_said, NULL);
	watch = program_reporter_watch(reporter);
}

static void tear_down(void)
{
	program_reporter_free(reporter);
	cr_assert_eq(fake_time_timers(), 0);
}

TestSuite(program_reporter, .init = set_up, .fini = tear_down, .timeout = 60);

static void changed(enum program_state state)
{
	report.state = state;
	watch->changed(watch->arg, &report);
}

static void running(uint32_t count)
{
	report.running = count;
	watch->changed(watch->arg, &report);
}

static void seen_by(uint64_t upto, uint64_t epoch)
{
	program_reporter_seen(reporter, &(struct message){.type = MSG_PROGRAM_SEEN,
	                                                  .program_seen.version = upto,
	                                                  .program_seen.controller_epoch = epoch});
}

static void seen(void)
{
	seen_by(version, EPOCH);
}

static void happened(size_t size)
{
	cleanup_free char *data = mem_new(size);

	memset(data, '1', size);
	watch->event(watch->arg, "full", data, size);
}

Test(program_reporter, says_nothing_before_there_is_a_way)
{
	changed(PROGRAM_STARTING);
	happened(1);
	pass(10000);
	cr_assert_eq(said + events, 0);
	changed(PROGRAM_READY);
	program_reporter_anew(reporter, EPOCH);
	cr_assert_eq(said, 1);
	cr_assert_eq(told.state, PROGRAM_READY);
	cr_assert_eq(told.events, 1);
	seen();
}

Test(program_reporter, without_a_program_nothing_is_said)
{
	program_reporter_anew(reporter, EPOCH);
	program_reporter_anew(reporter, EPOCH + 1);
	pass(10000);
	cr_assert_eq(said, 0);
}

Test(program_reporter, a_change_is_told_at_once)
{
	program_reporter_anew(reporter, EPOCH);
	changed(PROGRAM_STARTING);
	cr_assert_eq(said, 1);
	changed(PROGRAM_READY);
	cr_assert_eq(said, 2);
	cr_assert_eq(told.state, PROGRAM_READY);
	cr_assert_eq(version, 2);
	seen();
	pass(60000);
	cr_assert_eq(said, 2);
}

Test(program_reporter, what_was_not_seen_is_told_again)
{
	program_reporter_anew(reporter, EPOCH);
	changed(PROGRAM_STARTING);
	changed(PROGRAM_BACKING_OFF);
	pass(PROGRAM_AGAIN_MS);
	cr_assert_eq(said, 3);
	seen_by(1, EPOCH); /* of an older one, which came late */
	pass(PROGRAM_AGAIN_MS);
	cr_assert_eq(said, 4);
	cr_assert_eq(told.state, PROGRAM_BACKING_OFF);
	seen();
	pass(60000);
	cr_assert_eq(said, 4);
}

Test(program_reporter, what_a_former_controller_has_seen_does_not_count)
{
	program_reporter_anew(reporter, EPOCH);
	changed(PROGRAM_READY);
	seen();
	program_reporter_anew(reporter, EPOCH + 1);
	cr_assert_eq(said, 2);
	cr_assert_eq(version, 1);
	seen_by(1, EPOCH);
	pass(PROGRAM_AGAIN_MS);
	cr_assert_eq(said, 3);
	seen_by(1, EPOCH + 1);
	pass(60000);
	cr_assert_eq(said, 3);
}

Test(program_reporter, a_version_that_was_never_told_is_no_answer)
{
	program_reporter_anew(reporter, EPOCH);
	changed(PROGRAM_READY);
	seen_by(7, EPOCH);
	pass(PROGRAM_AGAIN_MS);
	cr_assert_eq(said, 2);
	seen();
}

Test(program_reporter, many_changes_are_put_together_and_the_last_one_arrives)
{
	size_t before;

	program_reporter_anew(reporter, EPOCH);
	for (int i = 0; i < 10000; i++) {
		report.ends++;
		changed(i % 2 ? PROGRAM_BACKING_OFF : PROGRAM_READY);
		seen();
		pass(1);
	}
	/* 10 s of them. */
	cr_assert_leq(said, PROGRAM_REPORTS_BURST + PROGRAM_REPORTS_SECOND * 10 + 1);
	cr_assert_geq(said, PROGRAM_REPORTS_SECOND * 10);
	pass(PROGRAM_AGAIN_MS);
	cr_assert_eq(told.ends, 10000);
	cr_assert_eq(told.state, PROGRAM_BACKING_OFF);
	seen();
	before = said;
	pass(60000);
	cr_assert_eq(said, before);
}

Test(program_reporter, also_to_a_controller_that_does_not_answer)
{
	program_reporter_anew(reporter, EPOCH);
	for (int i = 0; i < 10000; i++) {
		changed(i % 2 ? PROGRAM_BACKING_OFF : PROGRAM_READY);
		pass(1);
	}
	cr_assert_leq(said, PROGRAM_REPORTS_BURST + PROGRAM_REPORTS_SECOND * 10 + 1);
	pass(PROGRAM_AGAIN_MS);
	cr_assert_eq(version, 10000);
	seen();
}

Test(program_reporter, how_many_run_is_told_once_a_second)
{
	program_reporter_anew(reporter, EPOCH);
	changed(PROGRAM_READY);
	seen();
	for (uint32_t i = 1; i <= 10000; i++) {
		running(i);
		pass(1);
		if (told.running)
			seen();
	}
	cr_assert_geq(said, 9);
	cr_assert_leq(said, 12);
	pass(PROGRAM_COUNT_MS);
	cr_assert_eq(told.running, 10000);
	seen();
}

Test(program_reporter, a_probe_that_passes_is_told_a_second_later_and_one_that_fails_at_once)
{
	program_reporter_anew(reporter, EPOCH);
	report.probe.state = PROBE_PASSED;
	changed(PROGRAM_READY);
	seen();
	cr_assert_eq(said, 1);
	report.probe.passed++;
	changed(PROGRAM_READY);
	cr_assert_eq(said, 1);
	pass(PROGRAM_COUNT_MS + 1);
	cr_assert_eq(said, 2);
	cr_assert_eq(told.probe.passed, 1);
	seen();
	report.probe.state = PROBE_FAILED;
	report.probe.failures = report.probe.outages = 1;
	changed(PROGRAM_READY);
	cr_assert_eq(told.probe.failures, 1);
	seen();
	report.probe.failures = 2;
	changed(PROGRAM_READY);
	cr_assert_eq(told.probe.failures, 1);
	pass(PROGRAM_COUNT_MS + 1);
	cr_assert_eq(told.probe.failures, 2);
	seen();
}

Test(program_reporter, an_event_is_told_once_with_its_number)
{
	program_reporter_anew(reporter, EPOCH);
	happened(10);
	happened(10);
	cr_assert_eq(events, 2);
	cr_assert_eq(event, 2);
	cr_assert_str_eq(event_type, "full");
	pass(60000);
	cr_assert_eq(events, 2);
}

Test(program_reporter, a_flood_of_events_is_thinned_and_their_numbers_show_it)
{
	program_reporter_anew(reporter, EPOCH);
	for (int i = 0; i < 100000; i++) {
		happened(10);
		if (i % 10 == 0)
			pass(1);
	}
	/* 10 s of them. */
	cr_assert_leq(events, PROGRAM_EVENTS_BURST + PROGRAM_EVENTS_SECOND * 10 + 1);
	cr_assert_geq(events, PROGRAM_EVENTS_SECOND * 10);
	pass(1000);
	happened(10);
	cr_assert_eq(event, 100001);
}

Test(program_reporter, large_events_count_as_many)
{
	program_reporter_anew(reporter, EPOCH);
	for (int i = 0; i < 100; i++)
		happened(EVENT_DATA_MAX);
	cr_assert_eq(events, 3);
	pass(10000);
	happened(EVENT_DATA_MAX);
	cr_assert_eq(event, 101);
}
