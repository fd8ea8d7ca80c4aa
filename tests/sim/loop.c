/*
 * libev, as far as dtree uses it, over the simulated clock: one loop for each process. What is
 * ready is called in libev's order: by priority, and of one priority the last first.
 */
#include <ev.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sim/os.h"

#define PRIORITIES (EV_MAXPRI - EV_MINPRI + 1)

struct list {
	ev_watcher **items;
	int count;
	int room;
};

struct due {
	ev_watcher *w; /* NULL: it was stopped */
	int events;
};

struct dues {
	struct due *items;
	int count;
	int room;
};

struct ev_loop {
	struct sim_process *process;
	double now;
	bool begun;
	bool broken;
	int priority; /* of what is being called */
	struct dues due[PRIORITIES];
	struct list timers; /* in no order: there are few */
	struct list prepares;
	struct list checks;
	struct list idles;
	struct list asyncs;
	struct list signals;
	bool async; /* one of them was sent */
};

static double loop_clock(void)
{
	return (double)world_now() / (double)SECOND;
}

struct ev_loop *ev_loop_new(unsigned flags)
{
	struct ev_loop *loop = mem_new(sizeof *loop);

	(void)flags;
	loop->process = os_current();
	loop->now = loop_clock();
	return loop;
}

void ev_loop_destroy(struct ev_loop *loop)
{
	for (int i = 0; i < PRIORITIES; i++)
		free(loop->due[i].items);
	free(loop->timers.items);
	free(loop->prepares.items);
	free(loop->checks.items);
	free(loop->idles.items);
	free(loop->asyncs.items);
	free(loop->signals.items);
	free(loop);
}

/* What all kinds of watchers have in common is read and written as this type only, so that the
 * compiler knows it for one object (strict aliasing). */
static ev_watcher *base_of(void *watcher)
{
	return watcher;
}

static bool list_add(struct list *list, void *watcher)
{
	ev_watcher *w = watcher;

	if (w->active)
		return false;
	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 8;
		list->items = mem_resize(list->items, (size_t)list->room * sizeof *list->items);
	}
	list->items[list->count++] = w;
	w->active = list->count;
	return true;
}

static void clear_due(struct ev_loop *loop, ev_watcher *w)
{
	if (w->pending)
		loop->due[w->priority - EV_MINPRI].items[w->pending - 1].w = NULL;
	w->pending = 0;
}

static void list_remove(struct ev_loop *loop, struct list *list, void *watcher)
{
	ev_watcher *w = watcher;

	clear_due(loop, w);
	if (!w->active)
		return;
	list->items[w->active - 1] = list->items[--list->count];
	list->items[w->active - 1]->active = w->active;
	w->active = 0;
}

void ev_feed_event(struct ev_loop *loop, void *watcher, int events)
{
	ev_watcher *w = watcher;
	int priority = w->priority - EV_MINPRI;
	struct dues *due = &loop->due[priority];

	if (w->pending) {
		due->items[w->pending - 1].events |= events;
		return;
	}
	if (due->count == due->room) {
		due->room = due->room ? 2 * due->room : 16;
		due->items = mem_resize(due->items, (size_t)due->room * sizeof *due->items);
	}
	due->items[due->count++] = (struct due){w, events};
	w->pending = due->count;
	loop->priority = PRIORITIES - 1;
}

static void feed_all(struct ev_loop *loop, const struct list *list, int events)
{
	for (int i = 0; i < list->count; i++)
		ev_feed_event(loop, list->items[i], events);
}

static void call_due(struct ev_loop *loop)
{
	loop->priority = PRIORITIES;
	do {
		struct dues *due = &loop->due[--loop->priority];

		while (due->count) {
			struct due it = due->items[--due->count];

			if (!it.w)
				continue;
			it.w->pending = 0;
			it.w->cb(loop, it.w, it.events);
		}
	} while (loop->priority > 0);
}

/* ---- What wakes a loop. ---- */

static void poll_descriptors(struct ev_loop *loop)
{
	struct sim_process *p = loop->process;
	size_t kept = 0;

	for (size_t i = 0; i < p->ready_count; i++) {
		int fd = p->ready[i];
		ev_io *io = os_fd_watcher(fd);

		if (!os_fd_is_ready(fd))
			continue;
		p->ready[kept++] = fd;
		if (io && ev_is_active(io))
			ev_feed_event(loop, io, io->events & EV_READ);
	}
	p->ready_count = kept;
}

static ev_timer *first_timer(const struct ev_loop *loop)
{
	ev_timer *first = NULL;

	for (int i = 0; i < loop->timers.count; i++) {
		ev_timer *timer = (ev_timer *)(void *)loop->timers.items[i];

		if (!first || timer->at < first->at)
			first = timer;
	}
	return first;
}

#define EXPIRED_MAX 64

/* The earliest is called first. */
static void poll_timers(struct ev_loop *loop)
{
	ev_timer *expired[EXPIRED_MAX];
	int count = 0;
	ev_timer *timer;

	while (count < EXPIRED_MAX && (timer = first_timer(loop)) && timer->at < loop->now) {
		if (timer->repeat > 0.0) {
			timer->at += timer->repeat;
			if (timer->at < loop->now)
				timer->at = loop->now;
		} else {
			list_remove(loop, &loop->timers, timer);
		}
		expired[count++] = timer;
	}
	while (count)
		ev_feed_event(loop, expired[--count], EV_TIMER);
}

static void poll_idles(struct ev_loop *loop)
{
	for (int i = 0; i < PRIORITIES; i++)
		if (loop->due[i].count)
			return;
	feed_all(loop, &loop->idles, EV_IDLE);
}

static void poll_asyncs(struct ev_loop *loop)
{
	loop->async = false;
	for (int i = 0; i < loop->asyncs.count; i++) {
		ev_async *async = (ev_async *)(void *)loop->asyncs.items[i];

		if (async->sent)
			ev_feed_event(loop, async, EV_ASYNC);
		async->sent = 0;
	}
}

static void poll_signals(struct ev_loop *loop)
{
	for (int i = 0; i < loop->signals.count; i++) {
		ev_signal *w = (ev_signal *)(void *)loop->signals.items[i];

		if (loop->process->signals & 1U << w->signum)
			ev_feed_event(loop, w, EV_SIGNAL);
	}
	loop->process->signals = 0;
}

static int64_t next_turn(const struct ev_loop *loop)
{
	const ev_timer *timer = first_timer(loop);

	if (loop->idles.count || loop->async || loop->process->signals)
		return 0;
	for (size_t i = 0; i < loop->process->ready_count; i++)
		if (os_fd_is_ready(loop->process->ready[i]))
			return 0;
	/* A timer is over when its time is past. */
	return timer ? (int64_t)(timer->at * (double)SECOND) + 2 : INT64_MAX;
}

int64_t loop_turn(struct ev_loop *loop)
{
	loop->now = loop_clock();
	if (loop->begun) {
		poll_descriptors(loop);
		poll_timers(loop);
		poll_idles(loop);
		feed_all(loop, &loop->checks, EV_CHECK);
		poll_asyncs(loop);
		poll_signals(loop);
		call_due(loop);
	}
	loop->begun = true;
	if (loop->broken)
		return -1;
	feed_all(loop, &loop->prepares, EV_PREPARE);
	call_due(loop);
	return loop->broken ? -1 : next_turn(loop);
}

void ev_break(struct ev_loop *loop, int how)
{
	loop->broken = how != EVBREAK_CANCEL;
}

void ev_now_update(struct ev_loop *loop)
{
	loop->now = loop_clock();
}

/* ---- Watchers. ---- */

void ev_io_start(struct ev_loop *loop, ev_io *w)
{
	(void)loop;
	if (ev_is_active(w))
		return;
	base_of(w)->active = 1;
	w->events &= ~EV__IOFDSET;
	os_fd_watch(w->fd, w);
}

void ev_io_stop(struct ev_loop *loop, ev_io *w)
{
	clear_due(loop, base_of(w));
	if (!ev_is_active(w))
		return;
	base_of(w)->active = 0;
	os_fd_watch(w->fd, NULL);
}

void ev_timer_start(struct ev_loop *loop, ev_timer *w)
{
	if (ev_is_active(w))
		return;
	w->at += loop->now;
	list_add(&loop->timers, w);
}

void ev_timer_stop(struct ev_loop *loop, ev_timer *w)
{
	bool active = ev_is_active(w);

	list_remove(loop, &loop->timers, w);
	if (active)
		w->at -= loop->now;
}

void ev_timer_again(struct ev_loop *loop, ev_timer *w)
{
	clear_due(loop, base_of(w));
	if (ev_is_active(w) && w->repeat > 0.0) {
		w->at = loop->now + w->repeat;
	} else if (ev_is_active(w)) {
		ev_timer_stop(loop, w);
	} else if (w->repeat > 0.0) {
		w->at = w->repeat;
		ev_timer_start(loop, w);
	}
}

ev_tstamp ev_timer_remaining(struct ev_loop *loop, ev_timer *w)
{
	return w->at - (ev_is_active(w) ? loop->now : 0.0);
}

#define WATCHER(kind, list) \
	void ev_##kind##_start(struct ev_loop *loop, ev_##kind *w) \
	{ \
		list_add(&loop->list, w); \
	} \
	void ev_##kind##_stop(struct ev_loop *loop, ev_##kind *w) \
	{ \
		list_remove(loop, &loop->list, w); \
	}

WATCHER(prepare, prepares)
WATCHER(check, checks)
WATCHER(idle, idles)
WATCHER(signal, signals)

void ev_async_start(struct ev_loop *loop, ev_async *w)
{
	w->sent = 0;
	list_add(&loop->asyncs, w);
}

void ev_async_stop(struct ev_loop *loop, ev_async *w)
{
	list_remove(loop, &loop->asyncs, w);
}

void ev_async_send(struct ev_loop *loop, ev_async *w)
{
	w->sent = 1;
	loop->async = true;
	os_wake(loop->process);
}
