/* The timers of silences: a silence is reported once, in time, and not by a watcher that was
 * stopped. */
#include "link/lookout.h"

#include <criterion/criterion.h>

#include "base/clock.h"
#include "link/test/fake_clock.h"

#define INTERVAL 30

static struct ev_loop *loop;
static struct lookout lookout;
static struct silence one;
static struct silence other;
static const struct silence *told[8];
static int tells;
static int ticks;
static struct silence *speaks; /* when `hear` is called */

static void on_tick(void *arg)
{
	(void)arg;
	ticks++;
}

static void on_hear(void *arg)
{
	(void)arg;
	if (speaks)
		lookout_heard(&lookout, speaks);
}

static void on_silent(void *arg, struct silence *s)
{
	(void)arg;
	told[tells++ % 8] = s;
}

static void set_up(void)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	lookout = (struct lookout){.tell = on_tick, .hear = on_hear, .silent = on_silent};
	lookout_start(&lookout, loop);
}

static void tear_down(void)
{
	lookout_stop(&lookout);
	ev_loop_destroy(loop);
}

TestSuite(lookout, .init = set_up, .fini = tear_down, .timeout = 60);

static void run_until_told(int count)
{
	while (tells < count)
		ev_run(loop, EVRUN_ONCE);
}

Test(lookout, a_silence_is_told_once_and_not_before_its_time)
{
	int64_t begin;

	lookout_interval(&lookout, INTERVAL);
	begin = clock_ms();
	lookout_heard(&lookout, &one);
	run_until_told(1);
	cr_assert_eq(told[0], &one);
	cr_assert_geq(clock_ms() - begin, HEARTBEAT_PATIENCE * INTERVAL);
	lookout_heard(&lookout, &other);
	run_until_told(2);
	cr_assert_eq(told[1], &other, "one is told again");
}

Test(lookout, one_that_speaks_again_is_looked_out_for_again)
{
	lookout_interval(&lookout, INTERVAL);
	lookout_heard(&lookout, &one);
	run_until_told(1);
	lookout_heard(&lookout, &one);
	run_until_told(2);
	cr_assert_eq(told[1], &one);
}

Test(lookout, what_has_come_is_heard_before_anybody_is_called_silent)
{
	lookout_interval(&lookout, INTERVAL);
	lookout_heard(&lookout, &one);
	lookout_heard(&lookout, &other);
	speaks = &one;
	run_until_told(1);
	cr_assert_eq(told[0], &other);
}

Test(lookout, a_watcher_that_was_held_up_calls_nobody_silent)
{
	lookout_interval(&lookout, INTERVAL);
	lookout_heard(&lookout, &one);
	ev_run(loop, EVRUN_ONCE);
	fake_clock_advance(8 * INTERVAL);
	ev_run(loop, EVRUN_ONCE);
	cr_assert_eq(tells, 0);
	run_until_told(1);
}

Test(lookout, who_is_ignored_is_not_told)
{
	lookout_interval(&lookout, INTERVAL);
	lookout_heard(&lookout, &one);
	lookout_ignore(&lookout, &one);
	lookout_ignore(&lookout, &one);
	lookout_heard(&lookout, &other);
	run_until_told(1);
	cr_assert_eq(told[0], &other);
}

Test(lookout, setting_the_interval_again_and_again_hides_no_silence)
{
	int64_t begin;

	lookout_interval(&lookout, INTERVAL);
	lookout_heard(&lookout, &one);
	begin = clock_ms();
	for (int i = 0; !tells; i++) {
		lookout_interval(&lookout, i % 2 ? INTERVAL : INTERVAL - 1);
		ev_run(loop, EVRUN_NOWAIT);
		fake_clock_advance(1);
		cr_assert_lt(clock_ms() - begin, 30000);
	}
	cr_assert_geq(clock_ms() - begin, HEARTBEAT_PATIENCE * (INTERVAL - 1));
}

static void on_again(struct ev_loop *l, ev_timer *again, int revents)
{
	(void)l;
	(void)again;
	(void)revents;
	lookout_interval(&lookout, INTERVAL);
}

Test(lookout, setting_the_interval_again_does_not_keep_the_tick_from_coming)
{
	ev_timer again;

	lookout_interval(&lookout, INTERVAL);
	ev_timer_init(&again, on_again, 0.001, 0.001);
	ev_timer_start(loop, &again);
	while (ticks < 3)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &again);
}

Test(lookout, without_an_interval_nobody_is_silent)
{
	lookout_interval(&lookout, INTERVAL);
	lookout_heard(&lookout, &one);
	lookout_interval(&lookout, 0);
	fake_clock_advance(6 * INTERVAL);
	cr_assert_not(ev_is_active(&lookout.tick));
	cr_assert_not(ev_is_active(&lookout.look));
	ev_run(loop, EVRUN_NOWAIT);
	cr_assert_eq(tells + ticks, 0);
	lookout_interval(&lookout, INTERVAL);
	run_until_told(1);
}
