/* Invariant: both watchers are active, or none is. */
#include "controller/soon.h"

static void on_prepare(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	struct soon *s = prepare->data;

	(void)loop;
	(void)revents;
	soon_stop(s);
	s->fn(s->arg);
}

static void on_idle(struct ev_loop *loop, ev_idle *awake, int revents)
{
	(void)loop;
	(void)awake;
	(void)revents;
}

void soon_init(struct soon *s, struct ev_loop *loop, void (*fn)(void *arg), void *arg)
{
	s->loop = loop;
	s->fn = fn;
	s->arg = arg;
	ev_prepare_init(&s->prepare, on_prepare);
	s->prepare.data = s;
	ev_idle_init(&s->awake, on_idle);
}

void soon_call(struct soon *s)
{
	ev_prepare_start(s->loop, &s->prepare);
	ev_idle_start(s->loop, &s->awake);
}

void soon_stop(struct soon *s)
{
	ev_prepare_stop(s->loop, &s->prepare);
	ev_idle_stop(s->loop, &s->awake);
}
