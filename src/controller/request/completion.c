/* Invariant: while the queue is not empty `awake` is active. */
#include "controller/request/completion.h"

#include <utlist.h>

#include "controller/request/kind.h"

/* Below the control socket's reading (EV_MAXPRI), above its writing (0). */
#define COMPLETION_PRIORITY 1

static bool completions_step(struct completions *all)
{
	struct request *r = all->queue;

	if (!r)
		return all->more(all->arg);
	DL_DELETE2(all->queue, r, told_prev, told_next);
	r->queued = false;
	all->pass(all->arg, r);
	return true;
}

static void completions_on_prepare(struct ev_loop *loop, ev_prepare *turn, int revents)
{
	struct completions *all = turn->data;

	(void)revents;
	for (size_t i = 0; i < COMPLETIONS_TURN; i++) {
		if (!completions_step(all)) {
			ev_idle_stop(loop, &all->awake);
			return;
		}
	}
	ev_idle_start(loop, &all->awake);
}

static void completions_on_idle(struct ev_loop *loop, ev_idle *awake, int revents)
{
	(void)loop;
	(void)awake;
	(void)revents;
}

void completions_init(struct completions *all, struct ev_loop *loop,
                      void (*pass)(void *arg, struct request *request), bool (*more)(void *arg),
                      void *arg)
{
	*all = (struct completions){.loop = loop, .pass = pass, .more = more, .arg = arg};
	ev_prepare_init(&all->turn, completions_on_prepare);
	ev_set_priority(&all->turn, COMPLETION_PRIORITY);
	ev_idle_init(&all->awake, completions_on_idle);
	all->turn.data = all;
	ev_prepare_start(loop, &all->turn);
}

void completions_stop(struct completions *all)
{
	ev_prepare_stop(all->loop, &all->turn);
	ev_idle_stop(all->loop, &all->awake);
}

void completions_add(struct completions *all, struct request *request)
{
	if (request->queued)
		return;
	request->queued = true;
	DL_APPEND2(all->queue, request, told_prev, told_next);
	ev_idle_start(all->loop, &all->awake);
}

void completions_put_last(struct completions *all, struct request *request)
{
	DL_DELETE2(all->queue, request, told_prev, told_next);
	DL_APPEND2(all->queue, request, told_prev, told_next);
}
