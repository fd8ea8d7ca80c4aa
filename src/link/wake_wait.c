/* Owns a descriptor. Invariant: the watcher runs from wake_wait_warm() until WARM_NS behind the
 * last one. */
#include "link/wake_wait.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/run_delay.h"

#define WARM_NS (UINT64_C(3) * 1000000000)

/* Of libzmq's thread. */
static uint64_t wake_wait_delay(struct wake_wait *w)
{
	if (w->fd < 0)
		w->fd = io_thread_open(&w->io);
	return run_delay_read(w->fd);
}

static void wake_wait_on_prepare(struct ev_loop *loop, ev_prepare *asleep, int revents)
{
	struct wake_wait *w = asleep->data;

	(void)revents;
	w->own = run_delay_ns();
	w->delay = w->own + wake_wait_delay(w);
	w->slept = clock_ns();
	if (w->slept < w->until)
		return;
	w->slept = 0;
	ev_prepare_stop(loop, asleep);
}

void wake_wait_init(struct wake_wait *w, struct ev_loop *loop)
{
	*w = (struct wake_wait){.loop = loop, .fd = -1};
	ev_prepare_init(&w->asleep, wake_wait_on_prepare);
	ev_set_priority(&w->asleep, EV_MINPRI);
	w->asleep.data = w;
}

void wake_wait_stop(struct wake_wait *w)
{
	ev_prepare_stop(w->loop, &w->asleep);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

void wake_wait_warm(struct wake_wait *w, uint64_t now)
{
	w->until = now + WARM_NS;
	if (!ev_is_active(&w->asleep))
		ev_prepare_start(w->loop, &w->asleep);
}

static uint64_t wake_wait_most(const struct wake_wait *w, uint64_t wait, uint64_t now)
{
	return wait < now - w->slept ? wait : now - w->slept;
}

uint64_t wake_wait_ns(struct wake_wait *w, uint64_t now)
{
	if (!w->slept)
		return 0;
	return wake_wait_most(w, run_delay_ns() + wake_wait_delay(w) - w->delay, now);
}

uint64_t wake_wait_own_ns(const struct wake_wait *w, uint64_t now)
{
	/* It has not slept since. */
	if (!w->slept || now < w->slept)
		return 0;
	return wake_wait_most(w, run_delay_ns() - w->own, now);
}
