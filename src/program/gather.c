/* Owns its timer. */
#include "program/gather.h"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* What comes again within the first is often; the second is how long the next is left. */
#define OFTEN_S  0.00025
#define LEAVE_NS 50000

static void gather_on_time(struct ev_loop *loop, ev_io *w, int revents)
{
	struct gather *g = w->data;

	(void)loop;
	(void)revents;
	gather_stop(g);
	g->fn(g->arg);
}

void gather_init(struct gather *g, struct ev_loop *loop, void (*fn)(void *arg), void *arg)
{
	*g = (struct gather){.loop = loop, .fd = -1, .fn = fn, .arg = arg};
	ev_init(&g->over, gather_on_time);
	g->over.data = g;
}

/* Setting it takes back that it has run out. */
static bool gather_set(const struct gather *g)
{
	static const struct itimerspec once = {.it_value.tv_nsec = LEAVE_NS};

	return timerfd_settime(g->fd, 0, &once, NULL) == 0;
}

bool gather_begin(struct gather *g)
{
	const bool often = ev_now(g->loop) - g->last < OFTEN_S;

	g->last = ev_now(g->loop);
	if (!often)
		return false;
	if (g->fd < 0) {
		g->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		if (g->fd < 0)
			return false;
		ev_io_set(&g->over, g->fd, EV_READ);
	}
	if (!gather_set(g))
		return false;
	ev_io_start(g->loop, &g->over);
	return true;
}

void gather_stop(struct gather *g)
{
	if (g->loop)
		ev_io_stop(g->loop, &g->over);
}

void gather_close(struct gather *g)
{
	gather_stop(g);
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
}
