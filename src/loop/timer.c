/* libev counts seconds from the beginning of the loop's turn; these functions count from now. */
#include "loop/timer.h"

static void timer_on_time(struct ev_loop *loop, ev_timer *watch, int revents)
{
	struct timer *t = watch->data;

	(void)loop;
	(void)revents;
	t->fn(t->arg);
}

static void timer_set(struct timer *t, int64_t ms, int64_t repeat_ms)
{
	ev_timer_stop(t->loop, &t->watch);
	ev_now_update(t->loop);
	ev_timer_set(&t->watch, ms > 0 ? (double)ms / 1000.0 : 0.0, (double)repeat_ms / 1000.0);
	ev_timer_start(t->loop, &t->watch);
}

void timer_init(struct timer *t, struct ev_loop *loop, void (*fn)(void *arg), void *arg)
{
	*t = (struct timer){.loop = loop, .fn = fn, .arg = arg};
	ev_init(&t->watch, timer_on_time);
	t->watch.data = t;
}

void timer_start(struct timer *t, int64_t ms)
{
	timer_set(t, ms, 0);
}

void timer_repeat(struct timer *t, int64_t ms)
{
	if (!timer_runs(t))
		timer_set(t, ms, ms);
}

void timer_stop(struct timer *t)
{
	if (t->loop)
		ev_timer_stop(t->loop, &t->watch);
}

bool timer_runs(const struct timer *t)
{
	return ev_is_active(&t->watch);
}
