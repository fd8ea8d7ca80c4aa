/* Where the time of a slow request went, why, and which of them are kept. */
#include "controller/request/slow.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "controller/request/change_steps.h"
#include "controller/request/session.h"
#include "controller/request/test/request_fixture.h"

TestSuite(slow, .timeout = 60);

static const struct request_kind sent_kind = {.name = "exec"};

/* Each step is one longer than the one before it. */
static struct request whole(void)
{
	return (struct request){.kind = &sent_kind,
	                        .node = 7,
	                        .at = {.read = 100,
	                               .submitted = 101,
	                               .started = 103,
	                               .ready = 106,
	                               .behind = 5,
	                               .sent = 110,
	                               .phase = PHASE_SENT,
	                               .answered = 135,
	                               .node = {115, 121, 128, 131}}};
}

static struct steps steps_of(const struct request *r, uint64_t now)
{
	struct steps steps;

	slow_steps(r, false, now, &steps);
	return steps;
}

/* One begins where another ends, and nothing is missing. */
static void is_whole(const struct steps *steps, uint64_t from, uint64_t now)
{
	for (size_t i = 0; i < steps->count; i++) {
		cr_assert_eq(steps->items[i].begin, from);
		cr_assert_gt(steps->items[i].end, from);
		from = steps->items[i].end;
	}
	cr_assert_eq(from, now);
}

Test(slow, all_of_the_time_is_in_steps)
{
	static const enum step_what in_order[] = {
	    STEP_READ,  STEP_LANE,    STEP_BLOCKED, STEP_WINDOW,  STEP_LINK_DOWN,
	    STEP_QUEUE, STEP_SERVICE, STEP_COMMIT,  STEP_LINK_UP, STEP_ORDER};
	struct request r = whole();
	struct steps steps = steps_of(&r, 143);

	is_whole(&steps, 100, 143);
	cr_assert_eq(steps.count, ARRAY_SIZE(in_order));
	for (size_t i = 0; i < steps.count; i++)
		cr_expect_eq(steps.items[i].what, in_order[i]);
	cr_expect_eq(slow_longest(&steps)->what, STEP_ORDER);
}

Test(slow, the_service_of_a_users_program_is_its_program)
{
	struct request r = whole();
	struct steps steps;

	slow_steps(&r, true, 143, &steps);
	is_whole(&steps, 100, 143);
	cr_expect_eq(steps.items[6].what, STEP_PROGRAM);
}

Test(slow, what_a_node_says_counts_only_where_it_can_be)
{
	static const struct msg_stamps lies[] = {
	    {109, 121, 128, 131}, {115, 114, 128, 131}, {115, 121, 120, 131}, {115, 121, 128, 127},
	    {115, 121, 128, 136}, {0, 0, 0, 0},         {UINT64_MAX, 1, 2, 3}};

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		struct request r = whole();
		struct steps steps;

		r.at.node = lies[i];
		steps = steps_of(&r, 143);
		is_whole(&steps, 100, 143);
		cr_expect_eq(slow_longest(&steps)->what, STEP_NODE);
	}
}

static void ends_in(enum request_phase phase, enum step_what what)
{
	struct request r = {.kind = &sent_kind,
	                    .at = {.submitted = 100, .answered = 150, .phase = phase}};
	struct steps steps;

	r.at.unstarted = phase == PHASE_WAITING;
	r.at.behind = phase == PHASE_QUEUED;
	r.at.sent = phase == PHASE_SENT ? 101 : 0;
	steps = steps_of(&r, 151);
	is_whole(&steps, 100, 151);
	cr_expect_eq(slow_longest(&steps)->what, what);
}

Test(slow, one_that_was_not_answered_was_where_its_deadline_found_it)
{
	ends_in(PHASE_WAITING, STEP_LANE);
	ends_in(PHASE_BLOCKED, STEP_BLOCKED);
	ends_in(PHASE_QUEUED, STEP_WINDOW);
	ends_in(PHASE_SENT, STEP_NODE);
}

Test(slow, what_dtreed_carries_out_is_no_wait)
{
	struct request r = {.kind = &sent_kind,
	                    .at = {.submitted = 100, .answered = 150, .phase = PHASE_WAITING}};
	struct steps steps = steps_of(&r, 150);

	is_whole(&steps, 100, 150);
	cr_expect_eq(slow_longest(&steps)->what, STEP_CONTROL);
}

static struct steps done_for_it(void)
{
	struct steps steps = {0};

	steps_add(&steps, STEP_END, 90, 102, 1, 0);
	steps_add(&steps, STEP_SPAWN, 110, 120, 4711, 0);
	steps_add(&steps, STEP_JOIN, 125, 148, 4711, 0);
	return steps;
}

Test(slow, what_was_done_for_it_is_in_steps)
{
	static const enum step_what in_order[] = {STEP_END,  STEP_CONTROL, STEP_SPAWN, STEP_CONTROL,
	                                          STEP_JOIN, STEP_CONTROL, STEP_ORDER};
	const struct steps done = done_for_it();
	struct request r = {
	    .kind = &sent_kind,
	    .at = {.submitted = 100, .ready = 149, .answered = 150, .phase = PHASE_WAITING}};
	struct steps steps;

	change_steps_keep(&r, &done);
	steps = steps_of(&r, 151);
	is_whole(&steps, 100, 151);
	cr_assert_eq(steps.count, ARRAY_SIZE(in_order));
	for (size_t i = 0; i < steps.count; i++)
		cr_expect_eq(steps.items[i].what, in_order[i]);
	cr_expect_eq(slow_longest(&steps)->what, STEP_JOIN);
	/* What was over before its turn came was done for others; until then it was blocked. */
	r.at.started = 103;
	r.at.ready = 109;
	change_steps_keep(&r, &done);
	steps = steps_of(&r, 151);
	is_whole(&steps, 100, 151);
	cr_expect_eq(steps.items[0].what, STEP_LANE);
	cr_expect_eq(steps.items[1].what, STEP_BLOCKED);
	cr_expect_eq(steps.items[3].what, STEP_SPAWN);
	change_steps_keep(&r, &(struct steps){0});
	cr_assert_null(r.did);
}

static void says(const struct request *r, enum step_what what, const struct slow_known *known,
                 const char *part)
{
	char why[SLOW_WHY_SIZE];

	slow_why(r, what, known, why);
	cr_expect(strstr(why, part), "'%s' has no '%s'", why, part);
}

Test(slow, the_reason_is_told_in_words)
{
	struct request r = whole();
	struct slow_known known = {.service = "calc"};

	says(&r, STEP_PROGRAM, &known, "the program of the service calc of node 7");
	says(&r, STEP_SERVICE, &known, "the service calc of node 7");
	says(&r, STEP_BLOCKED, &known, "processes of nodes had to start or end");
	says(&r, STEP_SPAWN, &known, "the process of node 7 had to be made");
	says(&r, STEP_RECORD, &known, "the registry had to be written");
	says(&r, STEP_JOIN, &known, "the process of node 7 had to start and to join");
	says(&r, STEP_DRAIN, &known, "node 7 had to answer what it was asked before");
	says(&r, STEP_END, &known, "the process of node 7, or of one below it, had to end");
	says(&r, STEP_ERASE, &known, "the data of node 7, or of one below it, had to be removed");
	r.kind = &behind_barriers;
	says(&r, STEP_BLOCKED, &known, "changes of nodes");
	r.at.waits = "restarting";
	says(&r, STEP_BLOCKED, &known, "node 7 was restarting");
	r.at.behind_of = 3;
	says(&r, STEP_WINDOW, &known, "behind 5 requests of 3 sessions");
	r.at.own = true;
	says(&r, STEP_WINDOW, &known, "behind 5 requests of its own session");
	r.at.before = 4;
	r.at.before_of = 2;
	says(&r, STEP_QUEUE, &known, "busy, behind 4 requests of 2 sessions");
	says(&r, STEP_COMMIT, &known, "disk");
	says(&r, STEP_READ, &known, "dtreed");
	says(&r, STEP_ORDER, &known, "earlier requests of its session");
	says(&r, STEP_NODE, &known, "has not answered; it had 4 requests of 2 sessions before");
	known.silent_ms = 40;
	says(&r, STEP_LINK_UP, &known, "lost or silent for 40 ms");
	known.moves = 2;
	says(&r, STEP_LINK_DOWN, &known, "2 times");
	known.pid = 11;
	known.stopped = 6;
	says(&r, STEP_NODE, &known, "process 11 of node 6 is stopped");
}

Test(slow, the_newest_and_the_slowest_are_kept)
{
	struct slow_log *log = slow_log_new(5);
	uint64_t count = 3 * SLOW_NEWEST;

	for (uint64_t i = 0; i < count; i++)
		slow_log_add(log, &(struct slow_request){.id = i, .ns = i % 2 ? 1000 - i : i});
	cr_assert_eq(slow_log_ms(log), 5);
	cr_assert_eq(slow_log_count(log), count);
	for (size_t i = 0; i < SLOW_NEWEST; i++)
		cr_assert_eq(slow_log_newest(log, i)->id, count - SLOW_NEWEST + i);
	cr_assert_null(slow_log_newest(log, SLOW_NEWEST));
	for (size_t i = 0; i < SLOW_SLOWEST; i++)
		cr_assert_eq(slow_log_slowest(log, i)->ns, 999 - 2 * i);
	cr_assert_null(slow_log_slowest(log, SLOW_SLOWEST));
	slow_log_free(log);
}

static size_t slow_count;

static void count_slow(struct controller *c, struct request *r, uint64_t now)
{
	(void)c;
	cr_assert_geq(now, r->at.answered);
	cr_assert_eq(r->at.phase, PHASE_SENT);
	slow_count++;
}

Test(slow, only_what_took_so_long_is_told, .init = set_up, .fini = tear_down)
{
	struct request *r;

	finish(ask(&later, 1));
	turn();
	requests_tell_slow(all, 50, count_slow);
	finish(ask(&later, 2));
	turn();
	cr_assert_eq(slow_count, 0);
	r = ask(&later, 3);
	r->at.submitted -= 60 * 1000000;
	finish(r);
	turn();
	cr_assert_eq(slow_count, 1);
	session->read = clock_ns();
	r = ask(&later, 4);
	session->read = 0;
	r->at.read -= 60 * 1000000;
	finish(r);
	turn();
	cr_assert_eq(slow_count, 2);
	cr_assert_eq(told_count, 4);
}

static size_t watch_count;
static struct request *looked[8];
static size_t looked_count;
static bool look_goes_on;

static void count_watch(struct controller *c)
{
	(void)c;
	watch_count++;
}

static bool note_look(struct controller *c, struct request *r)
{
	(void)c;
	looked[looked_count++ % ARRAY_SIZE(looked)] = r;
	return look_goes_on;
}

Test(slow, a_watch_begins_with_the_first_request_and_ends_when_none_is_left, .init = set_up,
     .fini = tear_down)
{
	requests_watch(all, count_watch);
	finish(ask(&later, 1));
	/* None is slow. */
	cr_assert_eq(watch_count, 0);
	requests_tell_slow(all, 3600000, count_slow);
	finish(ask(&later, 1));
	finish(ask(&later, 2));
	cr_assert_eq(watch_count, 1);
	turn();
	cr_assert_eq(requests_look(all, 50, note_look), 0);
	finish(ask(&later, 3));
	cr_assert_eq(watch_count, 2);
	turn();
	cr_assert_eq(looked_count, 0);
}

Test(slow, those_that_are_so_old_are_looked_at, .init = set_up, .fini = tear_down)
{
	struct request *old = ask(&later, 1);
	struct request *answered = ask(&later, 2);
	struct request *own = request_submit(all, NULL, &(struct request_spec){.kind = &later});
	struct request *young = ask(&later, 3);
	int64_t ms;

	requests_watch(all, count_watch);
	old->at.submitted -= UINT64_C(3600) * 1000000000;
	answered->at.submitted -= UINT64_C(3600) * 1000000000;
	own->at.submitted -= UINT64_C(3600) * 1000000000;
	finish(answered);
	ms = requests_look(all, 60000, note_look);
	cr_expect_gt(ms, 0);
	cr_expect_leq(ms, 60001);
	cr_assert_eq(looked_count, 1);
	cr_assert_eq(looked[0], old);
	look_goes_on = true;
	cr_assert_eq(requests_look(all, 60000, note_look), 1);
	/* All are looked at, and no younger one is there. */
	look_goes_on = false;
	young->at.submitted -= UINT64_C(3600) * 1000000000;
	cr_assert_eq(requests_look(all, 60000, note_look), 0);
	cr_assert_eq(looked_count, 4);
	finish(old);
	finish(own);
	finish(young);
	turn();
}
