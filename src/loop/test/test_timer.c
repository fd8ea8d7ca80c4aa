/* Timers: when they call, how often, and what stops them. */
#include "loop/timer.h"

#include <criterion/criterion.h>

#include "base/clock.h"

TestSuite(timer, .timeout = 60);

struct fixture {
	struct ev_loop *loop;
	struct timer timer;
	unsigned calls;
	unsigned stop_after; /* calls; 0: never */
};

static void on_time(void *arg)
{
	struct fixture *f = arg;

	if (++f->calls == f->stop_after)
		timer_stop(&f->timer);
}

static struct fixture *set_up(struct fixture *f)
{
	*f = (struct fixture){.loop = ev_loop_new(EVFLAG_AUTO)};
	timer_init(&f->timer, f->loop, on_time, f);
	return f;
}

Test(timer, calls_once_and_not_before_its_time)
{
	struct fixture fixture;
	struct fixture *f = set_up(&fixture);
	int64_t began = clock_ms();

	cr_assert(!timer_runs(&f->timer));
	timer_start(&f->timer, 50);
	cr_assert(timer_runs(&f->timer));
	/* Returns when nothing is waited for any more. */
	ev_run(f->loop, 0);
	cr_assert_eq(f->calls, 1);
	cr_assert_geq(clock_ms() - began, 49);
	cr_assert(!timer_runs(&f->timer));
	ev_loop_destroy(f->loop);
}

Test(timer, counts_from_now_and_not_from_when_the_loop_began_to_turn)
{
	struct fixture fixture;
	struct fixture *f = set_up(&fixture);
	int64_t began;

	ev_run(f->loop, EVRUN_NOWAIT);
	for (began = clock_ms(); clock_ms() - began < 100;)
		; /* a long turn */
	began = clock_ms();
	timer_start(&f->timer, 50);
	ev_run(f->loop, 0);
	cr_assert_geq(clock_ms() - began, 49);
	ev_loop_destroy(f->loop);
}

Test(timer, that_runs_begins_anew)
{
	struct fixture fixture;
	struct fixture *f = set_up(&fixture);
	int64_t began = clock_ms();

	timer_start(&f->timer, 3600000);
	timer_start(&f->timer, -1);
	ev_run(f->loop, 0);
	cr_assert_eq(f->calls, 1);
	cr_assert_lt(clock_ms() - began, 3600000);
	ev_loop_destroy(f->loop);
}

Test(timer, repeats_until_it_is_stopped)
{
	struct fixture fixture;
	struct fixture *f = set_up(&fixture);

	f->stop_after = 3;
	timer_repeat(&f->timer, 1);
	ev_run(f->loop, 0);
	cr_assert_eq(f->calls, 3);
	cr_assert(!timer_runs(&f->timer));
	ev_loop_destroy(f->loop);
}

Test(timer, that_repeats_goes_on_as_it_is)
{
	struct fixture fixture;
	struct fixture *f = set_up(&fixture);
	ev_tstamp left;

	timer_repeat(&f->timer, 1000);
	left = ev_timer_remaining(f->loop, &f->timer.watch);
	timer_repeat(&f->timer, 3600000);
	cr_assert_leq(ev_timer_remaining(f->loop, &f->timer.watch), left);
	timer_stop(&f->timer);
	ev_loop_destroy(f->loop);
}

Test(timer, that_is_stopped_does_not_call)
{
	struct timer zeroed = {0};
	struct fixture fixture;
	struct fixture *f = set_up(&fixture);

	timer_stop(&zeroed);
	timer_start(&f->timer, 0);
	timer_stop(&f->timer);
	cr_assert(!timer_runs(&f->timer));
	ev_run(f->loop, 0);
	cr_assert_eq(f->calls, 0);
	ev_loop_destroy(f->loop);
}
