/* Owns its timer. */
#include "program/gather.h"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* How long the next is left. */
#define LEAVE_LEAST_NS 50000L
#define LEAVE_MOST_NS  400000L
/* What comes again so soon after the last was left is often. */
#define OFTEN_S 0.0002

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
	*g = (struct gather){.loop = loop, .fd = -1, .leave = LEAVE_LEAST_NS, .fn = fn, .arg = arg};
	ev_init(&g->over, gather_on_time);
	g->over.data = g;
}

/* Setting it takes back that it has run out. */
static bool gather_set(const struct gather *g)
{
	const struct itimerspec once = {.it_value.tv_nsec = g->leave};

	return timerfd_settime(g->fd, 0, &once, NULL) == 0;
}

/* A slow program says little each time: then a wake-up for that costs more than it takes itself. A
 * fast one does so once, with the last that it was given. What was not left is no measure: it was
 * read at once. */
static void gather_learn(struct gather *g, bool few)
{
	const bool again = few && g->few;

	if (!g->left)
		return;
	if (again && g->leave < LEAVE_MOST_NS)
		g->leave *= 2;
	else if (!few && g->leave > LEAVE_LEAST_NS)
		g->leave /= 2;
	g->few = few;
}

static bool gather_often(struct gather *g)
{
	const double since = ev_now(g->loop) - g->last;

	g->last = ev_now(g->loop);
	return since < OFTEN_S + (double)g->leave * 1e-9;
}

bool gather_begin(struct gather *g, bool few)
{
	if (!gather_often(g)) {
		g->leave = LEAVE_LEAST_NS;
		g->left = g->few = false;
		return false;
	}
	gather_learn(g, few);
	if (g->fd < 0) {
		g->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		if (g->fd < 0)
			return false;
		ev_io_set(&g->over, g->fd, EV_READ);
	}
	if (!gather_set(g))
		return false;
	ev_io_start(g->loop, &g->over);
	g->left = true;
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
