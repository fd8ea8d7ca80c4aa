/* The log of events: numbers without gaps, kept events, listeners. */
#include "controller/node/event.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Room for any cause in these tests. */
#define CAUSE_SIZE ((size_t)64)

static struct event_log *events;

/* The events that a listener got. */
struct heard {
	size_t count;
	uint64_t first;
	uint64_t last;
	int last_id;
};

static void set_up(void)
{
	events = event_log_new();
}

static void tear_down(void)
{
	event_log_free(events);
}

TestSuite(event, .init = set_up, .fini = tear_down, .timeout = 60);

static void hear(void *arg, const struct event *event)
{
	struct heard *heard = arg;

	if (!heard->count++)
		heard->first = event->seq;
	else
		cr_assert_eq(event->seq, heard->last + 1, "a gap");
	heard->last = event->seq;
	heard->last_id = event->id;
}

static void publish(int id)
{
	struct event event = {.type = EVENT_NODE_CREATED, .has_id = true, .id = id};

	event_publish(events, &event);
	cr_assert_eq(event.seq, event_last(events));
	cr_assert_gt(event.time, 0);
}

Test(event, every_type_is_found_by_its_name)
{
	for (int i = 0; i < EVENT_TYPES; i++) {
		const char *name = event_type_name((enum event_type)i);
		cr_assert(name && name[0]);
		cr_assert_eq(event_type_find(name), (enum event_type)i);
	}
}

Test(event, a_word_that_is_none_is_not_found)
{
	static const char *const words[] = {"", "*", "node", "node_created ", "NODE_CREATED"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		cr_assert_eq(event_type_find(words[i]), EVENT_TYPES, "'%s'", words[i]);
}

/* Each text has its place. */
static void hear_audit(void *arg, const struct event *event)
{
	if (event->audit)
		snprintf(arg, CAUSE_SIZE, "%u %d %s %s %s", (unsigned)event->audit->uid,
		         (int)event->audit->pid, event->audit->program, event->audit->words,
		         event->audit->result);
}

Test(event, a_kept_audit_is_a_copy)
{
	char program[] = "p";
	char words[] = "kill id=10";
	char result[] = "done";
	char heard[CAUSE_SIZE] = "";
	struct event event = {
	    .type = EVENT_AUDIT,
	    .name = "n",
	    .audit = &(struct event_audit){
	        .uid = 5, .pid = 7, .program = program, .words = words, .result = result}};

	event_publish(events, &event);
	memset(program, 'x', 1);
	memset(words, 'x', 4);
	memset(result, 'x', 4);
	event_replay(events, 0, hear_audit, heard);
	cr_assert_str_eq(heard, "5 7 p kill id=10 done");
}

static void hear_cause(void *arg, const struct event *event)
{
	if (event->cause)
		snprintf(arg, CAUSE_SIZE, "%s", event->cause);
}

Test(event, a_kept_cause_is_a_copy)
{
	char cause[] = "exit status 3";
	struct event event = {.type = EVENT_NODE_DIED, .has_id = true, .id = 1, .cause = cause};
	char heard[CAUSE_SIZE] = "";

	event_publish(events, &event);
	cause[12] = '4';
	event_replay(events, 0, hear_cause, heard);
	cr_assert_str_eq(heard, "exit status 3");
	for (int i = 0; i < EVENT_KEPT; i++)
		publish(1);
	heard[0] = '\0';
	event_replay(events, 0, hear_cause, heard);
	cr_assert_str_eq(heard, "");
}

Test(event, numbers_begin_at_one_and_have_no_gaps)
{
	cr_assert_eq(event_last(events), 0);
	for (uint64_t i = 1; i < 100; i++) {
		publish(1);
		cr_assert_eq(event_last(events), i);
	}
}

Test(event, a_listener_hears_from_now_on)
{
	struct heard early = {0};
	struct heard late = {0};
	struct event_listener *a;
	struct event_listener *b;

	publish(1);
	a = event_listen(events, hear, &early);
	publish(2);
	b = event_listen(events, hear, &late);
	publish(3);
	event_unlisten(events, a);
	publish(4);
	event_unlisten(events, b);
	publish(5);
	cr_assert_eq(early.count, 2);
	cr_assert_eq(early.first, 2);
	cr_assert_eq(late.count, 2);
	cr_assert_eq(late.first, 3);
	cr_assert_eq(late.last_id, 4);
}

Test(event, replay_gives_what_came_after)
{
	struct heard heard = {0};

	for (int i = 1; i <= 10; i++)
		publish(i);
	cr_assert_eq(event_replay(events, 7, hear, &heard), 0);
	cr_assert_eq(heard.count, 3);
	cr_assert_eq(heard.first, 8);
	cr_assert_eq(heard.last_id, 10);
}

Test(event, replay_gives_nothing_where_nothing_came_after)
{
	struct heard heard = {0};

	cr_assert_eq(event_replay(events, 0, hear, &heard), 0);
	publish(1);
	cr_assert_eq(event_replay(events, 1, hear, &heard), 0);
	cr_assert_eq(event_replay(events, 2, hear, &heard), 0);
	cr_assert_eq(event_replay(events, UINT64_MAX, hear, &heard), 0);
	cr_assert_eq(heard.count, 0);
}

Test(event, a_full_log_is_kept_whole)
{
	struct heard heard = {0};

	for (int i = 1; i <= EVENT_KEPT; i++)
		publish(i);
	cr_assert_eq(event_replay(events, 0, hear, &heard), 0);
	cr_assert_eq(heard.count, EVENT_KEPT);
	cr_assert_eq(heard.first, 1);
}

Test(event, what_is_no_longer_kept_is_counted)
{
	struct heard heard = {0};

	for (int i = 1; i <= EVENT_KEPT + 10; i++)
		publish(i);
	cr_assert_eq(event_replay(events, 4, hear, &heard), 6);
	cr_assert_eq(heard.count, EVENT_KEPT);
	cr_assert_eq(heard.first, 11);
	cr_assert_eq(heard.last_id, EVENT_KEPT + 10);
	heard = (struct heard){0};
	cr_assert_eq(event_replay(events, 10, hear, &heard), 0);
	cr_assert_eq(heard.count, EVENT_KEPT);
}

Test(event, a_copy_is_kept)
{
	struct heard heard = {0};
	struct event event = {.type = EVENT_NODE_DIED, .id = 3};

	event_publish(events, &event);
	event.id = 99;
	event_replay(events, 0, hear, &heard);
	cr_assert_eq(heard.last_id, 3);
}

Test(event, a_log_that_still_has_listeners_can_be_freed)
{
	struct heard heard = {0};

	event_listen(events, hear, &heard);
	event_listen(events, hear, &heard);
}

static void hear_data(void *arg, const struct event *event)
{
	size_t *bytes = arg;

	cr_assert_eq(event->id, (int)event->seq);
	cr_assert_eq(event->program->data[0], (char)('a' + event->seq % 26));
	cr_assert_str_eq(event->program->said, "said");
	cr_assert_str_eq(event->program->service, "service");
	cr_assert_eq(event->program->dropped, event->seq + 1);
	cr_assert_str_eq(event->cause, "cause");
	cr_assert_str_eq(event->name, "name");
	*bytes += strlen(event->program->data);
}

Test(event, what_is_kept_is_bounded_in_bytes_too)
{
	const uint64_t count = 1000;
	cleanup_free char *data = mem_new(EVENT_DATA_MAX + 1);
	size_t bytes = 0;
	uint64_t missed;

	for (uint64_t seq = 1; seq <= count; seq++) {
		const struct event_program program = {
		    .service = "service", .said = "said", .data = data, .dropped = seq + 1};
		memset(data, (char)('a' + seq % 26), EVENT_DATA_MAX);
		event_publish(events, &(struct event){.type = EVENT_SERVICE_EVENT,
		                                      .id = (int)seq,
		                                      .cause = "cause",
		                                      .name = "name",
		                                      .program = &program});
	}
	missed = event_replay(events, 0, hear_data, &bytes);
	cr_assert_leq(bytes, EVENT_KEPT_BYTES);
	cr_assert_gt(bytes, EVENT_KEPT_BYTES - 2 * EVENT_DATA_MAX);
	cr_assert_eq(missed, count - bytes / EVENT_DATA_MAX);
	/* Small ones take their place. */
	for (int i = 0; i < EVENT_KEPT; i++)
		publish(i);
	cr_assert_eq(event_replay(events, 0, hear, &(struct heard){0}), count);
}

Test(event, one_that_is_larger_than_all_that_may_be_kept_is_kept_alone)
{
	cleanup_free char *data = mem_new(EVENT_KEPT_BYTES + 1);
	struct heard heard = {0};

	memset(data, 'x', EVENT_KEPT_BYTES);
	publish(1);
	event_publish(events, &(struct event){.type = EVENT_SERVICE_EVENT,
	                                      .program = &(struct event_program){.data = data}});
	cr_assert_eq(event_replay(events, 0, hear, &heard), 1);
	cr_assert_eq(heard.count, 1);
}
