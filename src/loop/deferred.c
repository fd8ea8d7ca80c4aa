/* Invariant: both watchers are active, or none is. */
#include "loop/deferred.h"

/* Behind what clients are written, before what links have is sent (EV_MINPRI). */
#define DEFERRED_PRIORITY (EV_MINPRI + 1)

static void deferred_on_prepare(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	struct deferred *d = prepare->data;

	(void)loop;
	(void)revents;
	deferred_stop(d);
	d->fn(d->arg);
}

static void deferred_on_idle(struct ev_loop *loop, ev_idle *awake, int revents)
{
	(void)loop;
	(void)awake;
	(void)revents;
}

void deferred_init(struct deferred *d, struct ev_loop *loop, void (*fn)(void *arg), void *arg)
{
	d->loop = loop;
	d->fn = fn;
	d->arg = arg;
	ev_prepare_init(&d->prepare, deferred_on_prepare);
	ev_set_priority(&d->prepare, DEFERRED_PRIORITY);
	d->prepare.data = d;
	ev_idle_init(&d->awake, deferred_on_idle);
}

void deferred_call(struct deferred *d)
{
	ev_prepare_start(d->loop, &d->prepare);
	ev_idle_start(d->loop, &d->awake);
}

void deferred_stop(struct deferred *d)
{
	ev_prepare_stop(d->loop, &d->prepare);
	ev_idle_stop(d->loop, &d->awake);
}
