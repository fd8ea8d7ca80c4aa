/*
 * Owns the servants. Invariant: all but the first in the list are former ones; a former one is told
 * to finish when none of its requests is unanswered, and freed when it has and none is kept.
 */
#include "worker/serving.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "loop/deferred.h"

/* Former ones at work. */
#define FORMERS_MAX 4

struct servant {
	struct serving *all;
	const struct executor *executor;
	void *runner;
	size_t requests;   /* that are kept */
	size_t unanswered; /* of them */
	bool finishing;
	bool finished;
	struct servant *prev; /* utlist */
	struct servant *next;
};

struct serving {
	struct ev_loop *loop; /* borrowed */
	struct dtree_node node;
	const struct program_watch *watch; /* the same; of every work */
	serving_update_fn *update;
	void *arg;                /* borrowed */
	struct servant *servants; /* the newest first */
	struct deferred look;     /* at the former ones: not from within an answer */
	runner_done_fn *done;     /* NULL: it is not to end */
	void *done_arg;
};

static void servant_on_update(void *arg, const struct job_update *update)
{
	struct servant *v = arg;

	v->all->update(v->all->arg, v, update);
}

static void serving_end_if_done(struct serving *s)
{
	runner_done_fn *done = s->done;
	const struct servant *v;

	DL_FOREACH (s->servants, v) {
		if (!v->finished)
			return;
	}
	s->done = NULL;
	if (done)
		done(s->done_arg);
}

static void servant_on_finished(void *arg)
{
	struct servant *v = arg;

	v->finished = true;
	if (v->all->done)
		serving_end_if_done(v->all);
	else
		deferred_call(&v->all->look);
}

static void servant_finish(struct servant *v)
{
	if (v->finishing)
		return;
	v->finishing = true;
	v->executor->finish(v->runner, servant_on_finished, v);
}

static void servant_free(struct servant *v)
{
	v->executor->free(v->runner);
	free(v);
}

static void serving_on_look(void *arg)
{
	struct serving *s = arg;
	struct servant *v;
	struct servant *next;

	for (v = s->servants->next; v; v = next) {
		next = v->next;
		if (!v->unanswered)
			servant_finish(v);
		if (v->finished && !v->requests) {
			DL_DELETE(s->servants, v);
			servant_free(v);
		}
	}
}

static void servant_new(struct serving *s, const struct work *work)
{
	struct servant *v = mem_new(sizeof *v);

	v->all = s;
	v->executor = executor_new(s->loop, &s->node, work, servant_on_update, v, &v->runner);
	DL_PREPEND(s->servants, v);
}

struct serving *serving_new(struct ev_loop *loop, const struct dtree_node *node,
                            const struct work *work, serving_update_fn *update, void *arg)
{
	struct serving *s = mem_new(sizeof *s);

	s->loop = loop;
	s->node = *node;
	s->watch = work->watch;
	s->update = update;
	s->arg = arg;
	deferred_init(&s->look, loop, serving_on_look, s);
	servant_new(s, work);
	return s;
}

void serving_free(struct serving *s)
{
	struct servant *v;
	struct servant *next;

	deferred_stop(&s->look);
	DL_FOREACH_SAFE (s->servants, v, next) {
		servant_free(v);
	}
	free(s);
}

bool serving_may_reload(const struct serving *s)
{
	const struct servant *v;
	int count;

	DL_COUNT(s->servants, v, count);
	return !s->done && !s->servants->finishing && count <= FORMERS_MAX;
}

int serving_reload(struct serving *s, const struct work *work)
{
	struct servant *newest = s->servants;
	struct work watched = *work;

	watched.watch = s->watch;
	if (newest->executor->reload && executor_fits(newest->executor, work))
		return newest->executor->reload(newest->runner, &watched);
	if (newest->executor->retire)
		newest->executor->retire(newest->runner);
	servant_new(s, &watched);
	deferred_call(&s->look);
	return 0;
}

void serving_adopted(struct serving *s)
{
	struct servant *v;

	DL_FOREACH (s->servants, v) {
		if (v->executor->adopted)
			v->executor->adopted(v->runner);
	}
}

void serving_renew(struct serving *s, pid_t pid)
{
	struct servant *v;

	DL_FOREACH (s->servants, v) {
		if (v->executor->renew)
			v->executor->renew(v->runner, pid);
	}
}

void serving_finish(struct serving *s, runner_done_fn *done, void *arg)
{
	struct servant *v;
	struct servant *next;

	deferred_stop(&s->look);
	s->done = done;
	s->done_arg = arg;
	DL_FOREACH_SAFE (s->servants, v, next) {
		if (v->finished)
			continue;
		servant_finish(v);
	}
	serving_end_if_done(s);
}

struct servant *serving_begin(struct serving *s)
{
	s->servants->requests++;
	s->servants->unanswered++;
	return s->servants;
}

static void servant_look(struct servant *v)
{
	if (v != v->all->servants && !v->all->done)
		deferred_call(&v->all->look);
}

void servant_answered(struct servant *v)
{
	v->unanswered--;
	servant_look(v);
}

void servant_leave(struct servant *v, bool answered)
{
	v->requests--;
	v->unanswered -= !answered;
	servant_look(v);
}

int servant_take(struct servant *v, const struct message *m)
{
	return v->executor->take(v->runner, m);
}

void servant_unstore(struct servant *v, size_t size)
{
	v->executor->unstore(v->runner, size);
}

bool servant_takes_input(struct servant *v)
{
	return v->executor->takes_input && v->executor->takes_input(v->runner);
}
