/* Owns nothing. Invariant: between two wake-ups the clock never runs faster than time. */
#include "link/lateness.h"

static int64_t min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void lateness_wake(struct lateness *l, int64_t now, int64_t deaf)
{
	int64_t late = max(now - l->due, deaf);
	int64_t awake = lateness_clock(l, now) - l->awake;

	l->awake += max(awake - deaf, 0);
	/* Nothing is known before the first wake-up. */
	if (l->woken && late > lateness_ms(l, now)) {
		l->worst = late;
		l->at = now;
	}
	l->woken = now;
	l->due = INT64_MAX;
}

void lateness_sleep(struct lateness *l, int64_t due)
{
	l->due = max(due, l->woken);
}

int64_t lateness_clock(const struct lateness *l, int64_t now)
{
	return l->awake + max(0, min(now, l->due) - l->woken);
}

int64_t lateness_ms(const struct lateness *l, int64_t now)
{
	int64_t halves = (now - l->at) / LATENESS_HALF_MS;

	return halves < 62 ? l->worst >> halves : 0;
}

int64_t lateness_patience(const struct lateness *l, int64_t interval, int64_t told, int64_t now)
{
	int64_t late = min(max(lateness_ms(l, now), told), LATENESS_MOST_MS);

	return max(HEARTBEAT_PATIENCE * interval, SILENCE_LEAST_MS) + late;
}

void silence_end(struct silence *s, const struct lateness *watcher, int64_t now)
{
	s->heard = now;
	s->since = lateness_clock(watcher, now);
	s->asked = false;
}

void silence_ask(struct silence *s, const struct lateness *watcher, int64_t now)
{
	if (!s->asked)
		s->since = lateness_clock(watcher, now);
	s->asked = true;
}

int64_t silence_left(const struct silence *s, const struct lateness *watcher, int64_t interval,
                     int64_t now)
{
	return lateness_patience(watcher, interval, s->told, now) -
	       (lateness_clock(watcher, now) - s->since);
}
