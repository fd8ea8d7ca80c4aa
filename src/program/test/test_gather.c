/* What comes often is left for a moment, and nothing else is. */
#include "program/gather.h"

#include <criterion/criterion.h>

static struct ev_loop *loop;
static struct gather gather;
static int called;

static void on_over(void *arg)
{
	(void)arg;
	called++;
	ev_break(loop, EVBREAK_ONE);
}

static void gather_set_up(void)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	gather_init(&gather, loop, on_over, NULL);
}

static void gather_tear_down(void)
{
	gather_close(&gather);
	ev_loop_destroy(loop);
}

TestSuite(gather, .init = gather_set_up, .fini = gather_tear_down, .timeout = 60);

Test(gather, the_first_waits_for_nothing)
{
	cr_assert_not(gather_begin(&gather, false));
	cr_assert_eq(gather.fd, -1);
}

/* The loop's time stands still between the two. */
Test(gather, what_comes_again_at_once_is_left_until_it_is_told)
{
	gather_begin(&gather, false);
	cr_assert(gather_begin(&gather, false));
	ev_run(loop, 0);
	cr_assert_eq(called, 1);
}

Test(gather, it_is_told_once_for_each_time)
{
	gather_begin(&gather, false);
	for (int i = 1; i <= 3; i++) {
		while (!gather_begin(&gather, false))
			;
		ev_run(loop, 0);
		cr_assert_eq(called, i);
	}
	/* Nothing is left that the loop would wait for. */
	ev_run(loop, 0);
	cr_assert_eq(called, 3);
}

Test(gather, what_comes_seldom_waits_for_nothing)
{
	gather_begin(&gather, false);
	gather.last -= 0.001;
	cr_assert_not(gather_begin(&gather, false));
}

Test(gather, where_little_comes_it_is_left_for_longer_up_to_a_bound)
{
	const long least = gather.leave;
	long most = least;

	gather_begin(&gather, true);
	cr_assert_eq(gather.leave, least, "the first is no measure");
	for (int i = 0; i < 20; i++) {
		cr_assert(gather_begin(&gather, true));
		cr_assert_geq(gather.leave, most);
		most = gather.leave;
	}
	cr_assert_geq(most, 4 * least);
	cr_assert_leq(most, 500000);
	cr_assert(gather_begin(&gather, false));
	cr_assert_lt(gather.leave, most);
	for (int i = 0; i < 20; i++)
		gather_begin(&gather, false);
	cr_assert_eq(gather.leave, least);
}

Test(gather, little_once_is_no_reason_to_leave_it_for_longer)
{
	const long least = gather.leave;

	gather_begin(&gather, false);
	gather_begin(&gather, false);
	for (int i = 0; i < 20; i++) {
		gather_begin(&gather, true);
		gather_begin(&gather, false);
		cr_assert_eq(gather.leave, least);
	}
}

Test(gather, what_was_left_for_longer_is_no_sign_that_it_comes_seldom)
{
	gather_begin(&gather, true);
	for (int i = 0; i < 20; i++)
		gather_begin(&gather, true);
	gather.last -= (double)gather.leave * 1e-9;
	cr_assert(gather_begin(&gather, true));
	gather.last -= 0.001;
	cr_assert_not(gather_begin(&gather, true));
	cr_assert(gather_begin(&gather, false));
	cr_assert_leq(gather.leave, 50000, "what comes seldom begins anew");
}

Test(gather, what_is_stopped_is_not_told)
{
	gather_begin(&gather, false);
	cr_assert(gather_begin(&gather, false));
	gather_stop(&gather);
	ev_run(loop, 0);
	cr_assert_eq(called, 0);
}
