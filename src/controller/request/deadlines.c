/*
 * A list, a heap and one timer. Nearly all requests have the same time, so that the list is sorted
 * if each is added at its end; the others are in the heap. Invariant: while there is a request, the
 * timer runs until its deadline at the latest, or has fired.
 */
#include "controller/request/deadlines.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"
#include "controller/request/kind.h"

static void deadlines_put(struct deadlines *d, size_t at, struct request *request)
{
	d->heap[at] = request;
	request->due_place = at + 1;
}

/* From that place towards the root, as far as it is earlier than what is there. */
static void deadlines_rise(struct deadlines *d, size_t at, struct request *request)
{
	while (at && d->heap[(at - 1) / 2]->deadline > request->deadline) {
		deadlines_put(d, at, d->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	deadlines_put(d, at, request);
}

/* From that place away from the root, as far as it is later than what is there. */
static void deadlines_sink(struct deadlines *d, size_t at, struct request *request)
{
	size_t below;

	while ((below = 2 * at + 1) < d->count) {
		if (below + 1 < d->count && d->heap[below + 1]->deadline < d->heap[below]->deadline)
			below++;
		if (d->heap[below]->deadline >= request->deadline)
			break;
		deadlines_put(d, at, d->heap[below]);
		at = below;
	}
	deadlines_rise(d, at, request);
}

static void deadlines_push(struct deadlines *d, struct request *request)
{
	if (d->count == d->room) {
		d->room = d->room ? 2 * d->room : 64;
		d->heap = mem_resize(d->heap, d->room * sizeof(struct request *));
	}
	deadlines_rise(d, d->count++, request);
}

static void deadlines_pull(struct deadlines *d, struct request *request)
{
	size_t at = request->due_place - 1;
	struct request *last = d->heap[--d->count];

	request->due_place = 0;
	if (last != request)
		deadlines_sink(d, at, last);
}

static struct request *deadlines_first(const struct deadlines *d)
{
	if (!d->count)
		return d->requests;
	if (d->requests && d->requests->deadline <= d->heap[0]->deadline)
		return d->requests;
	return d->heap[0];
}

/* For the first. It may be armed for one that is answered by then; so it is set anew when it has
 * fired, and not with every request. */
static void deadlines_arm(struct deadlines *d)
{
	const struct request *first = deadlines_first(d);

	if (!first || (timer_runs(&d->timer) && d->armed <= first->deadline))
		return;
	d->armed = first->deadline;
	timer_start(&d->timer, first->deadline - clock_ms());
}

static void deadlines_on_timer(void *arg)
{
	struct deadlines *d = arg;

	d->fired = true;
}

struct request *deadlines_next(struct deadlines *d)
{
	struct request *first;

	if (!d->fired)
		return NULL;
	first = deadlines_first(d);
	if (first && first->deadline <= clock_ms())
		return first;
	d->fired = false;
	deadlines_arm(d);
	return NULL;
}

void deadlines_init(struct deadlines *d, struct ev_loop *loop, int64_t timeout_ms)
{
	*d = (struct deadlines){.timeout_ms = timeout_ms};
	timer_init(&d->timer, loop, deadlines_on_timer, d);
}

/* Behind those that are there, one with less time would not be in its place. */
void deadlines_timeout(struct deadlines *d, int64_t timeout_ms)
{
	struct request *request;

	if (timeout_ms == d->timeout_ms)
		return;
	while ((request = d->requests)) {
		deadlines_remove(d, request);
		deadlines_push(d, request);
	}
	d->timeout_ms = timeout_ms;
}

void deadlines_stop(struct deadlines *d)
{
	timer_stop(&d->timer);
	free(d->heap);
	d->heap = NULL;
	d->count = d->room = 0;
}

void deadlines_start(struct deadlines *d, struct request *request, uint64_t now)
{
	if (request->timeout_ms != d->timeout_ms) {
		deadlines_set(d, request, request->timeout_ms);
		return;
	}
	deadlines_remove(d, request);
	request->deadline = clock_ns_ms(now) + request->timeout_ms;
	DL_APPEND2(d->requests, request, due_prev, due_next);
	deadlines_arm(d);
}

void deadlines_set(struct deadlines *d, struct request *request, int64_t ms)
{
	deadlines_remove(d, request);
	request->deadline = clock_ms() + ms;
	deadlines_push(d, request);
	deadlines_arm(d);
}

void deadlines_remove(struct deadlines *d, struct request *request)
{
	if (request->due_place)
		deadlines_pull(d, request);
	if (!request->due_prev)
		return;
	DL_DELETE2(d->requests, request, due_prev, due_next);
	request->due_prev = request->due_next = NULL;
}
