/* Owns the time, and the timers that run. */
#include "support/fake_time.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "loop/timer.h"

#define SLOTS_MAX 64

static int64_t now = 1000000;
static struct {
	struct timer *timer;
	int64_t due;
	int64_t every; /* 0: once */
} timers[SLOTS_MAX];

/* base/clock.h */

int64_t clock_ms(void)
{
	return now;
}

int64_t clock_us(void)
{
	return now * 1000;
}

/* clock_ns_ms() makes clock_ms() of it. */
uint64_t clock_ns(void)
{
	return (uint64_t)(now - 1) * 1000000;
}

int64_t clock_wall_us(void)
{
	return now * 1000;
}

void clock_after(int64_t ms, struct timespec *then)
{
	*then = (struct timespec){.tv_sec = (now + ms) / 1000};
}

void clock_text(int64_t wall_us, char text[CLOCK_TEXT_SIZE])
{
	snprintf(text, CLOCK_TEXT_SIZE, "%lld", (long long)wall_us);
}

/* loop/timer.h */

static size_t fake_time_slot(const struct timer *t)
{
	size_t slot = 0;

	while (slot < SLOTS_MAX && timers[slot].timer != t)
		slot++;
	return slot;
}

static void fake_time_start(struct timer *t, int64_t ms, int64_t every)
{
	size_t slot = fake_time_slot(t);

	if (slot == SLOTS_MAX)
		slot = fake_time_slot(NULL);
	cr_assert_lt(slot, SLOTS_MAX);
	timers[slot].timer = t;
	timers[slot].due = now + (ms > 0 ? ms : 0);
	timers[slot].every = every;
}

void timer_init(struct timer *t, struct ev_loop *loop, void (*fn)(void *arg), void *arg)
{
	*t = (struct timer){.loop = loop, .fn = fn, .arg = arg};
}

void timer_start(struct timer *t, int64_t ms)
{
	fake_time_start(t, ms, 0);
}

void timer_repeat(struct timer *t, int64_t ms)
{
	if (!timer_runs(t))
		fake_time_start(t, ms, ms);
}

void timer_stop(struct timer *t)
{
	size_t slot = fake_time_slot(t);

	if (slot < SLOTS_MAX)
		timers[slot].timer = NULL;
}

bool timer_runs(const struct timer *t)
{
	return fake_time_slot(t) < SLOTS_MAX;
}

/* The next timer that is due by then, or SLOTS_MAX. */
static size_t fake_time_next(int64_t until)
{
	size_t first = SLOTS_MAX;

	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (timers[i].timer && timers[i].due <= until &&
		    (first == SLOTS_MAX || timers[i].due < timers[first].due))
			first = i;
	return first;
}

void fake_time_pass(int64_t ms, void (*turn)(void))
{
	int64_t until = now + ms;
	size_t slot;

	turn();
	while ((slot = fake_time_next(until)) < SLOTS_MAX) {
		struct timer *t = timers[slot].timer;
		if (now < timers[slot].due)
			now = timers[slot].due;
		if (timers[slot].every)
			timers[slot].due += timers[slot].every;
		else
			timers[slot].timer = NULL;
		t->fn(t->arg);
		turn();
	}
	now = until;
}

void fake_time_skip(int64_t ms, void (*turn)(void))
{
	now += ms;
	fake_time_pass(0, turn);
}

size_t fake_time_timers(void)
{
	size_t count = 0;

	for (size_t i = 0; i < SLOTS_MAX; i++)
		count += timers[i].timer != NULL;
	return count;
}
