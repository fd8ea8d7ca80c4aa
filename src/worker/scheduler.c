/*
 * Owns the node's service state and every request that is not answered yet. Invariant: a request is
 * in a queue of its own until its last part has come, then in its session's queue; only the first
 * request of a queue runs; queues with a part to run are in the ring.
 */
#include "worker/scheduler.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uthash.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/probes.h"
#include "base/run_delay.h"
#include "wire/refusal.h"

/* A bit that no number of a session or request has. */
#define OWN_QUEUE (UINT64_C(1) << 63)

struct job {
	uint64_t id;            /* the key */
	struct queue *queue;    /* borrowed */
	struct job_part *parts; /* owned; arrived and not run */
	void *handle;           /* the service's; NULL until opened */
	bool traced;
	struct job_times times;
	struct job *prev; /* in the queue */
	struct job *next;
	UT_hash_handle hh;
};

/* One session's requests in order; or one request that is still being sent. */
struct queue {
	uint64_t key; /* session, or request with OWN_QUEUE */
	struct job *jobs;
	bool ready; /* in the ring: its first job has a part */
	struct queue *prev;
	struct queue *next;
	UT_hash_handle hh;
};

struct scheduler {
	struct dtree_node node;
	const struct dtree_service *service; /* borrowed */
	void *state;                         /* the service's; NULL: there is none yet */
	const struct dtree_service *coming;  /* that takes its place; NULL: none; borrowed */
	struct job_part *kept;               /* owned: of requests that wait for that */
	size_t opened;                       /* requests with a handle */
	struct job *table;
	struct queue *queues;
	struct queue *ring;
};

struct scheduler *scheduler_new(const struct dtree_node *node, const struct dtree_service *service)
{
	struct scheduler *s = mem_new(sizeof *s);

	s->node = *node;
	s->service = service;
	return s;
}

static void ring_update(struct scheduler *s, struct queue *q)
{
	bool ready = q->jobs && q->jobs->parts;

	if (ready && !q->ready)
		DL_APPEND(s->ring, q);
	if (!ready && q->ready)
		DL_DELETE(s->ring, q);
	q->ready = ready;
}

static struct queue *queue_get(struct scheduler *s, uint64_t key)
{
	struct queue *q;

	HASH_FIND(hh, s->queues, &key, sizeof key, q);
	if (q)
		return q;
	q = mem_new(sizeof *q);
	q->key = key;
	HASH_ADD(hh, s->queues, key, sizeof q->key, q);
	return q;
}

static void queue_leave(struct scheduler *s, struct job *job)
{
	struct queue *q = job->queue;

	DL_DELETE(q->jobs, job);
	ring_update(s, q);
	if (q->jobs)
		return;
	HASH_DEL(s->queues, q);
	free(q);
}

static void queue_join(struct scheduler *s, struct job *job, uint64_t key)
{
	job->queue = queue_get(s, key);
	DL_APPEND(job->queue->jobs, job);
	ring_update(s, job->queue);
}

static void scheduler_drop(struct scheduler *s, struct job *job)
{
	struct job_part *part;
	struct job_part *next;

	DL_FOREACH_SAFE (job->parts, part, next) {
		free(part);
	}
	job->parts = NULL;
	if (job->handle) {
		s->service->close(job->handle);
		s->opened--;
	}
	queue_leave(s, job);
	HASH_DEL(s->table, job);
	free(job);
}

void scheduler_free(struct scheduler *s)
{
	struct job_part *part;
	struct job *job;
	struct job *next;

	HASH_ITER (hh, s->table, job, next) {
		scheduler_drop(s, job);
	}
	while ((part = s->kept)) {
		DL_DELETE(s->kept, part);
		free(part);
	}
	if (s->state)
		s->service->destroy(s->state);
	free(s);
}

static struct job *job_new(struct scheduler *s, const struct job_part *part)
{
	struct job *job = mem_new(sizeof *job);

	job->id = part->request;
	job->traced = part->traced;
	job->times = (struct job_times){.requests = HASH_COUNT(s->table),
	                                .sessions = HASH_COUNT(s->queues),
	                                .collected = part->collected,
	                                .woken = part->woken,
	                                .woken_wait = part->woken_wait};
	HASH_ADD(hh, s->table, id, sizeof job->id, job);
	queue_join(s, job, part->last ? part->session : job->id | OWN_QUEUE);
	return job;
}

static bool scheduler_cancel(struct scheduler *s, struct job *job, struct job_update *update)
{
	if (!job)
		return false;
	*update = (struct job_update){.request = job->id, .answered = true, .flags = FLAG_LATE};
	if (job->handle)
		PROBE_SERVICE_END(job->id, s->node.id, true, 0);
	scheduler_drop(s, job);
	return true;
}

static bool scheduler_keeps(const struct scheduler *s, uint64_t request)
{
	const struct job_part *part;

	DL_FOREACH (s->kept, part) {
		if (part->request == request)
			return true;
	}
	return false;
}

/* Of a request that waits for another service. true and *update: it is cancelled. */
static bool scheduler_keep(struct scheduler *s, struct job_part *part, struct job_update *update)
{
	uint64_t request = part->request;
	struct job_part *other;
	struct job_part *next;

	if (part->type != MSG_CANCEL) {
		DL_APPEND(s->kept, part);
		return false;
	}
	free(part);
	DL_FOREACH_SAFE (s->kept, other, next) {
		if (other->request != request)
			continue;
		DL_DELETE(s->kept, other);
		free(other);
	}
	*update = (struct job_update){.request = request, .answered = true, .flags = FLAG_LATE};
	return true;
}

static bool scheduler_is_kept(const struct scheduler *s, const struct job *job,
                              const struct job_part *part)
{
	if (!s->coming || job)
		return false;
	return part->type == MSG_EXEC ? !part->last : scheduler_keeps(s, part->request);
}

bool scheduler_add(struct scheduler *s, struct job_part *part, struct job_update *update)
{
	struct job *job;
	bool ended = false;

	if (part->type == MSG_RELOAD) {
		s->coming = part->service;
		free(part);
		return false;
	}
	HASH_FIND(hh, s->table, &part->request, sizeof part->request, job);
	if (scheduler_is_kept(s, job, part))
		return scheduler_keep(s, part, update);
	if (part->type == MSG_CANCEL || (!job && part->type != MSG_EXEC)) {
		/* Data for a request that was refused early is dropped. */
		if (part->type == MSG_CANCEL)
			ended = scheduler_cancel(s, job, update);
		free(part);
		return ended;
	}
	if (!job)
		job = job_new(s, part);
	DL_APPEND(job->parts, part);
	ring_update(s, job->queue);
	if (part->last && job->queue->key & OWN_QUEUE) {
		queue_leave(s, job);
		queue_join(s, job, part->session);
	}
	return false;
}

/* why may be NULL: there was no memory for a text. */
static void scheduler_refuse(struct job_update *update, const char *why)
{
	update->answered = true;
	update->flags = FLAG_REFUSED;
	update->text = mem_string(why ? why : "the worker is out of memory");
	update->size = strlen(update->text);
}

static void scheduler_finish(struct scheduler *s, void *handle, struct job_update *update)
{
	struct dtree_result result = {0};

	s->service->finish(handle, &result);
	if (result.size > DTREE_RESULT_MAX) {
		free(result.text);
		scheduler_refuse(update, "the result is larger than 67108864 bytes");
		return;
	}
	update->answered = true;
	update->tentative = result.tentative;
	if (!result.ok) {
		update->flags = FLAG_REFUSED;
		update->text =
		    refusal_join(&(struct refusal){.reason = result.text ? result.text : "",
		                                   .reason_size = result.text ? result.size : 0},
		                 &update->size);
		free(result.text);
		return;
	}
	update->flags = result.text ? 0 : FLAG_NONE;
	update->text = result.text;
	update->size = result.text ? result.size : 0;
}

/* The service's handle for a new request, which has begun; NULL: *update is its answer. */
static void *scheduler_begin(struct scheduler *s, int64_t deadline, struct job_update *update)
{
	cleanup_free char *why = NULL;
	void *handle = NULL;

	if (deadline && clock_ns_ms(update->times.begun) > deadline) {
		update->answered = true;
		update->flags = FLAG_LATE;
		return NULL;
	}
	if (!s->state && !mem_short())
		s->state = s->service->create(&s->node, &why);
	if (s->state && !mem_short())
		handle = s->service->open(s->state);
	if (!handle)
		scheduler_refuse(update, why);
	else
		PROBE_SERVICE_START(update->request, s->node.id, update->taken);
	return handle;
}

static void feed(struct scheduler *s, void *handle, const char *bytes, size_t n, bool last,
                 struct job_update *update)
{
	if (!s->service->feed(handle, bytes, n) && !last)
		return;
	scheduler_finish(s, handle, update);
	PROBE_SERVICE_END(update->request, s->node.id, update->flags & FLAG_REFUSED, update->size);
}

/* What a traced request cost its thread so far. */
static void scheduler_cost(uint64_t *wait, uint64_t *faults)
{
	struct rusage usage = {0};

	*wait = run_delay_ns();
	getrusage(RUSAGE_THREAD, &usage);
	*faults = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

static void run_part(struct scheduler *s, struct job *job, const struct job_part *part,
                     struct job_update *update)
{
	uint64_t wait = 0;
	uint64_t faults = 0;
	uint64_t waited;
	uint64_t faulted;

	if (job->traced)
		scheduler_cost(&wait, &faults);
	update->times = job->times;
	if (!job->handle) {
		update->times.begun = clock_ns();
		job->handle = scheduler_begin(s, part->deadline, update);
		s->opened += job->handle != NULL;
	}
	if (job->handle)
		feed(s, job->handle, part->bytes, part->size, part->last, update);
	if (update->answered)
		update->times.ended = clock_ns();
	if (job->traced) {
		scheduler_cost(&waited, &faulted);
		update->times.wait += waited - wait;
		update->times.faults += (uint32_t)(faulted - faults);
	}
	job->times = update->times;
}

bool scheduler_empty(const struct scheduler *s)
{
	return !s->table;
}

void scheduler_run_whole(struct scheduler *s, const struct message *m, struct job_update *update)
{
	void *handle;

	*update = (struct job_update){
	    .request = m->request,
	    .taken = m->payload_size,
	    .times = {.begun = m->exec.came ? m->exec.came : clock_ns(), .on_loop = true}};
	handle = scheduler_begin(s, m->exec.deadline, update);
	if (handle) {
		feed(s, handle, m->payload, m->payload_size, true, update);
		s->service->close(handle);
	}
	update->times.ended = clock_ns();
}

bool scheduler_step(struct scheduler *s, struct job_update *update)
{
	struct queue *q = s->ring;
	struct job_part *part;
	struct job *job;

	if (!q)
		return false;
	/* The queue goes to the end of the ring, so that the others come next. */
	DL_DELETE(s->ring, q);
	DL_APPEND(s->ring, q);
	job = q->jobs;
	part = job->parts;
	DL_DELETE(job->parts, part);
	*update = (struct job_update){.request = job->id, .taken = part->size};
	run_part(s, job, part, update);
	free(part);
	if (update->answered)
		scheduler_drop(s, job);
	else
		ring_update(s, q);
	return true;
}

bool scheduler_may_replace(const struct scheduler *s)
{
	return s->coming && !s->opened;
}

const struct dtree_service *scheduler_replace(struct scheduler *s)
{
	struct job_part *kept = s->kept;
	struct job_part *part;
	struct job_part *next;
	struct job_update none;

	if (s->state)
		s->service->destroy(s->state);
	s->state = NULL;
	s->service = s->coming;
	s->coming = NULL;
	s->kept = NULL;
	DL_FOREACH_SAFE (kept, part, next) {
		part->prev = part->next = NULL;
		scheduler_add(s, part, &none);
	}
	return s->service;
}

bool scheduler_has_state(const struct scheduler *s)
{
	return s->state != NULL;
}

bool scheduler_commits(const struct scheduler *s)
{
	return s->service->commit != NULL;
}

void scheduler_drop_partial(struct scheduler *s)
{
	struct job *job;
	struct job *next;

	HASH_ITER (hh, s->table, job, next) {
		if (job->queue->key & OWN_QUEUE)
			scheduler_drop(s, job);
	}
}

void scheduler_commit(struct scheduler *s, struct job_update *answers, size_t count)
{
	cleanup_free char *why = NULL;
	int rc = s->state ? s->service->commit(s->state, &why) : 0;

	if (rc == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (!answers[i].tentative)
			continue;
		free(answers[i].text);
		scheduler_refuse(&answers[i], why);
		if (rc == DTREE_COMMIT_UNKNOWN)
			answers[i].flags = FLAG_UNKNOWN;
	}
}
