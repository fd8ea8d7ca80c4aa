/* Outcomes are told from the loop, never from inside a call. */
#include "controller/request/test/request_fixture.h"

#include <criterion/criterion.h>

TestSuite(completion, .timeout = 60);

/* Ways in which a request comes to its end inside a call. */

static void ends_as_it_starts(void)
{
	ask(&at_once, 1);
}

static void is_finished(void)
{
	finish(ask(&later, 1));
}

static void is_finished_large(void)
{
	struct request *r = ask(&later, 1);

	buffer_add(&r->result, "large", sizeof "large" - 1);
	request_finish_large(all, r, &(struct outcome){.id = NODE});
}

static void fails(void)
{
	struct error err;

	error_set(&err, ERR_SERVICE, "no");
	request_fail(all, ask(&later, 1), &err);
}

static void is_refused(void)
{
	struct error err;

	error_set(&err, ERR_PARAMS, "no such service");
	request_submit(all, session,
	               &(struct request_spec){
	                   .kind = &later, .refusal = &err, .done = note, .arg = (void *)1});
}

static void is_too_large(void)
{
	request_submit(all, session,
	               &(struct request_spec){.kind = &later,
	                                      .args = "",
	                                      .size = REQUESTS_BYTES_MAX + 1,
	                                      .done = note,
	                                      .arg = (void *)1});
}

static void never(void *arg)
{
	(void)arg;
}

static void comes_too_late(void)
{
	requests_close(all, never, NULL);
	ask(&later, 1);
}

static void is_cancelled(void)
{
	ask(&later, 1);
	cr_assert(request_cancel(all, session, (void *)1));
}

static void is_cancelled_in_its_lane(void)
{
	struct request *first = ask(&barrier, 2);

	ask(&later, 1);
	cr_assert(request_cancel(all, session, (void *)1));
	first->done = NULL;
	finish(first);
}

static void is_known_already(void)
{
	request_tell(all, session, note, (void *)1, &(struct outcome){0});
}

static void starts_as_another_ends(void)
{
	struct request *list = NULL;
	struct request *r = ask(&later, 1);

	request_move(r, &list);
	finish(r);
	requests_restart(all, &list);
}

static void (*const ends[])(void) = {
    ends_as_it_starts,
    is_finished,
    is_finished_large,
    fails,
    is_refused,
    is_too_large,
    comes_too_late,
    is_cancelled,
    is_known_already,
    is_cancelled_in_its_lane,
    starts_as_another_ends,
};

Test(completion, nothing_is_told_inside_a_call)
{
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		set_up();
		told_count = 0;
		ends[i]();
		cr_assert_eq(told_count, 0, "%zu", i);
		turn();
		cr_assert_eq(told_count, 1, "%zu: told %zu times", i, told_count);
		turn();
		cr_assert_eq(told_count, 1);
		cr_assert_eq(requests_count(all), 0, "%zu", i);
		tear_down();
	}
}

static void ask_in_turn(struct ev_loop *on, ev_prepare *prepare, int revents)
{
	(void)on;
	(void)prepare;
	(void)revents;
	if (!requests_count(all) && !told_count)
		ask(&at_once, 1);
}

static size_t told_by_then;

static void look_in_turn(struct ev_loop *on, ev_prepare *prepare, int revents)
{
	(void)on;
	(void)prepare;
	(void)revents;
	told_by_then = told_count;
}

Test(completion, what_comes_and_ends_in_a_turn_is_told_in_it, .init = set_up, .fini = tear_down)
{
	ev_prepare asks;
	ev_prepare looks;

	/* As the control socket reads, and as it writes. */
	ev_prepare_init(&asks, ask_in_turn);
	ev_set_priority(&asks, EV_MAXPRI);
	ev_prepare_start(loop, &asks);
	ev_prepare_init(&looks, look_in_turn);
	ev_prepare_start(loop, &looks);
	turn();
	cr_assert_eq(told_by_then, 1);
	ev_prepare_stop(loop, &asks);
	ev_prepare_stop(loop, &looks);
}

static size_t more;

static void ask_again(void *arg, const struct outcome *outcome)
{
	note(arg, outcome);
	if (more && more--)
		request_submit(
		    all, session,
		    &(struct request_spec){.kind = &at_once, .node = NODE, .done = ask_again});
	/* Not from inside that call either. */
	told[told_count - 1].who = told_count;
}

Test(completion, a_callback_asks_and_is_answered_in_the_same_turn, .init = set_up,
     .fini = tear_down)
{
	more = 10;
	request_tell(all, session, ask_again, NULL, &(struct outcome){0});
	turn();
	cr_assert_eq(told_count, 11);
	for (size_t i = 0; i < told_count; i++)
		cr_assert_eq(told[i].who, i + 1);
}

static void too_late(struct ev_loop *late, ev_timer *timer, int revents)
{
	(void)late;
	(void)timer;
	(void)revents;
	cr_assert_fail("the loop waits though something is to be told");
}

Test(completion, who_asks_again_and_again_does_not_hold_up_the_loop, .init = set_up,
     .fini = tear_down)
{
	ev_timer limit;

	more = 2 * COMPLETIONS_TURN;
	request_tell(all, session, ask_again, NULL, &(struct outcome){0});
	turn();
	cr_assert_eq(told_count, COMPLETIONS_TURN);
	/* It does not wait with the rest under way, and nothing else would wake it. */
	ev_timer_init(&limit, too_late, 5., 0.);
	ev_timer_start(loop, &limit);
	ev_run(loop, EVRUN_ONCE);
	cr_assert_eq(told_count, 2 * COMPLETIONS_TURN);
	ev_timer_stop(loop, &limit);
	turn();
	cr_assert_eq(told_count, 2 * COMPLETIONS_TURN + 1);
}

static void close_session(void *arg, const struct outcome *outcome)
{
	note(arg, outcome);
	requests_session_close(all, session);
}

Test(completion, a_callback_that_closes_its_session_is_the_last, .init = set_up, .fini = tear_down)
{
	struct request *last;

	request_submit(all, session,
	               &(struct request_spec){.kind = &at_once,
	                                      .node = NODE,
	                                      .in_lane = true,
	                                      .done = close_session,
	                                      .arg = (void *)1});
	ask(&at_once, 2);
	ask(&brief_barrier, 3);
	last = ask(&later, 4);
	turn();
	cr_assert_eq(told_count, 1);
	cr_assert_eq(requests_sessions(all), 0);
	/* What it had under way runs on. */
	cr_assert_eq(requests_count(all), 1);
	finish(last);
	turn();
	cr_assert_eq(requests_count(all), 0);
	cr_assert_eq(told_count, 1);
}

static void cancel_two(void *arg, const struct outcome *outcome)
{
	note(arg, outcome);
	cr_assert(request_cancel(all, session, (void *)2));
	cr_assert(!request_cancel(all, session, (void *)2), "it is cancelled already");
	cr_assert_eq(told_count, 1);
}

Test(completion, a_callback_cancels_another, .init = set_up, .fini = tear_down)
{
	struct request *first = request_submit(all, session,
	                                       &(struct request_spec){.kind = &later,
	                                                              .node = NODE,
	                                                              .in_lane = true,
	                                                              .done = cancel_two,
	                                                              .arg = (void *)1});

	ask(&later, 2);
	finish(first);
	turn();
	cr_assert_eq(told_count, 2);
	assert_told(1, 2, ERR_CANCELLED);
}

static void settle_first(void *arg, const struct outcome *outcome)
{
	note(arg, outcome);
	cr_assert_eq(outcome->result[0], '6');
	request_settle(all, request_find(all, (uint64_t)(uintptr_t)arg));
	cr_assert_eq(outcome->result[0], '6', "it is there until the callback returns");
}

Test(completion, its_node_may_be_done_with_it_inside_its_callback, .init = set_up,
     .fini = tear_down)
{
	struct request *r = request_submit(
	    all, session, &(struct request_spec){.kind = &later, .node = NODE, .in_lane = true});

	r->done = settle_first;
	r->arg = (void *)(uintptr_t)r->id;
	r->at_node = true;
	request_finish(all, r, &(struct outcome){.result = "6", .result_size = 1});
	turn();
	cr_assert_eq(told_count, 1);
	cr_assert_eq(requests_count(all), 0);
}

static struct request *before;

/* As a kill does with what the node was asked. */
static void start_and_settle(struct controller *c, struct request *r)
{
	(void)c;
	request_settle(all, before);
	finish(r);
}

Test(completion, its_node_may_be_done_with_it_as_what_is_behind_starts, .init = set_up,
     .fini = tear_down)
{
	static const struct request_kind kill = {
	    .name = "kill", .barrier = true, .start = start_and_settle, .expire = expire};

	before = ask(&later, 1);
	before->at_node = true;
	ask(&kill, 2);
	finish(before);
	turn();
	assert_told(0, 1, ERR_NONE);
	assert_told(1, 2, ERR_NONE);
	cr_assert_eq(requests_count(all), 0);
}

static size_t idles;

static void idle(void *arg)
{
	(void)arg;
	idles++;
}

Test(completion, idle_is_called_from_the_loop, .init = set_up, .fini = tear_down)
{
	struct request *r = ask(&later, 1);

	r->at_node = true;
	finish(r);
	turn();
	requests_close(all, idle, NULL);
	request_settle(all, r);
	cr_assert_eq(idles, 0);
	turn();
	cr_assert_eq(idles, 1);
	requests_close(all, idle, NULL);
	cr_assert_eq(idles, 1);
	turn();
	cr_assert_eq(idles, 2);
}
