/*
 * Owns the items, and the calls that wait for them.
 * Invariants: an item that should differ from what was last given to the writer is dirty.
 * While a job is under way, `written` of the items in it stays as it is, and none of them is freed.
 */
#include "controller/registry/registry.h"

#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

#include "base/log.h"
#include "base/log_fact.h"
#include "base/mem.h"
#include "controller/registry/cache.h"
#include "controller/registry/encoding.h"
#include "controller/registry/writer.h"
#include "loop/deferred.h"
#include "loop/timer.h"

#define RETRY_MS 1000

struct waiter {
	registry_done_fn *fn;
	void *arg; /* borrowed */
	uint64_t number;
	bool failed;
	struct waiter *prev; /* utlist */
	struct waiter *next;
};

/* What goes in one commit. */
struct job {
	struct item **items;    /* owned, each borrowed */
	struct change *changes; /* owned, with `text` in them */
	size_t count;
	struct waiter *waiters;
};

struct registry {
	struct ev_loop *loop;  /* borrowed */
	struct writer *writer; /* NULL: without a directory */
	char *head_text;       /* holds the strings that registry_open() gave */
	struct items items;
	struct waiter *waiting; /* for the next job */
	struct job job;
	bool busy;            /* the job is under way, or what became of it is not known */
	bool asked;           /* something is new since it began */
	bool failing;         /* the last one failed */
	struct waiter *ready; /* to be called */
	bool calling;         /* these are being called */
	bool closing;         /* no callback comes any more */
	struct error why;     /* of those that failed */
	struct deferred next; /* begins a job */
	struct timer retry;   /* the same, after one that failed */
};

static void waiters_move(struct waiter **to, struct waiter **from)
{
	DL_CONCAT(*to, *from);
	*from = NULL;
}

static void registry_forget(struct waiter **waiters)
{
	struct waiter *waiter;
	struct waiter *next;

	DL_FOREACH_SAFE (*waiters, waiter, next)
		free(waiter);
	*waiters = NULL;
}

/* A callback may add to what is ready. */
static void call_ready(struct registry *r)
{
	r->calling = true;
	while (r->ready && !r->closing) {
		struct waiter *waiter = r->ready;

		DL_DELETE(r->ready, waiter);
		waiter->fn(waiter->arg, waiter->number, waiter->failed ? &r->why : NULL);
		free(waiter);
	}
	r->calling = false;
}

/* All that is dirty, if it is not as it should be after all. */
static void job_fill(struct registry *r)
{
	struct job *job = &r->job;
	struct item *item;
	struct item *next;
	size_t count;

	DL_COUNT(r->items.dirty, item, count);
	*job = (struct job){.items = mem_new_array(count, sizeof *job->items),
	                    .changes = mem_new_array(count, sizeof *job->changes)};
	waiters_move(&job->waiters, &r->waiting);
	r->asked = false;
	DL_FOREACH_SAFE (r->items.dirty, item, next) {
		if (!item_clean(&r->items, item))
			continue;
		job->items[job->count] = item;
		job->changes[job->count++] = (struct change){
		    item_name(item), item->written, item->wanted ? mem_string(item->wanted) : NULL};
	}
}

/* Tells those that wait for the job how it is; it need not be over. */
static void job_tell(struct registry *r, const struct error *err)
{
	struct waiter *waiter;

	DL_FOREACH (r->job.waiters, waiter)
		waiter->failed = err;
	waiters_move(&r->ready, &r->job.waiters);
	if (err)
		r->why = *err;
}

/* The rows after the commit. */
static void job_settle(struct registry *r, const struct error *err)
{
	struct job *job = &r->job;

	for (size_t i = 0; i < job->count; i++) {
		char *text = (char *)job->changes[i].text;
		if (err) {
			free(text);
			item_soil(&r->items, job->items[i]);
		} else {
			item_wrote(&r->items, job->items[i], text);
		}
	}
	free(job->items);
	free(job->changes);
	*job = (struct job){0};
	r->busy = false;
}

static void job_drop(struct job *job)
{
	for (size_t i = 0; i < job->count; i++)
		free((char *)(uintptr_t)job->changes[i].text);
	free(job->items);
	free(job->changes);
	registry_forget(&job->waiters);
	*job = (struct job){0};
}

static void registry_report(struct registry *r, const struct error *err)
{
	if (err && !r->failing)
		log_fact(LOG_LEVEL_ERROR, FACT_REGISTRY_FAILED, NULL, "registry",
		         "%s; tried again each second", err->text);
	else if (!err && r->failing)
		log_fact(LOG_LEVEL_INFO, FACT_REGISTRY_RESTORED, NULL, "registry",
		         "%s is written again", writer_path(r->writer));
	r->failing = err;
}

/* In this turn of the loop, so that what comes together goes together. */
static void registry_write_soon(struct registry *r)
{
	if (!r->asked && !r->busy)
		deferred_call(&r->next);
	r->asked = true;
}

static void retry_later(struct registry *r)
{
	timer_start(&r->retry, RETRY_MS);
}

/* The job is over, unless what became of it is not known. */
static void on_done(void *arg, enum writer_outcome outcome, const struct error *why)
{
	struct registry *r = arg;
	const struct error *err = outcome == WRITER_WRITTEN ? NULL : why;

	registry_report(r, err);
	job_tell(r, err);
	if (outcome == WRITER_UNKNOWN)
		r->why.outcome = OUTCOME_UNKNOWN;
	else
		job_settle(r, err);
	if (r->asked && !r->busy)
		deferred_call(&r->next);
	else if (r->items.dirty || r->busy)
		retry_later(r);
	call_ready(r);
}

/* A job, or a look at what became of the last one. */
static void registry_begin(void *arg)
{
	struct registry *r = arg;

	/* Both may be due in one turn, and only one of them begins. */
	timer_stop(&r->retry);
	deferred_stop(&r->next);
	if (r->busy) {
		writer_find_out(r->writer);
		return;
	}
	job_fill(r);
	r->busy = r->job.count;
	if (r->busy)
		writer_begin(r->writer, r->job.changes, r->job.count);
	else
		on_done(r, WRITER_WRITTEN, NULL);
}

/* One entry of the store. What it means is looked at when all of it was found good. */
static int load(void *arg, struct store_text name, struct store_text text, struct error *err)
{
	struct registry *r = arg;

	return item_load(&r->items, name.bytes, name.size, text.bytes, text.size, err);
}

static int tell_row(const struct item *item, registry_row_fn *fn, void *arg, struct error *err)
{
	struct registry_row row = {.data_id = (uint32_t)item->key};
	cleanup_free char *text = mem_string(item->written);
	struct error reason;

	if (registry_row_parse(text, &row, &reason))
		return error_set(err, ERR_INTERNAL, "row %s: %s", item_name(item).text,
		                 reason.text);
	return fn(arg, &row, err);
}

static int tell_head(struct registry *r, struct registry_head *head, struct error *err)
{
	const struct item *item = item_find(&r->items, ITEM_HEAD);
	struct error reason;

	if (!item)
		return r->items.all ? error_set(err, ERR_INTERNAL, "it has rows and no head") : 0;
	r->head_text = mem_string(item->written);
	if (registry_head_parse(r->head_text, head, &reason) == 0)
		return 0;
	return error_set(err, ERR_INTERNAL, "its head: %s", reason.text);
}

static int registry_tell(struct registry *r, registry_row_fn *fn, void *arg,
                         struct registry_head *head, struct error *err)
{
	struct error reason;
	struct item *item;
	struct item *next;
	int rc = 0;

	HASH_ITER (hh, r->items.all, item, next)
		if (rc == 0 && item->key != ITEM_HEAD)
			rc = tell_row(item, fn, arg, &reason);
	if (rc == 0 && tell_head(r, head, &reason) == 0)
		return 0;
	return error_set(err, ERR_INTERNAL, "the registry %s cannot be used: %s",
	                 writer_path(r->writer), reason.text);
}

static void registry_free(struct registry *r, int64_t limit_ms)
{
	if (r->writer) {
		deferred_stop(&r->next);
		timer_stop(&r->retry);
		if (!writer_close(r->writer, limit_ms))
			return; /* it has the items */
		job_drop(&r->job);
	}
	items_free(&r->items);
	registry_forget(&r->waiting);
	registry_forget(&r->ready);
	free(r->head_text);
	free(r);
}

struct registry *registry_open(struct ev_loop *loop, const char *dir, registry_row_fn *fn,
                               void *arg, struct registry_head *head, struct error *err)
{
	struct registry *r = mem_new(sizeof *r);

	*head = (struct registry_head){.heartbeat_ms = -1};
	r->loop = loop;
	if (!dir)
		return r;
	deferred_init(&r->next, loop, registry_begin, r);
	timer_init(&r->retry, loop, registry_begin, r);
	r->writer = writer_open(loop, dir, load, on_done, r, err);
	if (r->writer && registry_tell(r, fn, arg, head, err) == 0)
		return r;
	registry_free(r, REGISTRY_FOR_EVER);
	return NULL;
}

static int wait_for_writer(struct registry *r, int64_t limit_ms, struct error *err)
{
	if (writer_wait(r->writer, limit_ms))
		return 0;
	return error_set(err, ERR_INTERNAL, "%s: the disk does not answer", writer_path(r->writer));
}

int registry_write(struct registry *r, int64_t limit_ms, struct error *err)
{
	if (!r->writer)
		return 0;
	/* The first job that this begins may be a look at what became of another. */
	for (int i = 0; i < 2; i++) {
		if (wait_for_writer(r, limit_ms, err))
			return -1;
		deferred_stop(&r->next);
		registry_begin(r);
		if (wait_for_writer(r, limit_ms, err))
			return -1;
	}
	if (!r->failing)
		return 0;
	*err = r->why;
	return -1;
}

void registry_close(struct registry *r, int64_t limit_ms)
{
	struct error err;

	r->closing = true;
	if (registry_write(r, limit_ms, &err))
		log_error("registry", "%s; what was to be written last is not", err.text);
	registry_free(r, 0);
}

/* text: taken; NULL: none. */
static void want(struct registry *r, int64_t key, char *text)
{
	if (item_want(&r->items, key, text))
		registry_write_soon(r);
}

void registry_put(struct registry *r, const struct registry_row *row)
{
	if (r->writer)
		want(r, row->data_id, registry_row_text(row));
}

void registry_drop(struct registry *r, uint32_t data_id)
{
	if (r->writer)
		want(r, data_id, NULL);
}

void registry_head(struct registry *r, const struct registry_head *head)
{
	if (!r->writer)
		return;
	want(r, ITEM_HEAD, registry_head_text(head));
	free(r->head_text);
	r->head_text = NULL;
}

void registry_then(struct registry *r, registry_done_fn *fn, void *arg, uint64_t number)
{
	struct waiter *waiter;

	if (!r->items.dirty && !r->waiting && !r->busy && !r->calling) {
		fn(arg, number, NULL);
		return;
	}
	waiter = mem_new(sizeof *waiter);
	*waiter = (struct waiter){.fn = fn, .arg = arg, .number = number};
	if (r->items.dirty || r->waiting) {
		DL_APPEND(r->waiting, waiter);
		registry_write_soon(r);
	} else if (r->busy) {
		DL_APPEND(r->job.waiters, waiter);
	} else {
		DL_APPEND(r->ready, waiter);
	}
}
