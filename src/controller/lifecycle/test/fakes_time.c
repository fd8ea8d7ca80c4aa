/* The clock and timers: no time passes but by fakes_pass(). */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "controller/lifecycle/test/fakes.h"

#define TIMERS_MAX 64

uint64_t clock_ns(void)
{
	return (uint64_t)clock_ms() * 1000000;
}

int64_t clock_ms(void)
{
	return fakes.now;
}

int64_t clock_us(void)
{
	return fakes.now * 1000;
}

void clock_after(int64_t ms, struct timespec *then)
{
	(void)ms;
	*then = (struct timespec){0};
}

int64_t clock_wall_us(void)
{
	return fakes.now * 1000;
}

void clock_text(int64_t wall_us, char text[CLOCK_TEXT_SIZE])
{
	snprintf(text, CLOCK_TEXT_SIZE, "%lld", (long long)wall_us);
}

/* Timers. `watch` tells by its times when, and how often. */

static struct timer *timers[TIMERS_MAX];
static size_t timer_count;

void timer_init(struct timer *t, struct ev_loop *loop, void (*fn)(void *arg), void *arg)
{
	*t = (struct timer){.loop = loop, .fn = fn, .arg = arg};
}

static void arm(struct timer *t, int64_t ms, int64_t repeat_ms)
{
	timer_stop(t);
	cr_assert_lt(timer_count, (size_t)TIMERS_MAX);
	timers[timer_count++] = t;
	t->watch.at = (double)(fakes.now + (ms > 0 ? ms : 0));
	t->watch.repeat = (double)repeat_ms;
}

void timer_start(struct timer *t, int64_t ms)
{
	arm(t, ms, 0);
}

void timer_repeat(struct timer *t, int64_t ms)
{
	if (!timer_runs(t))
		arm(t, ms, ms);
}

void timer_stop(struct timer *t)
{
	for (size_t i = 0; i < timer_count; i++)
		if (timers[i] == t) {
			timer_count--;
			memmove(&timers[i], &timers[i + 1], (timer_count - i) * sizeof *timers);
		}
}

bool timer_runs(const struct timer *t)
{
	for (size_t i = 0; i < timer_count; i++)
		if (timers[i] == t)
			return true;
	return false;
}

static struct timer *first_due(int64_t until)
{
	struct timer *first = NULL;

	for (size_t i = 0; i < timer_count; i++)
		if (timers[i]->watch.at <= (double)until &&
		    (!first || timers[i]->watch.at < first->watch.at))
			first = timers[i];
	return first;
}

void fakes_turn(void)
{
	for (int i = 0; i < 20; i++)
		ev_run(fakes.controller->loop, EVRUN_NOWAIT);
}

void fakes_pass(int64_t ms)
{
	int64_t until = fakes.now + ms;
	struct timer *t;

	fakes_turn();
	while ((t = first_due(until))) {
		fakes.now = (int64_t)t->watch.at;
		if (t->watch.repeat > 0.0)
			t->watch.at += t->watch.repeat;
		else
			timer_stop(t);
		t->fn(t->arg);
		fakes_turn();
	}
	fakes.now = until;
}

bool fakes_timers_run(void)
{
	return timer_count;
}
