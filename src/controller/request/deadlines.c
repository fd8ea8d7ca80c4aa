/* One list and one timer. Invariant: the list is sorted; it is nearly always added to at its end,
 * as all requests have the same time. */
#include "controller/request/deadlines.h"

#include <utlist.h>

#include "base/clock.h"
#include "controller/request/kind.h"

/* For the first of the list. As deadlines only grow, it may be armed for one that is answered by
 * then; so it is set anew when it has fired, and not with every request. */
static void arm(struct deadlines *d)
{
	int64_t left;

	if (!d->requests || ev_is_active(&d->timer))
		return;
	left = d->requests->deadline - clock_ms();
	ev_now_update(d->loop);
	ev_timer_set(&d->timer, left > 0 ? (double)left / 1000.0 : 0.0, 0.0);
	ev_timer_start(d->loop, &d->timer);
}

static void on_due(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct deadlines *d = timer->data;
	int64_t now = clock_ms();

	(void)loop;
	(void)revents;
	while (d->requests && d->requests->deadline <= now)
		d->due(d->arg, d->requests);
	arm(d);
}

void deadlines_init(struct deadlines *d, struct ev_loop *loop, int64_t timeout_ms,
                    void (*due)(void *arg, struct request *request), void *arg)
{
	*d = (struct deadlines){.loop = loop, .timeout_ms = timeout_ms, .due = due, .arg = arg};
	ev_init(&d->timer, on_due);
	d->timer.data = d;
}

void deadlines_stop(struct deadlines *d)
{
	ev_timer_stop(d->loop, &d->timer);
}

static void insert(struct deadlines *d, struct request *request)
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
	insert(d, request);
	arm(d);
}

void deadlines_set(struct deadlines *d, struct request *request, int64_t ms)
{
	deadlines_remove(d, request);
	request->deadline = clock_ms() + ms;
	insert(d, request);
}

void deadlines_renew(struct deadlines *d, struct request *request)
{
	deadlines_set(d, request, d->timeout_ms);
}

void deadlines_remove(struct deadlines *d, struct request *request)
{
	DL_DELETE2(d->requests, request, due_prev, due_next);
}
