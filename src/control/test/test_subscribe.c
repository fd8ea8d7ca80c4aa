/* Subscriptions: which events are sent, in which order, and what happens to a slow reader. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "control/test/control_fixture.h"
#include "wire/json.h"

CONTROL_SUITE(subscribe, 120);

/* An integer among the next notification's params. */
static int64_t next_int(const char *type, const char *name)
{
	cleanup_free char *line = peer_line(peer);
	struct error err;
	struct cJSON *json = json_parse(line, strlen(line), JSON_REPLY_VALUES, NULL, &err);
	const struct cJSON *params = json_member(json, "params");
	const char *got;
	int64_t value = -1;

	cr_assert_eq(json_string(json_member(params, "type"), "type", &got, NULL, &err), 0, "%s",
	             line);
	cr_assert_str_eq(got, type, "%s", line);
	cr_assert_eq(json_int(json_member(params, name), name, 0, JSON_INT_MAX, &value, &err), 0,
	             "%s", line);
	json_free(json);
	return value;
}

static void is_quiet(void)
{
	settle();
	peer_call(peer, "ping", "{\"id\":5}", "{\"id\":5,\"available\":true}");
}

Test(subscribe, events_come_with_what_is_known)
{
	struct event event = {.type = EVENT_NODE_DIED,
	                      .has_id = true,
	                      .id = 10,
	                      .pid = 77,
	                      .cause = "signal 9 (Killed)"};
	char time[CLOCK_TEXT_SIZE];

	peer_call(peer, "subscribe", NULL, "{\"subscription\":1,\"seq\":0}");
	event_publish(fake->events, &event);
	clock_text(event.time, time);
	cleanup_free char *wanted = mem_format(
	    "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"subscription\":1,\"seq\":1,"
	    "\"time\":\"%s\",\"type\":\"node_died\",\"id\":10,\"pid\":77,"
	    "\"cause\":\"signal 9 (Killed)\"}}",
	    time);
	peer_expect(peer, wanted);
	event = (struct event){.type = EVENT_HEARTBEAT_LOST,
	                       .has_id = true,
	                       .id = -5,
	                       .has_parent = true,
	                       .parent = -1,
	                       .silent_ms = 801};
	event_publish(fake->events, &event);
	peer_expect_part(peer,
	                 "\"type\":\"heartbeat_lost\",\"id\":-5,\"parent\":-1,\"silent_ms\":801}}");
	event = (struct event){.type = EVENT_CONTROLLER_STARTED};
	event_publish(fake->events, &event);
	peer_expect_part(peer, "\"type\":\"controller_started\"}}");
}

Test(subscribe, a_program_that_died_comes_with_what_it_used)
{
	struct event_program program = {.service = "calc",
	                                .has_used = true,
	                                .used = {.user_ms = 1, .system_ms = 2, .most_kb = 3},
	                                .restart_ms = 100};
	struct event event = {.type = EVENT_PROGRAM_DIED,
	                      .has_id = true,
	                      .id = 10,
	                      .pid = 77,
	                      .cause = "signal 9",
	                      .program = &program};

	peer_call(peer, "subscribe", NULL, "{\"subscription\":1,\"seq\":0}");
	event_publish(fake->events, &event);
	peer_expect_part(peer, "\"type\":\"program_died\",\"id\":10,\"pid\":77,"
	                       "\"cause\":\"signal 9\",\"service\":\"calc\","
	                       "\"rusage\":{\"user_ms\":1,\"system_ms\":2,\"max_rss_kb\":3},"
	                       "\"restart_in_ms\":100}}");
	program = (struct event_program){.service = "calc", .restarts = 1};
	event = (struct event){.type = EVENT_PROGRAM_STARTED,
	                       .has_id = true,
	                       .id = 10,
	                       .pid = 78,
	                       .program = &program};
	event_publish(fake->events, &event);
	peer_expect_part(peer, "\"type\":\"program_started\",\"id\":10,\"pid\":78,"
	                       "\"service\":\"calc\",\"restarts\":1}}");
}

Test(subscribe, a_probe_that_failed_comes_with_why)
{
	const struct event_program program = {.service = "calc"};

	peer_call(peer, "subscribe", "{\"types\":[\"probe_failed\",\"probe_recovered\"]}",
	          "{\"subscription\":1,\"seq\":0}");
	event_publish(fake->events, &(struct event){.type = EVENT_PROBE_FAILED,
	                                            .has_id = true,
	                                            .id = 10,
	                                            .pid = 77,
	                                            .cause = "no disk",
	                                            .program = &program});
	peer_expect_part(peer, "\"type\":\"probe_failed\",\"id\":10,\"pid\":77,"
	                       "\"cause\":\"no disk\",\"service\":\"calc\"}}");
	event_publish(fake->events, &(struct event){.type = EVENT_PROBE_RECOVERED,
	                                            .has_id = true,
	                                            .id = 10,
	                                            .program = &program});
	peer_expect_part(peer, "\"type\":\"probe_recovered\",\"id\":10,\"service\":\"calc\"}}");
}

static void say(const char *data, uint64_t dropped)
{
	const struct event_program program = {
	    .service = "q", .said = "full", .data = data, .dropped = dropped};

	event_publish(fake->events, &(struct event){.type = EVENT_SERVICE_EVENT,
	                                            .has_id = true,
	                                            .id = 10,
	                                            .program = &program});
}

Test(subscribe, what_a_program_says_comes_with_its_data)
{
	peer_call(peer, "subscribe", NULL, "{\"subscription\":1,\"seq\":0}");
	say("{\"left\":[0]}", 0);
	peer_expect_part(peer, "\"type\":\"service_event\",\"id\":10,\"service\":\"q\","
	                       "\"event\":\"full\",\"data\":{\"left\":[0]}}}");
	say("null", 7);
	peer_expect_part(peer, "\"event\":\"full\",\"data\":null,\"dropped\":7}}");
}

Test(subscribe, data_that_are_no_json_do_not_break_the_line)
{
	static const char *const bad[] = {"",      "{",        "1,\"seq\":9", "[1]}}",
	                                  "[1\n]", "\"a\nb\"", "\xff",        "1\r"};

	peer_call(peer, "subscribe", NULL, "{\"subscription\":1,\"seq\":0}");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		say(bad[i], 0);
		peer_expect_part(peer, "\"event\":\"full\",\"data\":null}}");
	}
}

Test(subscribe, only_the_asked_types_come)
{
	peer_call(peer, "subscribe", "{\"types\":[\"node_removed\",\"node_died\"]}",
	          "{\"subscription\":1,\"seq\":0}");
	fake_event(fake, EVENT_NODE_CREATED, 1);
	fake_event(fake, EVENT_NODE_DIED, 2);
	fake_event(fake, EVENT_NODE_CREATED, 3);
	fake_event(fake, EVENT_NODE_REMOVED, 4);
	cr_assert_eq(next_int("node_died", "id"), 2);
	cr_assert_eq(next_int("node_removed", "seq"), 4);
	is_quiet();
}

Test(subscribe, each_subscription_is_told)
{
	peer_call(peer, "subscribe", NULL, "{\"subscription\":1,\"seq\":0}");
	peer_call(peer, "subscribe", "{\"types\":[\"*\"]}", "{\"subscription\":2,\"seq\":0}");
	fake_event(fake, EVENT_NODE_CREATED, 1);
	cr_assert_eq(next_int("node_created", "subscription"), 1);
	cr_assert_eq(next_int("node_created", "subscription"), 2);
	peer_call(peer, "unsubscribe", "{\"subscription\":1}", "{}");
	fake_event(fake, EVENT_NODE_CREATED, 2);
	cr_assert_eq(next_int("node_created", "subscription"), 2);
	is_quiet();
	peer_fail(peer, "unsubscribe", "{\"subscription\":1}", -32602, "no subscription 1");
}

Test(subscribe, since_replays_after_the_reply)
{
	for (int id = 1; id <= 5; id++)
		fake_event(fake, EVENT_NODE_CREATED, id);
	peer_call(peer, "subscribe", "{\"since\":2}", "{\"subscription\":1,\"seq\":5}");
	for (int id = 3; id <= 5; id++)
		cr_assert_eq(next_int("node_created", "id"), id);
	fake_event(fake, EVENT_NODE_CREATED, 6);
	cr_assert_eq(next_int("node_created", "seq"), 6);
	peer_call(peer, "subscribe", "{\"since\":6}", "{\"subscription\":2,\"seq\":6}");
	is_quiet();
}

Test(subscribe, in_a_batch_events_wait_for_its_reply)
{
	fake_event(fake, EVENT_NODE_CREATED, 1);
	fake->hold = true;
	peer_send(peer, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{"
	                "\"since\":0}},{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"pingall\"}]");
	wait_for(fake->asked);
	settle();
	fake_event(fake, EVENT_NODE_CREATED, 2);
	settle();
	fake_answer(fake);
	peer_expect_part(peer, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"subscription\":1,");
	cr_assert_eq(next_int("node_created", "id"), 1);
	cr_assert_eq(next_int("node_created", "id"), 2);
}

Test(subscribe, a_gap_is_told_before_what_is_kept)
{
	for (int id = 0; id < EVENT_KEPT + 100; id++)
		fake_event(fake, EVENT_NODE_CREATED, id);
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{"
	                "\"since\":10}}");
	peer_expect_part(peer, "\"result\"");
	cr_assert_eq(next_int("events_dropped", "count"), 90);
	for (int id = 100; id < EVENT_KEPT + 100; id++)
		cr_assert_eq(next_int("node_created", "id"), id);
	is_quiet();
}

Test(subscribe, a_slow_reader_is_told_how_many_it_missed)
{
	int64_t seq = 1;
	int64_t told = 0;
	int64_t missed;

	peer_call(peer, "subscribe", NULL, "{\"subscription\":1,\"seq\":0}");
	for (int i = 0; i < 20000; i++) {
		fake_event(fake, EVENT_NODE_CREATED, 5);
		if (i % 10 == 0)
			ev_run(loop, EVRUN_NOWAIT);
	}
	settle();
	for (;; seq++, told++) {
		cleanup_free char *line = peer_line(peer);
		cleanup_free char *part = mem_format("\"seq\":%lld,", (long long)seq);
		if (strstr(line, "events_dropped")) {
			const char *count = strstr(line, "\"count\":");
			cr_assert(count);
			missed = strtoll(count + strlen("\"count\":"), NULL, 10);
			cr_assert_eq(told + missed, 20000, "%s", line);
			cr_assert(strstr(line, "\"seq\":20000,"), "%s", line);
			break;
		}
		cr_assert(strstr(line, part), "%s: not %s", line, part);
	}
	cr_assert_gt(told, 1000);
	fake_event(fake, EVENT_NODE_CREATED, 7);
	cr_assert_eq(next_int("node_created", "id"), 7);
}

Test(subscribe, sixteen_subscriptions_are_the_most)
{
	for (int i = 1; i <= 16; i++) {
		cleanup_free char *result = mem_format("{\"subscription\":%d,\"seq\":0}", i);
		peer_call(peer, "subscribe", NULL, result);
	}
	peer_fail(peer, "subscribe", NULL, -32007, "LIMIT");
	peer_call(peer, "unsubscribe", "{\"subscription\":7}", "{}");
	peer_call(peer, "subscribe", NULL, "{\"subscription\":17,\"seq\":0}");
}

Test(subscribe, a_subscriber_may_vanish)
{
	struct peer *gone = peer_new();

	peer_send(gone, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\"}");
	peer_expect_part(gone, "\"result\"");
	peer_free(gone);
	fake_event(fake, EVENT_NODE_CREATED, 7);
	settle();
	fake_event(fake, EVENT_NODE_CREATED, 8);
	is_quiet();
}

Test(subscribe, a_half_closed_subscriber_is_closed)
{
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\"}");
	shutdown(peer->fd, SHUT_WR);
	peer_expect_part(peer, "\"result\"");
	peer_expect_end(peer);
}
