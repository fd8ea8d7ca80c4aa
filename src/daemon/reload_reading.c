/*
 * Shared by the thread and the loop until one of them has done its part; the other one frees it.
 * What was read is the thread's until `over`, and the loop's from then on.
 */
#include "daemon/reload_reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/thread.h"
#include "daemon/confinement.h"
#include "daemon/judge_services.h"

struct reload_reading {
	struct ev_loop *loop; /* borrowed */
	ev_async ended;
	void (*done)(void *arg);
	void *arg; /* borrowed */
	struct reload_source source;
	struct config config;
	struct mistakes found;
	struct mistakes warnings;

	pthread_mutex_t lock; /* of the two below */
	bool over;            /* the thread has read all */
	bool abandoned;       /* the loop does not wait for it */
};

static void reading_release(struct reload_reading *r)
{
	pthread_mutex_destroy(&r->lock);
	mistakes_free(&r->found);
	mistakes_free(&r->warnings);
	config_free(&r->config);
	free(r);
}

static void *reading_run(void *arg)
{
	struct reload_reading *r = arg;
	struct confinement own;
	bool abandoned;

	reload_read(&r->source, &r->config, &r->found);
	confinement_of_process(&own);
	judge_services(&r->config.services, &own, &r->warnings);
	pthread_mutex_lock(&r->lock);
	r->over = true;
	abandoned = r->abandoned;
	if (!abandoned)
		ev_async_send(r->loop, &r->ended);
	pthread_mutex_unlock(&r->lock);
	if (abandoned)
		reading_release(r);
	return NULL;
}

static void reading_on_ended(struct ev_loop *loop, ev_async *watcher, int revents)
{
	struct reload_reading *r = watcher->data;

	(void)revents;
	ev_async_stop(loop, watcher);
	r->done(r->arg);
}

struct reload_reading *reload_reading_new(struct ev_loop *loop, const struct reload_source *source,
                                          void (*done)(void *arg), void *arg, struct error *err)
{
	struct reload_reading *r = mem_new(sizeof *r);
	pthread_t thread;
	int rc;

	r->loop = loop;
	r->source = *source;
	r->source.again = true;
	r->done = done;
	r->arg = arg;
	pthread_mutex_init(&r->lock, NULL);
	ev_async_init(&r->ended, reading_on_ended);
	r->ended.data = r;
	ev_async_start(loop, &r->ended);
	rc = thread_start(&thread, reading_run, r);
	if (rc == 0) {
		pthread_detach(thread);
		return r;
	}
	ev_async_stop(loop, &r->ended);
	reading_release(r);
	error_set(err, ERR_LIMIT, "the configuration cannot be read: %s", strerror(rc));
	return NULL;
}

void reload_reading_take(struct reload_reading *r, struct config *config, struct mistakes *found,
                         struct mistakes *warnings)
{
	*config = r->config;
	*found = r->found;
	*warnings = r->warnings;
	r->config = (struct config){0};
	r->found = (struct mistakes){0};
	r->warnings = (struct mistakes){0};
}

void reload_reading_free(struct reload_reading *r)
{
	bool over;

	if (!r)
		return;
	ev_async_stop(r->loop, &r->ended);
	pthread_mutex_lock(&r->lock);
	r->abandoned = true;
	over = r->over;
	pthread_mutex_unlock(&r->lock);
	if (over)
		reading_release(r);
}
