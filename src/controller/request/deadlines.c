/* One list and one timer. Invariant: the list is sorted; it is nearly always added to at its end,
 * as all requests have the same time. */
#include "controller/request/deadlines.h"

#include <utlist.h>

#include "base/clock.h"
#include "controller/request/kind.h"

/* For the first of the list. As deadlines only grow, it may be armed for one that is answered by
 * then; so it is set anew when it has fired, and not with every request. */
static void deadlines_arm(struct deadlines *d)
{
	if (d->requests && !timer_runs(&d->timer))
		timer_start(&d->timer, d->requests->deadline - clock_ms());
}

static void deadlines_on_timer(void *arg)
{
	struct deadlines *d = arg;

	d->fired = true;
}

struct request *deadlines_next(struct deadlines *d)
{
	if (!d->fired)
		return NULL;
	if (d->requests && d->requests->deadline <= clock_ms())
		return d->requests;
	d->fired = false;
	deadlines_arm(d);
	return NULL;
}

void deadlines_init(struct deadlines *d, struct ev_loop *loop, int64_t timeout_ms)
{
	*d = (struct deadlines){.timeout_ms = timeout_ms};
	timer_init(&d->timer, loop, deadlines_on_timer, d);
}

void deadlines_stop(struct deadlines *d)
{
	timer_stop(&d->timer);
}

static void deadlines_insert(struct deadlines *d, struct request *request)
{
	struct request *before = d->requests ? d->requests->due_prev : NULL;

	/* From the end: of the head utlist's `prev` is the last. */
	while (before && before->deadline > request->deadline)
		before = before == d->requests ? NULL : before->due_prev;
	if (before)
		DL_APPEND_ELEM2(d->requests, before, request, due_prev, due_next);
	else
		DL_PREPEND2(d->requests, request, due_prev, due_next);
}

void deadlines_add(struct deadlines *d, struct request *request)
{
	request->deadline = clock_ms() + d->timeout_ms;
	deadlines_insert(d, request);
	deadlines_arm(d);
}

void deadlines_set(struct deadlines *d, struct request *request, int64_t ms)
{
	deadlines_remove(d, request);
	request->deadline = clock_ms() + ms;
	deadlines_insert(d, request);
}

void deadlines_renew(struct deadlines *d, struct request *request)
{
	deadlines_set(d, request, d->timeout_ms);
}

void deadlines_remove(struct deadlines *d, struct request *request)
{
	if (!request->due_prev)
		return;
	DL_DELETE2(d->requests, request, due_prev, due_next);
	request->due_prev = request->due_next = NULL;
}
