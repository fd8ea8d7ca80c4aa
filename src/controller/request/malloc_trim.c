/* Invariant: the timer runs only if there were many. */
#include "controller/request/malloc_trim.h"

#include "base/mem.h"

#define MANY     32
#define AFTER_MS 1000

static void trim_on_time(void *arg)
{
	struct trim *t = arg;

	if (t->count)
		return;
	t->most = 0;
	mem_trim();
}

void trim_init(struct trim *t, struct ev_loop *loop)
{
	*t = (struct trim){0};
	timer_init(&t->timer, loop, trim_on_time, t);
}

void trim_stop(struct trim *t)
{
	timer_stop(&t->timer);
}

void trim_count(struct trim *t, size_t count)
{
	t->count = count;
	if (count > t->most)
		t->most = count;
	if (!count && t->most >= MANY && !timer_runs(&t->timer))
		timer_start(&t->timer, AFTER_MS);
}
