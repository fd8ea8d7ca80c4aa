/* Reports: changes are sent, and sent again until they were seen. */
#include "worker/reporter.h"

#include <criterion/criterion.h>

#include "base/mem.h"

#define EPOCH UINT64_C(9)

static struct ev_loop *loop;
static struct child_states child_states;
static struct reporter *reporter;
static size_t said; /* reports so far */
static struct message last;
static char bytes[MESSAGE_PAYLOAD_MAX];
static size_t entries; /* of all of them */

static void on_said(void *arg, struct message *m)
{
	struct error err;
	size_t count;

	(void)arg;
	cr_assert_eq(m->type, MSG_REPORT);
	cr_assert_eq(m->report.controller_epoch, EPOCH);
	cr_assert_leq(m->payload_size, MESSAGE_PAYLOAD_MAX);
	cr_assert_eq(report_check(m->payload, m->payload_size, &count, &err), 0);
	entries += count;
	last = *m;
	if (m->payload_size)
		memcpy(bytes, m->payload, m->payload_size);
	said++;
}

static void set_up(void)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	child_states = (struct child_states){0};
	reporter = reporter_new(loop, &child_states, EPOCH, on_said, NULL);
}

static void tear_down(void)
{
	reporter_free(reporter);
	child_states_free(&child_states);
	ev_loop_destroy(loop);
}

TestSuite(reporter, .init = set_up, .fini = tear_down, .timeout = 60);

static void come(int id)
{
	child_state_here(&child_states,
	                 &(struct peer_name){.id = id, .incarnation = 1, .generation = 1});
}

static void seen(uint64_t version, unsigned flags)
{
	reporter_seen(reporter,
	              &(struct message){.type = MSG_SEEN, .seen.version = version, .flags = flags});
}

/* Runs the loop until one more report was sent; without one that is due it ends at once. */
static bool again(void)
{
	size_t before = said;

	while (said == before && ev_run(loop, EVRUN_ONCE))
		;
	return said > before;
}

Test(reporter, what_changed_since_is_told_at_once)
{
	come(1);
	reporter_changed(reporter);
	come(2);
	reporter_changed(reporter);
	cr_assert_eq(said, 2);
	cr_assert_eq(entries, 2);
	cr_assert_eq(last.report.since, 1);
	cr_assert_eq(last.report.version, 2);
	cr_assert(last.flags & FLAG_LAST);
	cr_assert_eq(report_read(bytes, 0).id, 2);
}

Test(reporter, what_was_not_seen_is_told_again)
{
	come(1);
	come(2);
	reporter_changed(reporter);
	seen(1, 0);
	cr_assert(again());
	cr_assert_eq(last.report.since, 1);
	cr_assert_eq(last.payload_size, REPORT_ENTRY);
	cr_assert(again());
	seen(2, 0);
	cr_assert_not(again());
}

Test(reporter, anew_tells_of_all_even_of_none)
{
	reporter_anew(reporter, EPOCH);
	cr_assert_eq(said, 1);
	cr_assert_eq(entries, 0);
	cr_assert(again());
	seen(0, 0);
	cr_assert_not(again());
	come(1);
	reporter_changed(reporter);
	seen(1, 0);
	reporter_anew(reporter, EPOCH);
	cr_assert_eq(last.report.since, 0);
	cr_assert_eq(last.payload_size, REPORT_ENTRY);
}

Test(reporter, one_that_lacks_something_is_told_from_there)
{
	come(1);
	reporter_changed(reporter);
	seen(1, 0);
	come(2);
	reporter_changed(reporter);
	seen(2, 0);
	seen(0, FLAG_AGAIN);
	cr_assert(again());
	cr_assert_eq(last.report.since, 0);
	cr_assert_eq(last.payload_size, 2 * REPORT_ENTRY);
}

Test(reporter, more_than_a_message_holds_goes_in_parts_that_join)
{
	const size_t most = MESSAGE_PAYLOAD_MAX / REPORT_ENTRY;
	uint64_t base;

	for (size_t i = 0; i < most + 5; i++)
		come((int)i);
	reporter_changed(reporter);
	cr_assert_eq(said, 2);
	cr_assert_eq(entries, most + 5);
	base = last.report.since;
	cr_assert_eq(base, most);
	cr_assert_eq(last.report.version, child_states.version);
	cr_assert(last.flags & FLAG_LAST);
	/* The first part arrived. */
	seen(base, 0);
	cr_assert(again());
	cr_assert_eq(last.payload_size, 5 * REPORT_ENTRY);
}

Test(reporter, who_is_gone_is_told_of_no_more)
{
	come(1);
	come(2);
	reporter_changed(reporter);
	child_state_gone(&child_states,
	                 &(struct peer_name){.id = 2, .incarnation = 1, .generation = 1});
	cr_assert(again());
	cr_assert_eq(last.payload_size, REPORT_ENTRY);
	cr_assert_eq(last.report.version, 2);
	seen(2, 0);
	cr_assert_not(again());
}
