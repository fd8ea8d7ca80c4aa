/*
 * The bridge between the loop and the service thread. Invariant: `lock` guards the fields below it
 * in the struct; the other fields belong to the loop's thread. The scheduler belongs to the loop's
 * thread while `resting` is set, and else to the service thread, which rests until the loop wakes
 * it.
 */
#include "worker/runner.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/run_delay.h"
#include "base/thread.h"
#include "worker/scheduler.h"

/* Answers are committed when this many parts were run since the first of them, or when they have
 * this many bytes. */
#define BATCH_MOST  256
#define BATCH_BYTES ((size_t)1024 * 1024)
/* While this many bytes of results are kept, the node runs nothing more. */
#define STORED_MAX DTREE_RESULT_MAX

/* An update from the thread to the loop. */
struct outgoing {
	struct job_update update;
	struct outgoing *prev; /* utlist */
	struct outgoing *next;
};

/* After a traced request the thread reads, before it sleeps, how long it had to wait for a
 * processor so far, for as long as this. */
#define RUNNER_WARM_NS (UINT64_C(3) * 1000000000)

/* Answers of the service thread that have not left yet. */
struct batch {
	struct job_update answers[BATCH_MOST];
	size_t count;
	size_t bytes;
	size_t parts; /* run since the first answer came */
};

/* Of the service thread: how it came out of its sleep. */
struct sleep {
	uint64_t warm; /* clock_ns(): until then the next is read */
	uint64_t wait; /* run_delay_ns() before the sleep; 0: not read */
	bool slept;    /* it did, before what it has just collected */
};

struct runner {
	struct ev_loop *loop; /* borrowed */
	struct scheduler *scheduler;
	const struct dtree_service *service; /* borrowed; the thread asks the scheduler */
	bool replacing;                      /* another one was handed over, and does not run yet */
	runner_update_fn *on_update;
	void *arg; /* borrowed */
	ev_async wake;
	bool started;
	pthread_t thread;
	runner_done_fn *done; /* NULL: nobody waits for the end */
	void *done_arg;       /* borrowed */
	struct job_part
	    *staged; /* moved to the inbox by `turned`, at the end of the turn of the loop */
	ev_prepare turned;

	pthread_mutex_t lock;
	pthread_cond_t work;
	struct job_part *inbox;
	struct outgoing *outbox;
	size_t stored;
	bool resting;   /* the scheduler has nothing, and the thread, if there is one, waits for the
	                   inbox */
	bool finishing; /* the inbox takes nothing more */
	bool finished;  /* and the outbox gets nothing more */
};

/* Adds all updates under one lock: otherwise the loop would wake for the first and find only
 * that. */
static void publish(struct runner *r, const struct job_update *all, size_t count)
{
	struct outgoing *out;

	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < count; i++) {
		/* At the end there is no time to fetch more results. */
		if (r->finishing && r->stored >= STORED_MAX) {
			free(all[i].text);
			continue;
		}
		out = mem_new(sizeof *out);
		out->update = all[i];
		DL_APPEND(r->outbox, out);
		r->stored += out->update.size;
	}
	pthread_mutex_unlock(&r->lock);
	ev_async_send(r->loop, &r->wake);
}

static void runner_stamp(struct sleep *sleep, struct job_part *part)
{
	part->collected = clock_ns();
	part->woken = sleep->slept;
	if (sleep->slept && sleep->wait)
		part->woken_wait = run_delay_ns() - sleep->wait;
	sleep->warm = part->collected + RUNNER_WARM_NS;
}

/*
 * Moves the inbox into the scheduler; waits for it to fill when there is nothing else to do. true:
 * nothing more comes, and partly sent requests will stay incomplete.
 */
static bool runner_collect(struct runner *r, struct scheduler *scheduler, const struct batch *batch,
                           struct sleep *sleep, bool idle)
{
	bool finishing;
	struct job_part *parts;
	struct job_part *part;
	struct job_part *next;
	struct job_update update;

	sleep->slept = false;
	sleep->wait = sleep->warm && clock_ns() < sleep->warm ? run_delay_ns() : 0;
	pthread_mutex_lock(&r->lock);
	r->resting = idle && scheduler_empty(scheduler) && !batch->count;
	/* It does not wait while the batch holds answers. */
	while (!r->finishing &&
	       ((idle && !r->inbox) || (!batch->count && r->stored >= STORED_MAX))) {
		sleep->slept = true;
		pthread_cond_wait(&r->work, &r->lock);
	}
	r->resting = false;
	finishing = r->finishing;
	parts = r->inbox;
	r->inbox = NULL;
	pthread_mutex_unlock(&r->lock);
	DL_FOREACH_SAFE (parts, part, next) {
		part->prev = part->next = NULL;
		if (part->traced)
			runner_stamp(sleep, part);
		if (scheduler_add(scheduler, part, &update))
			publish(r, &update, 1);
	}
	if (finishing)
		scheduler_drop_partial(scheduler);
	return finishing;
}

static void batch_add(struct runner *r, struct batch *batch, struct scheduler *scheduler,
                      const struct job_update *update)
{
	if (!update->answered || !scheduler_commits(scheduler)) {
		publish(r, update, 1);
	} else {
		batch->answers[batch->count++] = *update;
		batch->bytes += update->size;
	}
	batch->parts += batch->count > 0;
}

static void batch_leave(struct runner *r, struct batch *batch, struct scheduler *scheduler)
{
	uint64_t committing = clock_ns();
	uint64_t committed;

	scheduler_commit(scheduler, batch->answers, batch->count);
	committed = clock_ns();
	for (size_t i = 0; i < batch->count; i++) {
		batch->answers[i].times.committing = committing;
		batch->answers[i].times.committed = committed;
	}
	publish(r, batch->answers, batch->count);
	batch->count = batch->bytes = batch->parts = 0;
}

static void runner_replace(struct runner *r, struct batch *batch, struct scheduler *scheduler)
{
	struct job_update update = {0};

	if (batch->count)
		batch_leave(r, batch, scheduler);
	update.replaced = scheduler_replace(scheduler);
	publish(r, &update, 1);
}

static void *runner_run(void *arg)
{
	struct runner *r = arg;
	struct scheduler *scheduler = r->scheduler;
	struct batch batch = {.count = 0};
	struct sleep sleep = {0};
	struct job_update update;
	bool idle = true;
	bool finishing = false;

	while (!finishing || !idle) {
		finishing = finishing || runner_collect(r, scheduler, &batch, &sleep, idle);
		idle = !scheduler_step(scheduler, &update);
		if (!idle)
			batch_add(r, &batch, scheduler, &update);
		if (batch.count &&
		    (idle || batch.parts >= BATCH_MOST || batch.bytes >= BATCH_BYTES))
			batch_leave(r, &batch, scheduler);
		if (scheduler_may_replace(scheduler)) {
			runner_replace(r, &batch, scheduler);
			idle = false;
		}
	}
	scheduler_free(scheduler);
	r->scheduler = NULL;
	pthread_mutex_lock(&r->lock);
	r->finished = true;
	pthread_mutex_unlock(&r->lock);
	ev_async_send(r->loop, &r->wake);
	return NULL;
}

static int runner_start(struct runner *r)
{
	if (r->started)
		return 0;
	if (thread_start(&r->thread, runner_run, r))
		return -1;
	r->started = true;
	return 0;
}

void runner_unstore(struct runner *r, size_t size)
{
	if (!size)
		return;
	pthread_mutex_lock(&r->lock);
	r->stored -= size;
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->lock);
}

static void tell_done(struct runner *r)
{
	runner_done_fn *done = r->done;

	r->done = NULL;
	if (done)
		done(r->done_arg);
}

static void runner_on_wake(struct ev_loop *loop, ev_async *wake, int revents)
{
	struct runner *r = wake->data;
	struct outgoing *all;
	struct outgoing *out;
	struct outgoing *next;
	bool finished;

	(void)loop;
	(void)revents;
	pthread_mutex_lock(&r->lock);
	all = r->outbox;
	r->outbox = NULL;
	finished = r->finished;
	pthread_mutex_unlock(&r->lock);
	DL_FOREACH_SAFE (all, out, next) {
		if (out->update.replaced) {
			r->service = out->update.replaced;
			r->replacing = false;
		} else {
			r->on_update(r->arg, &out->update);
		}
		free(out);
	}
	if (finished)
		tell_done(r);
}

/* Hands over all that came in one turn of the loop: otherwise the thread would wake for the first
 * part and commit it alone. No other prepare watcher adds parts, so the order of the watchers does
 * not matter. */
static void hand_on(struct runner *r, bool last)
{
	ev_prepare_stop(r->loop, &r->turned);
	pthread_mutex_lock(&r->lock);
	DL_CONCAT(r->inbox, r->staged);
	r->staged = NULL;
	r->finishing = last;
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->lock);
}

static void on_turned(struct ev_loop *loop, ev_prepare *turned, int revents)
{
	struct runner *r = turned->data;

	(void)loop;
	(void)revents;
	hand_on(r, false);
}

struct runner *runner_new(struct ev_loop *loop, const struct dtree_node *node,
                          const struct dtree_service *service, runner_update_fn *on_update,
                          void *arg)
{
	struct runner *r = mem_new(sizeof *r);

	r->loop = loop;
	r->scheduler = scheduler_new(node, service);
	r->resting = true;
	r->service = service;
	r->on_update = on_update;
	r->arg = arg;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work, NULL);
	ev_async_init(&r->wake, runner_on_wake);
	r->wake.data = r;
	ev_async_start(loop, &r->wake);
	ev_prepare_init(&r->turned, on_turned);
	r->turned.data = r;
	return r;
}

void runner_free(struct runner *r)
{
	if (r->started)
		pthread_join(r->thread, NULL);
	if (r->scheduler)
		scheduler_free(r->scheduler);
	ev_async_stop(r->loop, &r->wake);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->work);
	free(r);
}

static void hand_over(struct runner *r, const struct message *m)
{
	struct job_part *part = mem_new(sizeof *part + m->payload_size);

	part->type = m->type;
	part->request = m->request;
	if (m->type == MSG_EXEC) {
		part->session = m->exec.session;
		part->deadline = m->exec.deadline;
	} else if (m->type == MSG_DATA) {
		part->session = m->data.session;
		part->deadline = m->data.deadline;
	}
	part->last = m->flags & FLAG_LAST;
	part->traced = m->flags & FLAG_TRACED;
	part->size = m->payload_size;
	if (m->payload_size)
		memcpy(part->bytes, m->payload, m->payload_size);
	DL_APPEND(r->staged, part);
	ev_prepare_start(r->loop, &r->turned);
}

/* Decides whether a request may run on the loop, where it delays the links. */
static bool is_quick(const struct runner *r, const struct message *m)
{
	return !r->replacing && m->type == MSG_EXEC && m->flags & FLAG_LAST &&
	       m->payload_size < r->service->quick && !r->service->commit;
}

/* false: it must wait for earlier requests, or too many results are kept. */
static bool run_here(struct runner *r, const struct message *m)
{
	struct job_update update;
	bool free_to_run;

	pthread_mutex_lock(&r->lock);
	free_to_run = r->resting && !r->staged && !r->inbox && !r->outbox && r->stored < STORED_MAX;
	pthread_mutex_unlock(&r->lock);
	if (!free_to_run)
		return false;
	scheduler_run_whole(r->scheduler, m, &update);
	pthread_mutex_lock(&r->lock);
	r->stored += update.size;
	pthread_mutex_unlock(&r->lock);
	r->on_update(r->arg, &update);
	return true;
}

int runner_take(struct runner *r, const struct message *m)
{
	if (r->finishing || (is_quick(r, m) && run_here(r, m)))
		return 0;
	if (runner_start(r))
		return -1;
	hand_over(r, m);
	return 0;
}

int runner_reload(struct runner *r, const struct dtree_service *service)
{
	struct job_part *part;

	if (r->finishing || r->replacing)
		return -1;
	/* To destroy a state may take its time. */
	if (!r->started && scheduler_has_state(r->scheduler) && runner_start(r))
		return -1;
	part = mem_new(sizeof *part);
	part->type = MSG_RELOAD;
	part->service = service;
	if (!r->started) {
		/* The scheduler is this thread's, and has no request. */
		scheduler_add(r->scheduler, part, NULL);
		r->service = scheduler_replace(r->scheduler);
		return 0;
	}
	DL_APPEND(r->staged, part);
	ev_prepare_start(r->loop, &r->turned);
	r->replacing = true;
	return 0;
}

void runner_finish(struct runner *r, runner_done_fn *done, void *arg)
{
	r->done = done;
	r->done_arg = arg;
	hand_on(r, true);
	if (r->started)
		return;
	scheduler_free(r->scheduler);
	r->scheduler = NULL;
	tell_done(r);
}
