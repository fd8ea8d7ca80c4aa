/*
 * Owns the node's service state and every request that is not answered yet. Invariant: a request
 * stands in its session's queue once its last part is here, and until then in a queue of its own;
 * only the first of a queue is run; queues with a part to run are in the ring.
 */
#include "worker/jobs.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"

/* Sessions and requests are counted from 1; no count comes here. */
#define OWN_QUEUE (UINT64_C(1) << 63)

struct job {
	uint64_t id;            /* the key */
	struct queue *queue;    /* borrowed */
	struct job_part *parts; /* owned; arrived and not run */
	void *handle;           /* the service's; NULL until opened */
	struct job *prev;       /* in the queue */
	struct job *next;
	UT_hash_handle hh;
};

/* One session's requests, the first one first; or one that is still being sent. */
struct queue {
	uint64_t key; /* session, or request with OWN_QUEUE */
	struct job *jobs;
	bool ready; /* in the ring: its first job has a part */
	struct queue *prev;
	struct queue *next;
	UT_hash_handle hh;
};

struct jobs {
	struct dtree_node node;
	const struct dtree_service *service; /* borrowed */
	void *state;                         /* the service's; NULL: there is none yet */
	struct job *table;
	struct queue *queues;
	struct queue *ring;
};

struct jobs *jobs_new(const struct dtree_node *node, const struct dtree_service *service)
{
	struct jobs *jobs = mem_new(sizeof *jobs);

	jobs->node = *node;
	jobs->service = service;
	return jobs;
}

static void ring_update(struct jobs *jobs, struct queue *q)
{
	bool ready = q->jobs && q->jobs->parts;

	if (ready && !q->ready)
		DL_APPEND(jobs->ring, q);
	if (!ready && q->ready)
		DL_DELETE(jobs->ring, q);
	q->ready = ready;
}

static struct queue *queue_get(struct jobs *jobs, uint64_t key)
{
	struct queue *q;

	HASH_FIND(hh, jobs->queues, &key, sizeof key, q);
	if (q)
		return q;
	q = mem_new(sizeof *q);
	q->key = key;
	HASH_ADD(hh, jobs->queues, key, sizeof q->key, q);
	return q;
}

static void queue_leave(struct jobs *jobs, struct job *job)
{
	struct queue *q = job->queue;

	DL_DELETE(q->jobs, job);
	ring_update(jobs, q);
	if (q->jobs)
		return;
	HASH_DEL(jobs->queues, q);
	free(q);
}

static void queue_join(struct jobs *jobs, struct job *job, uint64_t key)
{
	job->queue = queue_get(jobs, key);
	DL_APPEND(job->queue->jobs, job);
	ring_update(jobs, job->queue);
}

static void job_drop(struct jobs *jobs, struct job *job)
{
	struct job_part *part;
	struct job_part *next;

	DL_FOREACH_SAFE (job->parts, part, next) {
		free(part);
	}
	job->parts = NULL;
	if (job->handle)
		jobs->service->close(job->handle);
	queue_leave(jobs, job);
	HASH_DEL(jobs->table, job);
	free(job);
}

void jobs_free(struct jobs *jobs)
{
	struct job *job;
	struct job *next;

	HASH_ITER (hh, jobs->table, job, next) {
		job_drop(jobs, job);
	}
	if (jobs->state)
		jobs->service->destroy(jobs->state);
	free(jobs);
}

static struct job *job_new(struct jobs *jobs, const struct job_part *part)
{
	struct job *job = mem_new(sizeof *job);

	job->id = part->request;
	HASH_ADD(hh, jobs->table, id, sizeof job->id, job);
	queue_join(jobs, job, part->last ? part->session : job->id | OWN_QUEUE);
	return job;
}

static bool cancel(struct jobs *jobs, struct job *job, struct job_news *news)
{
	if (!job)
		return false;
	*news = (struct job_news){.request = job->id, .answered = true, .flags = FLAG_LATE};
	job_drop(jobs, job);
	return true;
}

bool jobs_add(struct jobs *jobs, struct job_part *part, struct job_news *news)
{
	struct job *job;
	bool ended = false;

	HASH_FIND(hh, jobs->table, &part->request, sizeof part->request, job);
	if (part->type == MSG_CANCEL || (!job && part->type != MSG_EXEC)) {
		/* Data for what was answered early, by a refusal, has nowhere to go. */
		if (part->type == MSG_CANCEL)
			ended = cancel(jobs, job, news);
		free(part);
		return ended;
	}
	if (!job)
		job = job_new(jobs, part);
	DL_APPEND(job->parts, part);
	ring_update(jobs, job->queue);
	if (part->last && job->queue->key & OWN_QUEUE) {
		queue_leave(jobs, job);
		queue_join(jobs, job, part->session);
	}
	return false;
}

/* NULL: nothing is left to say it with. */
static void refuse(struct job_news *news, const char *why)
{
	news->answered = true;
	news->flags = FLAG_REFUSED;
	news->text = mem_string(why ? why : "the worker is out of memory");
	news->size = strlen(news->text);
}

static void finish(struct jobs *jobs, void *handle, struct job_news *news)
{
	struct dtree_result result = {0};

	jobs->service->finish(handle, &result);
	if (result.size > DTREE_RESULT_MAX) {
		free(result.text);
		refuse(news, "the result is larger than 67108864 bytes");
		return;
	}
	news->answered = true;
	news->tentative = result.tentative;
	news->flags = result.ok ? 0 : FLAG_REFUSED;
	if (result.ok && !result.text)
		news->flags = FLAG_NONE;
	news->text = result.text;
	news->size = result.text ? result.size : 0;
}

/* The service's handle for a new request; NULL: *news is its answer. */
static void *begin(struct jobs *jobs, int64_t deadline, struct job_news *news)
{
	cleanup_free char *why = NULL;
	void *handle = NULL;

	if (deadline && clock_ms() > deadline) {
		news->answered = true;
		news->flags = FLAG_LATE;
		return NULL;
	}
	if (!jobs->state && !mem_short())
		jobs->state = jobs->service->create(&jobs->node, &why);
	if (jobs->state && !mem_short())
		handle = jobs->service->open(jobs->state);
	if (!handle)
		refuse(news, why);
	return handle;
}

static void feed(struct jobs *jobs, void *handle, const char *bytes, size_t n, bool last,
                 struct job_news *news)
{
	if (jobs->service->feed(handle, bytes, n) || last)
		finish(jobs, handle, news);
}

static void run_part(struct jobs *jobs, struct job *job, const struct job_part *part,
                     struct job_news *news)
{
	if (!job->handle)
		job->handle = begin(jobs, part->deadline, news);
	if (job->handle)
		feed(jobs, job->handle, part->bytes, part->size, part->last, news);
}

bool jobs_empty(const struct jobs *jobs)
{
	return !jobs->table;
}

void jobs_run_whole(struct jobs *jobs, const struct message *m, struct job_news *news)
{
	void *handle;

	*news = (struct job_news){.request = m->request, .taken = m->payload_size};
	handle = begin(jobs, m->exec.deadline, news);
	if (!handle)
		return;
	feed(jobs, handle, m->payload, m->payload_size, true, news);
	jobs->service->close(handle);
}

bool jobs_step(struct jobs *jobs, struct job_news *news)
{
	struct queue *q = jobs->ring;
	struct job_part *part;
	struct job *job;

	if (!q)
		return false;
	/* To the end of the ring: the others come first next time. */
	DL_DELETE(jobs->ring, q);
	DL_APPEND(jobs->ring, q);
	job = q->jobs;
	part = job->parts;
	DL_DELETE(job->parts, part);
	*news = (struct job_news){.request = job->id, .taken = part->size};
	run_part(jobs, job, part, news);
	free(part);
	if (news->answered)
		job_drop(jobs, job);
	else
		ring_update(jobs, q);
	return true;
}

void jobs_drop_partial(struct jobs *jobs)
{
	struct job *job;
	struct job *next;

	HASH_ITER (hh, jobs->table, job, next) {
		if (job->queue->key & OWN_QUEUE)
			job_drop(jobs, job);
	}
}

void jobs_commit(struct jobs *jobs, struct job_news *answers, size_t count)
{
	cleanup_free char *why = NULL;
	int rc = jobs->state ? jobs->service->commit(jobs->state, &why) : 0;

	if (rc == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (!answers[i].tentative)
			continue;
		free(answers[i].text);
		refuse(&answers[i], why);
		if (rc == DTREE_COMMIT_UNKNOWN)
			answers[i].flags = FLAG_UNKNOWN;
	}
}
