/*
 * The bridge between the loop and the service thread, and large results on their way out.
 * Invariant: `lock` guards inbox, outbox and stored; everything else belongs to the loop's thread,
 * but jobs, which belongs to the service thread.
 */
#include "worker/runner.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "base/mem.h"
#include "worker/jobs.h"

/* A longer result is offered first and sent in parts, as the controller gives credit. */
#define RESULT_PART ((size_t)64 * 1024)
/* While so many bytes of results are not fetched, this node runs nothing more. */
#define STORED_MAX DTREE_RESULT_MAX

/* What the thread tells the loop. */
struct news {
	struct job_news is;
	struct news *prev; /* utlist */
	struct news *next;
};

/* A result that waits for credit. */
struct large {
	uint64_t request; /* the key */
	unsigned flags;
	char *text; /* owned */
	size_t size;
	size_t sent;
	UT_hash_handle hh;
};

struct runner {
	struct ev_loop *loop; /* borrowed */
	int node;
	const struct dtree_service *service; /* borrowed */
	runner_answer_fn *answer;
	void *arg; /* borrowed */
	ev_async wake;
	bool started;
	struct large *larges;

	pthread_mutex_t lock;
	pthread_cond_t work;
	struct job_part *inbox;
	struct news *outbox;
	size_t stored;
};

static void publish(struct runner *r, const struct job_news *is)
{
	struct news *news = mem_new(sizeof *news);

	news->is = *is;
	pthread_mutex_lock(&r->lock);
	DL_APPEND(r->outbox, news);
	r->stored += is->size;
	pthread_mutex_unlock(&r->lock);
	ev_async_send(r->loop, &r->wake);
}

/* Moves what came into jobs; waits for something to come when there is nothing else to do. */
static void collect(struct runner *r, struct jobs *jobs, bool idle)
{
	struct job_part *parts;
	struct job_part *part;
	struct job_part *next;
	struct job_news news;

	pthread_mutex_lock(&r->lock);
	while ((idle && !r->inbox) || r->stored >= STORED_MAX)
		pthread_cond_wait(&r->work, &r->lock);
	parts = r->inbox;
	r->inbox = NULL;
	pthread_mutex_unlock(&r->lock);
	DL_FOREACH_SAFE (parts, part, next) {
		part->prev = part->next = NULL;
		if (jobs_add(jobs, part, &news))
			publish(r, &news);
	}
}

static void *run(void *arg)
{
	struct runner *r = arg;
	struct jobs *jobs = jobs_new(r->node, r->service);
	struct job_news news;
	bool idle = true;

	for (;;) {
		collect(r, jobs, idle);
		idle = !jobs_step(jobs, &news);
		if (!idle)
			publish(r, &news);
	}
	return NULL;
}

/* Signals are the loop's; the thread takes none. */
static int start(struct runner *r)
{
	pthread_t thread;
	sigset_t all;
	sigset_t before;
	int rc;

	if (r->started)
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		return -1;
	pthread_detach(thread);
	r->started = true;
	return 0;
}

static void unstore(struct runner *r, size_t size)
{
	if (!size)
		return;
	pthread_mutex_lock(&r->lock);
	r->stored -= size;
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->lock);
}

static void large_drop(struct runner *r, struct large *large)
{
	unstore(r, large->size);
	HASH_DEL(r->larges, large);
	free(large->text);
	free(large);
}

static void large_send(struct runner *r, struct large *large, uint64_t credit)
{
	while (credit && large->sent < large->size) {
		size_t part = large->size - large->sent;

		if (part > RESULT_PART)
			part = RESULT_PART;
		if (part > credit)
			part = (size_t)credit;
		struct message m = {.type = MSG_RESULT,
		                    .request = large->request,
		                    .flags = large->flags,
		                    .payload = large->text + large->sent,
		                    .payload_size = part};
		large->sent += part;
		credit -= part;
		if (large->sent == large->size)
			m.flags |= FLAG_LAST;
		r->answer(r->arg, &m);
	}
	if (large->sent == large->size)
		large_drop(r, large);
}

static void offer(struct runner *r, const struct job_news *is)
{
	struct large *large = mem_new(sizeof *large);
	struct message m = {.type = MSG_OFFER, .request = is->request, .value = is->size};

	large->request = is->request;
	large->flags = is->flags;
	large->text = is->text;
	large->size = is->size;
	HASH_ADD(hh, r->larges, request, sizeof large->request, large);
	r->answer(r->arg, &m);
}

static void report(struct runner *r, const struct job_news *is)
{
	struct message m = {.request = is->request};

	if (!is->answered) {
		m.type = MSG_TAKEN;
		m.value = is->taken;
		r->answer(r->arg, &m);
		return;
	}
	if (is->size > RESULT_PART) {
		offer(r, is);
		return;
	}
	m.type = MSG_RESULT;
	m.flags = is->flags | FLAG_LAST;
	m.payload = is->text;
	m.payload_size = is->size;
	r->answer(r->arg, &m);
	unstore(r, is->size);
	free(is->text);
}

static void on_wake(struct ev_loop *loop, ev_async *wake, int revents)
{
	struct runner *r = wake->data;
	struct news *all;
	struct news *news;
	struct news *next;

	(void)loop;
	(void)revents;
	pthread_mutex_lock(&r->lock);
	all = r->outbox;
	r->outbox = NULL;
	pthread_mutex_unlock(&r->lock);
	DL_FOREACH_SAFE (all, news, next) {
		report(r, &news->is);
		free(news);
	}
}

struct runner *runner_new(struct ev_loop *loop, int node, const struct dtree_service *service,
                          runner_answer_fn *answer, void *arg)
{
	struct runner *r = mem_new(sizeof *r);

	r->loop = loop;
	r->node = node;
	r->service = service;
	r->answer = answer;
	r->arg = arg;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work, NULL);
	ev_async_init(&r->wake, on_wake);
	r->wake.data = r;
	ev_async_start(loop, &r->wake);
	return r;
}

void runner_free(struct runner *r)
{
	ev_async_stop(r->loop, &r->wake);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->work);
	free(r);
}

static void refuse(struct runner *r, uint64_t request, const char *why)
{
	r->answer(r->arg, &(struct message){.type = MSG_RESULT,
	                                    .request = request,
	                                    .flags = FLAG_LAST | FLAG_REFUSED,
	                                    .payload = why,
	                                    .payload_size = strlen(why)});
}

static void hand_over(struct runner *r, const struct message *m)
{
	struct job_part *part = mem_new(sizeof *part + m->payload_size);

	part->type = m->type;
	part->request = m->request;
	part->session = m->session;
	part->deadline = m->deadline;
	part->last = m->flags & FLAG_LAST;
	part->size = m->payload_size;
	if (m->payload_size)
		memcpy(part->bytes, m->payload, m->payload_size);
	pthread_mutex_lock(&r->lock);
	DL_APPEND(r->inbox, part);
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->lock);
}

void runner_take(struct runner *r, const struct message *m)
{
	struct large *large;

	HASH_FIND(hh, r->larges, &m->request, sizeof m->request, large);
	if (m->type == MSG_CREDIT) {
		if (large)
			large_send(r, large, m->value);
		return;
	}
	if (m->type == MSG_CANCEL && large) {
		large_drop(r, large);
		r->answer(r->arg, &(struct message){.type = MSG_RESULT,
		                                    .request = m->request,
		                                    .flags = FLAG_LAST | FLAG_LATE});
		return;
	}
	if (start(r))
		refuse(r, m->request, "the worker cannot start a thread");
	else
		hand_over(r, m);
}
