/* Invariant: the timer runs only if there were many. */
#include "controller/request/malloc_trim.h"

#include "base/mem.h"

#define MANY    32
#define AFTER_S 1.0

static void on_time(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct trim *t = timer->data;

	(void)loop;
	(void)revents;
	if (t->count)
		return;
	t->most = 0;
	mem_trim();
}

void trim_init(struct trim *t, struct ev_loop *loop)
{
	*t = (struct trim){.loop = loop};
	ev_timer_init(&t->timer, on_time, AFTER_S, 0.0);
	t->timer.data = t;
}

void trim_stop(struct trim *t)
{
	ev_timer_stop(t->loop, &t->timer);
}

void trim_count(struct trim *t, size_t count)
{
	t->count = count;
	if (count > t->most)
		t->most = count;
	/* Does nothing where it runs already. */
	if (!count && t->most >= MANY)
		ev_timer_start(t->loop, &t->timer);
}
