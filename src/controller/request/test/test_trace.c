/* What is kept of a traced request, and what is told of it. */
#include "controller/request/trace.h"

#include <criterion/criterion.h>

#include "base/clock.h"
#include "controller/request/change_steps.h"
#include "controller/request/session.h"
#include "controller/request/test/request_fixture.h"

TestSuite(trace, .init = set_up, .fini = tear_down, .timeout = 60);

static struct outcome_trace heard;
static struct visit visits[TRACE_VISITS_MAX];

static void hear(void *arg, const struct outcome *outcome)
{
	(void)arg;
	heard = outcome->trace;
	for (size_t i = 0; i < heard.count; i++)
		visits[i] = heard.visits[i];
}

static struct request *ask_traced(void)
{
	struct request *r;

	session->traces = true;
	r = ask(&later, 1);
	r->done = hear;
	return r;
}

Test(trace, only_what_was_asked_next_is_traced)
{
	struct request *r = ask_traced();

	cr_assert(r->trace);
	cr_assert_null(ask(&later, 2)->trace);
}

Test(trace, dtreeds_own_visit_is_the_first)
{
	struct request *r = ask_traced();
	uint64_t id = r->id;

	request_trace_add(r, &(struct visit){.node = NODE});
	finish(r);
	turn();
	cr_assert_eq(heard.count, 2);
	cr_expect_eq(heard.request, id);
	cr_expect_eq(visits[0].node, SPAN_DTREED);
	cr_expect_gt(visits[0].in, 0);
	cr_expect_leq(visits[0].in, visits[0].back);
	cr_expect_leq(visits[0].back, visits[0].out);
	cr_expect_eq(visits[1].node, NODE);
}

Test(trace, what_waited_for_its_turn_says_so)
{
	struct request *before = ask(&barrier, 1);
	struct request *r = ask_traced();

	finish(before);
	turn();
	finish(r);
	turn();
	cr_assert_eq(heard.count, 1);
	cr_assert_eq(visits[0].steps.count, 1);
	cr_expect_eq(visits[0].steps.items[0].what, STEP_LANE);
}

Test(trace, so_does_one_that_failed_before_its_turn_came)
{
	struct request *before = ask(&barrier, 1);
	struct request *r = ask_traced();
	struct error err;

	error_set(&err, ERR_CANCELLED, "a test");
	request_fail(all, r, &err);
	finish(before);
	turn();
	cr_assert_eq(heard.count, 1);
	cr_assert_geq(visits[0].steps.count, 1);
	cr_expect_eq(visits[0].steps.items[0].what, STEP_LANE);
	cr_expect_eq(visits[0].steps.items[0].end, visits[0].back);
}

Test(trace, what_was_done_for_it_is_told)
{
	struct request *r = ask_traced();
	uint64_t now = clock_ns();
	struct steps steps = {0};

	steps_add(&steps, STEP_SPAWN, r->at.submitted, now + 1, 4711, 0);
	steps_add(&steps, STEP_JOIN, now + 1, now + 2, 4711, 0);
	change_steps_keep(r, &steps);
	finish(r);
	turn();
	cr_assert_eq(visits[0].steps.count, 2);
	cr_expect_eq(visits[0].steps.items[0].what, STEP_SPAWN);
	cr_expect_eq(visits[0].steps.items[1].what, STEP_JOIN);
	cr_expect_eq(visits[0].steps.items[1].a, 4711);
}

Test(trace, of_very_many_visits_the_last_are_kept)
{
	struct request *r = ask_traced();

	for (int i = 0; i < 10 * TRACE_VISITS_MAX; i++)
		request_trace_add(r, &(struct visit){.node = i});
	finish(r);
	turn();
	cr_assert_eq(heard.count, TRACE_VISITS_MAX);
	cr_expect_eq(visits[0].node, SPAN_DTREED);
	for (size_t i = 1; i < heard.count; i++)
		cr_expect_gt(visits[i].node, 9 * TRACE_VISITS_MAX);
}

Test(trace, one_that_is_not_traced_keeps_nothing)
{
	struct request *r = ask(&later, 1);

	request_trace_add(r, &(struct visit){.node = NODE});
	cr_assert_null(r->trace);
}
