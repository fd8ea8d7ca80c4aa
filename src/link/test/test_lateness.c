/* The clock that counts silences, and the patience of a late watcher. */
#include "link/lateness.h"

#include <criterion/criterion.h>

#define INTERVAL 50

static struct lateness watcher;
static struct silence other;
static int64_t now;

static void set_up(void)
{
	watcher = (struct lateness){0};
	other = (struct silence){0};
	now = 1000000;
	lateness_wake(&watcher, now, 0);
	lateness_sleep(&watcher, now + INTERVAL);
	silence_end(&other, &watcher, now);
}

TestSuite(lateness, .init = set_up, .timeout = 60);

/* The watcher wakes after `ms`, `late` ms too late, and sleeps for an interval. */
static void pass(int64_t ms, int64_t late, int64_t deaf)
{
	lateness_sleep(&watcher, now + ms - late);
	now += ms;
	lateness_wake(&watcher, now, deaf);
	lateness_sleep(&watcher, now + INTERVAL);
}

static int64_t left(void)
{
	return silence_left(&other, &watcher, INTERVAL, now);
}

Test(lateness, a_silence_of_four_intervals_is_a_loss_to_the_millisecond)
{
	for (int i = 1; i < HEARTBEAT_PATIENCE; i++)
		pass(INTERVAL, 0, 0);
	cr_assert_eq(left(), INTERVAL);
	now += INTERVAL - 1;
	cr_assert_eq(left(), 1);
	now++;
	cr_assert_eq(left(), 0);
}

Test(lateness, what_the_watcher_slept_too_long_is_no_silence)
{
	pass(INTERVAL + 100000, 100000, 0);
	cr_assert_eq(left(), 3 * INTERVAL + LATENESS_MOST_MS);
}

Test(lateness, what_the_watcher_could_not_read_is_no_silence)
{
	pass(INTERVAL, 0, INTERVAL - 10);
	cr_assert_eq(left(), 4 * INTERVAL - 10 + (INTERVAL - 10));
}

Test(lateness, being_deaf_for_longer_than_awake_takes_nothing_back)
{
	pass(INTERVAL, 0, 10000);
	cr_assert_eq(lateness_clock(&watcher, now), lateness_clock(&watcher, now - 1));
	cr_assert_eq(left(), 4 * INTERVAL + LATENESS_MOST_MS);
}

Test(lateness, the_clock_stands_still_past_the_time_to_wake)
{
	int64_t due = lateness_clock(&watcher, now + INTERVAL);

	cr_assert_eq(lateness_clock(&watcher, now + INTERVAL + 1), due);
	cr_assert_eq(lateness_clock(&watcher, now + 1000 * INTERVAL), due);
}

Test(lateness, the_clock_runs_while_the_watcher_is_awake)
{
	int64_t then = lateness_clock(&watcher, now);

	lateness_wake(&watcher, now, 0);
	cr_assert_eq(lateness_clock(&watcher, now + 777), then + 777);
}

Test(lateness, lateness_stretches_patience_and_is_forgotten)
{
	int64_t before = lateness_patience(&watcher, INTERVAL, 0, now);

	pass(INTERVAL + 80, 80, 0);
	cr_assert_eq(lateness_ms(&watcher, now), 80);
	cr_assert_eq(lateness_patience(&watcher, INTERVAL, 0, now), before + 80);
	cr_assert_eq(lateness_ms(&watcher, now + LATENESS_HALF_MS), 40);
	cr_assert_eq(lateness_patience(&watcher, INTERVAL, 0, now + 100 * LATENESS_HALF_MS),
	             before);
}

Test(lateness, a_smaller_lateness_does_not_hide_a_larger_one)
{
	pass(INTERVAL + 80, 80, 0);
	pass(INTERVAL + 5, 5, 0);
	cr_assert_eq(lateness_ms(&watcher, now), 80);
	pass(INTERVAL + 90, 90, 0);
	cr_assert_eq(lateness_ms(&watcher, now), 90);
}

Test(lateness, what_the_other_says_of_its_lateness_counts_too)
{
	cr_assert_eq(lateness_patience(&watcher, INTERVAL, 70, now), 4 * INTERVAL + 70);
	pass(INTERVAL + 80, 80, 0);
	cr_assert_eq(lateness_patience(&watcher, INTERVAL, 70, now), 4 * INTERVAL + 80);
}

Test(lateness, patience_has_an_end_whatever_is_said)
{
	pass(1000000, 900000, 0);
	cr_assert_eq(lateness_patience(&watcher, INTERVAL, INT64_MAX, now),
	             4 * INTERVAL + LATENESS_MOST_MS);
	cr_assert_eq(lateness_patience(&watcher, INTERVAL, INT64_MIN, now),
	             4 * INTERVAL + LATENESS_MOST_MS);
}

Test(lateness, small_intervals_have_a_least_silence)
{
	cr_assert_eq(lateness_patience(&watcher, 1, 0, now), SILENCE_LEAST_MS);
	cr_assert_eq(lateness_patience(&watcher, 1000, 0, now), 4000);
}

Test(lateness, an_interval_that_is_set_again_and_again_hides_no_silence)
{
	pass(INTERVAL, 0, 0);
	silence_ask(&other, &watcher, now);
	cr_assert_eq(left(), 4 * INTERVAL);
	for (int i = 0; i < 3; i++) {
		pass(INTERVAL, 0, 0);
		silence_ask(&other, &watcher, now);
	}
	cr_assert_eq(left(), INTERVAL);
	silence_end(&other, &watcher, now);
	silence_ask(&other, &watcher, now + 10);
	now += 10;
	cr_assert_eq(left(), 4 * INTERVAL);
}
