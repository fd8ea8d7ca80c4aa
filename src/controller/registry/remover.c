/*
 * Owns the thread and what it is asked for. Invariant: `lock` guards what stands below it in the
 * struct; an order is in one of the two lists, or the thread has it.
 */
#include "controller/registry/remover.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_fact.h"
#include "base/mem.h"
#include "base/remove.h"
#include "base/thread.h"

struct order {
	char *path; /* owned */
	uint64_t number;
	size_t place;
	struct order *prev; /* utlist */
	struct order *next;
};

struct remover {
	struct ev_loop *loop; /* borrowed */
	remover_done_fn *done;
	void *arg; /* borrowed */
	ev_async wake;
	bool running;
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_cond_t over;
	struct order *due;
	struct order *ready;
	bool quit;
	bool ended; /* the thread */
};

static void order_free(struct order *order)
{
	free(order->path);
	free(order);
}

static void orders_free(struct order **orders)
{
	struct order *order;
	struct order *next;

	DL_FOREACH_SAFE (*orders, order, next)
		order_free(order);
	*orders = NULL;
}

static void carry_out(const struct order *order)
{
	struct error err;

	if (access(order->path, F_OK) == 0 && remove_all(order->path, &err))
		log_error("state", "%s", err.text);
}

static void *remover_run(void *arg)
{
	struct remover *r = arg;

	pthread_mutex_lock(&r->lock);
	while (!r->quit) {
		struct order *order = r->due;

		if (!order) {
			pthread_cond_wait(&r->work, &r->lock);
			continue;
		}
		DL_DELETE(r->due, order);
		pthread_mutex_unlock(&r->lock);
		carry_out(order);
		pthread_mutex_lock(&r->lock);
		DL_APPEND(r->ready, order);
		/* At the end of the program the loop may be gone. */
		if (!r->quit)
			ev_async_send(r->loop, &r->wake);
	}
	r->ended = true;
	pthread_cond_signal(&r->over);
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

static bool start_thread(struct remover *r)
{
	r->running = r->running || thread_start(&r->thread, remover_run, r) == 0;
	return r->running;
}

static void tell_ready(struct ev_loop *loop, ev_async *wake, int revents)
{
	struct remover *r = wake->data;
	struct order *ready;
	struct order *order;
	struct order *next;

	(void)loop;
	(void)revents;
	pthread_mutex_lock(&r->lock);
	ready = r->ready;
	r->ready = NULL;
	pthread_mutex_unlock(&r->lock);
	DL_FOREACH_SAFE (ready, order, next) {
		r->done(r->arg, order->number, order->place);
		order_free(order);
	}
}

struct remover *remover_new(struct ev_loop *loop, remover_done_fn *done, void *arg)
{
	struct remover *r = mem_new(sizeof *r);

	r->loop = loop;
	r->done = done;
	r->arg = arg;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work, NULL);
	thread_condition(&r->over);
	ev_async_init(&r->wake, tell_ready);
	r->wake.data = r;
	ev_async_start(loop, &r->wake);
	return r;
}

/* false: it is still at work at the limit. */
static bool join_thread(struct remover *r, int64_t limit_ms)
{
	struct timespec until;
	bool ended;
	int rc = 0;

	if (!r->running)
		return true;
	clock_after(limit_ms, &until);
	pthread_mutex_lock(&r->lock);
	r->quit = true;
	pthread_cond_signal(&r->work);
	while (!r->ended && rc == 0)
		rc = pthread_cond_timedwait(&r->over, &r->lock, &until);
	ended = r->ended;
	pthread_mutex_unlock(&r->lock);
	if (ended)
		pthread_join(r->thread, NULL);
	else
		pthread_detach(r->thread);
	return ended;
}

void remover_free(struct remover *r, int64_t limit_ms)
{
	if (!r)
		return;
	ev_async_stop(r->loop, &r->wake);
	if (!join_thread(r, limit_ms)) {
		log_fact(LOG_LEVEL_ERROR, FACT_LEFT_BEHIND, NULL, "end",
		         "left behind: a directory is being removed, and the disk does not "
		         "answer");
		return; /* the thread has it for as long as the process lives */
	}
	orders_free(&r->due);
	orders_free(&r->ready);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->work);
	pthread_cond_destroy(&r->over);
	free(r);
}

void remover_remove(struct remover *r, char *path, uint64_t number, size_t place)
{
	struct order *order = mem_new(sizeof *order);

	*order = (struct order){.path = path, .number = number, .place = place};
	pthread_mutex_lock(&r->lock);
	if (start_thread(r)) {
		DL_APPEND(r->due, order);
		pthread_cond_signal(&r->work);
	} else {
		/* Better late than never. */
		carry_out(order);
		DL_APPEND(r->ready, order);
		ev_async_send(r->loop, &r->wake);
	}
	pthread_mutex_unlock(&r->lock);
}
