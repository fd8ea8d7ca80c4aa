/* What nodes say of their programs: it is kept and answered. */
#include "controller/overlay/program_word.h"

#include <criterion/criterion.h>

#include "base/mem.h"
#include "controller/node/life.h"
#include "controller/node/program.h"
#include "controller/overlay/test/overlay_fixture.h"

TestSuite(program_word, .init = fixture_begin, .fini = fixture_end, .timeout = 60);

static void say(struct node *n, uint64_t version, const struct program_report *report)
{
	struct buffer bytes = {0};

	program_report_write(report, &bytes);
	program_word_take(&world, n,
	                  &(struct message){.type = MSG_PROGRAM,
	                                    .program.version = version,
	                                    .payload = buffer_bytes(&bytes),
	                                    .payload_size = buffer_size(&bytes)});
	buffer_free(&bytes);
}

static void say_state(struct node *n, uint64_t version, enum program_state state)
{
	say(n, version, &(struct program_report){.state = state});
}

static uint64_t answered(const struct node *n)
{
	const struct word *w = fixture_last_sent(MSG_PROGRAM_SEEN, n->id);

	cr_assert_eq(w->m.program_seen.controller_epoch, world.controller_epoch);
	return w->m.program_seen.version;
}

Test(program_word, is_kept_and_answered_with_its_version)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	say_state(n, 3, PROGRAM_BACKING_OFF);
	cr_assert_eq(answered(n), 3);
	cr_assert_not(node_program_ready(n));
}

Test(program_word, an_older_one_is_answered_with_what_is_known)
{
	struct node *n = fixture_add(2, NODE_CONTROLLER);

	say_state(n, 3, PROGRAM_BACKING_OFF);
	say_state(n, 2, PROGRAM_READY);
	cr_assert_eq(answered(n), 3);
	cr_assert_eq(fixture_sent(MSG_PROGRAM_SEEN, 2), 2);
	cr_assert_not(node_program_ready(n));
}

Test(program_word, what_is_no_report_is_not_answered)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	program_word_take(
	    &world, n,
	    &(struct message){
	        .type = MSG_PROGRAM, .program.version = 1, .payload = "x", .payload_size = 1});
	cr_assert_eq(fixture_sent(MSG_PROGRAM_SEEN, 1), 0);
	cr_assert_null(n->program);
}

Test(program_word, of_a_process_that_has_ended_does_not_count)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	fixture_kill(n);
	say_state(n, 1, PROGRAM_READY);
	cr_assert_null(n->program);
	cr_assert_eq(fixture_sent(MSG_PROGRAM_SEEN, 1), 0);
}

/* Of the last event of the node. */
static const struct event *published(enum event_type type, int node)
{
	const struct event *event = &fixture_last(WORD_EVENT, node)->event;

	cr_assert_eq(event->type, type);
	return event;
}

static const struct event_program *of_program(enum event_type type, int node)
{
	published(type, node);
	return &fixture_last(WORD_EVENT, node)->program;
}

Test(program_word, a_start_and_an_end_are_published_once)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	struct program_report report = {.state = PROGRAM_STARTING, .pid = 70, .starts = 1};

	report.started = fixture_now();
	say(n, 1, &report);
	cr_assert_eq(published(EVENT_PROGRAM_STARTED, 1)->pid, 70);
	report.state = PROGRAM_READY;
	say(n, 2, &report);
	say(n, 2, &report);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 1);
	report = (struct program_report){.state = PROGRAM_BACKING_OFF,
	                                 .starts = 1,
	                                 .ends = 1,
	                                 .ended = fixture_now(),
	                                 .ended_pid = 70,
	                                 .due = fixture_now() + 100,
	                                 .used.user_ms = 5};
	say(n, 3, &report);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 2);
	cr_assert_eq(published(EVENT_PROGRAM_DIED, 1)->pid, 70);
	cr_assert_eq(of_program(EVENT_PROGRAM_DIED, 1)->restart_ms, 100);
	cr_assert(of_program(EVENT_PROGRAM_DIED, 1)->has_used);
	cr_assert_eq(of_program(EVENT_PROGRAM_DIED, 1)->used.user_ms, 5);
}

Test(program_word, what_was_put_together_is_told_in_its_order)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	struct program_report report = {.state = PROGRAM_BACKING_OFF,
	                                .starts = 1,
	                                .ends = 1,
	                                .started = fixture_now(),
	                                .ended = fixture_now(),
	                                .ended_pid = 70};

	say(n, 1, &report);
	cr_assert_eq(fixture_events(EVENT_PROGRAM_STARTED, 1), 1);
	published(EVENT_PROGRAM_DIED, 1);
	report.state = PROGRAM_READY;
	report.starts = report.ends = 9;
	report.pid = 79;
	say(n, 2, &report);
	cr_assert_eq(fixture_events(EVENT_PROGRAM_DIED, 1), 2);
	cr_assert_eq(published(EVENT_PROGRAM_STARTED, 1)->pid, 79);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 4);
}

Test(program_word, one_that_could_not_be_started_has_no_process)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	struct program_report report = {
	    .state = PROGRAM_BACKING_OFF, .ends = 1, .ended = fixture_now()};

	say(n, 1, &report);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 1);
	cr_assert_eq(published(EVENT_PROGRAM_DIED, 1)->pid, 0);
	cr_assert_not(of_program(EVENT_PROGRAM_DIED, 1)->has_used);
}

Test(program_word, before_it_has_joined_for_good_it_is_kept_and_published_then)
{
	struct node *n = fixture_launch(1, NODE_CONTROLLER);
	struct program_report report = {
	    .state = PROGRAM_READY, .pid = 70, .starts = 1, .started = fixture_now()};

	node_set_life(n, LIFE_COMMITTING, "a test");
	say(n, 1, &report);
	cr_assert_not_null(n->program);
	cr_assert_eq(fixture_events(EVENT_PROGRAM_STARTED, 1), 0);
	node_set_life(n, LIFE_RUNNING, "a test");
	program_word_joined(&world, n);
	program_word_joined(&world, n);
	cr_assert_eq(fixture_events(EVENT_PROGRAM_STARTED, 1), 1);
}

Test(program_word, what_was_before_this_dtreed_is_no_news)
{
	struct node *n = fixture_inherit(1, NODE_CONTROLLER);
	struct program_report report = {.state = PROGRAM_READY,
	                                .pid = 70,
	                                .starts = 3,
	                                .ends = 2,
	                                .started = fixture_now() - 50,
	                                .ended = fixture_now() - 60,
	                                .events = 40};

	n->worker.started = fixture_now() - 1000;
	say(n, 5, &report);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 0);
	report.ends++;
	report.ended = fixture_now();
	say(n, 6, &report);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 1);
}

static struct probe_report probe_of(enum probe_state state, uint32_t outages)
{
	return (struct probe_report){.state = state,
	                             .outages = outages,
	                             .failures = 1,
	                             .pid = 70,
	                             .changed = fixture_now(),
	                             .message = "no disk"};
}

Test(program_word, a_probe_that_fails_and_passes_is_published_once_each)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	struct program_report report = {
	    .state = PROGRAM_READY, .pid = 70, .probe = probe_of(PROBE_PASSED, 0)};

	say(n, 1, &report);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 0);
	report.probe = probe_of(PROBE_FAILED, 1);
	say(n, 2, &report);
	cr_assert_str_eq(published(EVENT_PROBE_FAILED, 1)->cause, "no disk");
	cr_assert_eq(published(EVENT_PROBE_FAILED, 1)->pid, 70);
	cr_assert_not(node_program_ready(n));
	report.probe.failures = 2;
	say(n, 3, &report);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 1);
	report.probe = probe_of(PROBE_PASSED, 1);
	say(n, 4, &report);
	say(n, 5, &report);
	cr_assert_eq(published(EVENT_PROBE_RECOVERED, 1)->pid, 0);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 2);
	cr_assert(node_program_ready(n));
	/* Both between two reports. */
	report.probe = probe_of(PROBE_PASSED, 3);
	say(n, 6, &report);
	cr_assert_eq(fixture_events(EVENT_PROBE_FAILED, 1), 2);
	published(EVENT_PROBE_RECOVERED, 1);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 4);
}

Test(program_word, one_that_had_failed_before_this_dtreed_is_told_when_it_passes)
{
	struct node *n = fixture_inherit(1, NODE_CONTROLLER);
	struct program_report report = {
	    .state = PROGRAM_READY, .pid = 70, .probe = probe_of(PROBE_FAILED, 4)};

	n->worker.started = report.probe.changed = fixture_now() - 1000;
	say(n, 5, &report);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 0);
	report.probe = probe_of(PROBE_PASSED, 4);
	say(n, 6, &report);
	published(EVENT_PROBE_RECOVERED, 1);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 1);
}

static uint32_t renewed(const struct node *n)
{
	return fixture_last_sent(MSG_PROGRAM_SEEN, n->id)->m.program_seen.renew;
}

Test(program_word, one_that_fails_is_started_anew_where_a_node_that_hangs_is)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	struct program_report report = {
	    .state = PROGRAM_READY, .pid = 70, .probe = probe_of(PROBE_FAILED, 1)};

	say(n, 1, &report);
	cr_assert_eq(renewed(n), 0);
	n->hang.policy = ON_HANG_RESTART;
	say(n, 1, &report);
	cr_assert_eq(renewed(n), 70);
	report.probe = probe_of(PROBE_PASSED, 1);
	say(n, 2, &report);
	cr_assert_eq(renewed(n), 0);
	/* None stays, or it has ended by itself. */
	report.probe = probe_of(PROBE_FAILED, 2);
	report.probe.pid = 0;
	say(n, 3, &report);
	cr_assert_eq(renewed(n), 0);
}

static void happens(struct node *n, uint64_t number, const char *payload, size_t size)
{
	program_word_event(&world, n,
	                   &(struct message){.type = MSG_EVENT,
	                                     .event.number = number,
	                                     .payload = payload,
	                                     .payload_size = size});
}

Test(program_word, an_event_is_published_with_how_many_were_dropped_before_it)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	n->service = "q";
	happens(n, 1, "full\0001", 6); /* of no program */
	say_state(n, 1, PROGRAM_READY);
	fixture_clear();
	happens(n, 1, "full\0001", 6);
	cr_assert_eq(of_program(EVENT_SERVICE_EVENT, 1)->dropped, 0);
	happens(n, 5, "full\0001", 6);
	cr_assert_eq(of_program(EVENT_SERVICE_EVENT, 1)->dropped, 3);
	happens(n, 4, "full\0001", 6); /* late */
	happens(n, 5, "full\0001", 6);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 2);
	happens(n, 6, "full", 4);
	happens(n, 7, "a b\0001", 5);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 2);
	happens(n, 8, "full\0001", 6);
	cr_assert_eq(fixture_count(WORD_EVENT, 1), 3);
}
