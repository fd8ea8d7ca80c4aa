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
	cr_assert_not(gather_begin(&gather));
	cr_assert_eq(gather.fd, -1);
}

/* The loop's time stands still between the two. */
Test(gather, what_comes_again_at_once_is_left_until_it_is_told)
{
	gather_begin(&gather);
	cr_assert(gather_begin(&gather));
	ev_run(loop, 0);
	cr_assert_eq(called, 1);
}

Test(gather, it_is_told_once_for_each_time)
{
	gather_begin(&gather);
	for (int i = 1; i <= 3; i++) {
		while (!gather_begin(&gather))
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
	gather_begin(&gather);
	gather.last -= 0.001;
	cr_assert_not(gather_begin(&gather));
}

Test(gather, what_is_stopped_is_not_told)
{
	gather_begin(&gather);
	cr_assert(gather_begin(&gather));
	gather_stop(&gather);
	ev_run(loop, 0);
	cr_assert_eq(called, 0);
}
