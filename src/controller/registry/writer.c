/*
 * Owns the store and the thread.
 * Invariant: the store belongs to the thread from its start to its end. `lock` guards stage and
 * quit; the changes and the outcome are the thread's while a commit is posted, else the loop's.
 */
#include "controller/registry/writer.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"

enum stage {
	STAGE_NONE, /* nothing is under way */
	STAGE_POSTED,
	STAGE_DONE, /* by the thread; the loop has not heard of it */
};

struct writer {
	struct ev_loop *loop; /* borrowed */
	char *path;
	struct store *store;
	writer_done_fn *done;
	void *arg; /* borrowed */
	ev_async wake;
	bool running;
	pthread_t thread;

	const struct change *changes; /* borrowed; NULL: what became of the last ones? */
	size_t count;
	enum writer_outcome outcome;
	struct error err; /* if it was not written */
	bool closed;      /* the thread's: the store has to be opened anew */
	bool kept;        /* the same: they were found there then */
	struct error why; /* the same: why they were not written, if they were not found */

	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_cond_t finished;
	enum stage stage;
	bool quit;
};

static const struct store_kind kind = {
    .file = "registry.db",
    .noun = "registry",
    .area = "registry",
    .values = "TEXT",
};

static struct store_text text_of(const char *s)
{
	return (struct store_text){s, strlen(s)};
}

static int write_change(struct store *store, const struct change *change, struct error *err)
{
	struct store_text name = text_of(change->name.text);
	struct store_text old = text_of(change->old ? change->old : "");

	if (!change->text)
		return store_remove(store, name, old, err);
	return store_put(store, name, change->old ? &old : NULL, text_of(change->text), err);
}

static int write_all(struct store *store, const struct change *changes, size_t count,
                     struct error *err)
{
	if (store_begin(store, err))
		return -1;
	for (size_t i = 0; i < count; i++)
		if (write_change(store, &changes[i], err))
			return -1;
	return store_commit(store, err);
}

/* What became of a commit that failed late? It is found out as soon as the store can be read. */
static enum writer_outcome find_out(struct writer *w, struct error *err)
{
	if (w->closed && store_reopen(w->store, NULL, NULL, &w->kept, err))
		return WRITER_UNKNOWN;
	w->closed = false;
	if (w->kept)
		return store_sync(w->store, err) ? WRITER_UNKNOWN : WRITER_WRITTEN;
	*err = w->why;
	return WRITER_FAILED;
}

static enum writer_outcome commit(struct writer *w, struct error *err)
{
	if (w->changes) {
		if (write_all(w->store, w->changes, w->count, err) == 0)
			return WRITER_WRITTEN;
		if (store_rollback(w->store) == 0)
			return WRITER_FAILED;
		w->closed = true;
		w->why = *err;
	}
	return find_out(w, err);
}

static void *run(void *arg)
{
	struct writer *w = arg;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->stage != STAGE_POSTED && !w->quit)
			pthread_cond_wait(&w->work, &w->lock);
		if (w->stage != STAGE_POSTED)
			break;
		pthread_mutex_unlock(&w->lock);
		w->outcome = commit(w, &w->err);
		w->err.code = ERR_INTERNAL;
		pthread_mutex_lock(&w->lock);
		w->stage = STAGE_DONE;
		pthread_cond_signal(&w->finished);
		/* At the end of the program the loop may be gone. */
		if (!w->quit)
			ev_async_send(w->loop, &w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Until nothing is under way, or the limit has passed; with the lock. */
static void writer_await(struct writer *w, int64_t limit_ms)
{
	struct timespec until;
	int rc = 0;

	clock_after(limit_ms == REGISTRY_FOR_EVER ? 0 : limit_ms, &until);
	while (w->stage == STAGE_POSTED && rc == 0)
		rc = limit_ms == REGISTRY_FOR_EVER
		         ? pthread_cond_wait(&w->finished, &w->lock)
		         : pthread_cond_timedwait(&w->finished, &w->lock, &until);
}

/* At most once for a commit. */
static bool writer_tell(struct writer *w, int64_t limit_ms)
{
	bool done;
	bool over;

	pthread_mutex_lock(&w->lock);
	if (limit_ms)
		writer_await(w, limit_ms);
	over = w->stage != STAGE_POSTED;
	done = w->stage == STAGE_DONE;
	if (done)
		w->stage = STAGE_NONE;
	pthread_mutex_unlock(&w->lock);
	if (done)
		w->done(w->arg, w->outcome, &w->err);
	return over;
}

static void on_wake(struct ev_loop *loop, ev_async *wake, int revents)
{
	(void)loop;
	(void)revents;
	writer_tell(wake->data, 0);
}

bool writer_wait(struct writer *w, int64_t limit_ms)
{
	return writer_tell(w, limit_ms);
}

static int writer_start(struct writer *w, struct error *err)
{
	int rc = thread_start(&w->thread, run, w);

	if (rc)
		return error_set(err, ERR_INTERNAL, "cannot start a thread for %s: %s", w->path,
		                 strerror(rc));
	w->running = true;
	ev_async_start(w->loop, &w->wake);
	return 0;
}

struct writer *writer_open(struct ev_loop *loop, const char *dir, store_entry_fn *entry,
                           writer_done_fn *done, void *arg, struct error *err)
{
	struct writer *w = mem_new(sizeof *w);

	w->loop = loop;
	w->path = mem_format("%s/%s", dir, kind.file);
	w->done = done;
	w->arg = arg;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	thread_condition(&w->finished);
	ev_async_init(&w->wake, on_wake);
	w->wake.data = w;
	w->store = store_open(&kind, dir, true, entry, arg, err);
	if (w->store && writer_start(w, err) == 0)
		return w;
	err->code = ERR_INTERNAL;
	writer_close(w, REGISTRY_FOR_EVER);
	return NULL;
}

const char *writer_path(const struct writer *w)
{
	return w->path;
}

static void post(struct writer *w, const struct change *changes, size_t count)
{
	pthread_mutex_lock(&w->lock);
	w->changes = changes;
	w->count = count;
	w->stage = STAGE_POSTED;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

void writer_begin(struct writer *w, const struct change *changes, size_t count)
{
	post(w, changes, count);
}

void writer_find_out(struct writer *w)
{
	post(w, NULL, 0);
}

/* true: the thread has ended. */
static bool join(struct writer *w, int64_t limit_ms)
{
	bool over;

	if (!w->running)
		return true;
	pthread_mutex_lock(&w->lock);
	w->quit = true;
	pthread_cond_signal(&w->work);
	writer_await(w, limit_ms);
	over = w->stage != STAGE_POSTED;
	pthread_mutex_unlock(&w->lock);
	if (over)
		pthread_join(w->thread, NULL);
	else
		pthread_detach(w->thread);
	ev_async_stop(w->loop, &w->wake);
	return over;
}

bool writer_close(struct writer *w, int64_t limit_ms)
{
	if (!join(w, limit_ms))
		return false;
	if (w->store)
		store_close(w->store);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	pthread_cond_destroy(&w->finished);
	free(w->path);
	free(w);
	return true;
}
