/* Owns two timers. Invariant: while there is an interval, the timer `look` runs until the next peer
 * counts as silent. */
#include "link/lookout.h"

#include <utlist.h>

#include "base/clock.h"

/* A peer that is silent for too long, or NULL; then *left is the time until there is one. */
static struct silence *find_overdue(const struct lookout *w, int64_t *left)
{
	int64_t now = clock_ms();
	int64_t its_left;
	struct silence *s;

	*left = INT64_MAX;
	DL_FOREACH (w->all, s) {
		its_left = silence_left(s, &w->lateness, w->interval, now);
		if (its_left <= 0)
			return s;
		if (its_left < *left)
			*left = its_left;
	}
	return NULL;
}

static int64_t remaining_ms(const struct lookout *w, ev_timer *timer)
{
	return ev_is_active(timer) ? (int64_t)(ev_timer_remaining(w->loop, timer) * 1000.0) + 1
	                           : INT32_MAX;
}

/* Sets the timer of the next look, and sleeps. */
static void rest(struct lookout *w, int64_t left)
{
	int64_t tick;
	int64_t look;

	ev_now_update(w->loop);
	ev_timer_stop(w->loop, &w->look);
	if (left != INT64_MAX) {
		ev_timer_set(&w->look, (double)left / 1000.0, 0.0);
		ev_timer_start(w->loop, &w->look);
	}
	tick = remaining_ms(w, &w->tick);
	look = remaining_ms(w, &w->look);
	lateness_sleep(&w->lateness, clock_ms() + (tick < look ? tick : look));
}

/* Call it when all frames that have come are handled. */
static void lookout_judge(struct lookout *w)
{
	int64_t left = INT64_MAX;
	struct silence *s;

	if (w->interval && w->hear)
		w->hear(w->arg);
	while (w->interval && (s = find_overdue(w, &left))) {
		lookout_ignore(w, s);
		w->silent(w->arg, s);
	}
	rest(w, left);
}

static void wake(struct lookout *w)
{
	int64_t now = clock_ms();
	int64_t deaf = w->hear ? io_thread_waited(&w->io, now - w->lateness.woken) : 0;

	lateness_wake(&w->lateness, now, deaf);
}

static void lookout_on_look(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct lookout *w = timer->data;

	(void)loop;
	(void)revents;
	wake(w);
	lookout_judge(w);
}

static void lookout_on_tick(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct lookout *w = timer->data;

	lookout_on_look(loop, timer, revents);
	w->tell(w->arg);
}

void lookout_start(struct lookout *w, struct ev_loop *loop)
{
	w->loop = loop;
	ev_init(&w->tick, lookout_on_tick);
	ev_init(&w->look, lookout_on_look);
	w->tick.data = w->look.data = w;
	wake(w);
}

void lookout_stop(struct lookout *w)
{
	ev_timer_stop(w->loop, &w->tick);
	ev_timer_stop(w->loop, &w->look);
}

static void set_interval(struct lookout *w, int64_t interval_ms)
{
	if (interval_ms == w->interval)
		return;
	w->interval = interval_ms;
	w->tick.repeat = (double)interval_ms / 1000.0;
	ev_now_update(w->loop);
	ev_timer_again(w->loop, &w->tick);
}

void lookout_interval(struct lookout *w, int64_t interval_ms)
{
	int64_t now = clock_ms();
	struct silence *s;

	wake(w);
	set_interval(w, interval_ms);
	DL_FOREACH (w->all, s) {
		silence_ask(s, &w->lateness, now);
	}
	lookout_judge(w);
}

void lookout_heard(struct lookout *w, struct silence *s)
{
	silence_end(s, &w->lateness, clock_ms());
	if (!s->listed)
		DL_APPEND(w->all, s);
	s->listed = true;
}

void lookout_ignore(struct lookout *w, struct silence *s)
{
	if (s->listed)
		DL_DELETE(w->all, s);
	s->listed = false;
}
