/* Owns lifecycle.ready. */
#include "controller/lifecycle/ready.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "controller/lifecycle/internal.h"

#define LOOK_S  0.02
#define TELL_MS 1000

struct ready {
	struct controller *controller; /* borrowed */
	ev_timer look;
	size_t left;   /* nodes that were not there the last time */
	int64_t since; /* clock_ms() of the last progress */
	int64_t told;  /* clock_ms(): the last time */
	ready_fn *fn;
	void *arg; /* borrowed */
};

/* One that was there before, and of which it is not known whether it is there now. */
static bool is_open(const struct node *n)
{
	return (n->life == LIFE_RUNNING && n->link.unadopted && !n->link.silent) ||
	       (n->restart.fresh && node_is_awaited(n));
}

static size_t count_open(const struct controller *c)
{
	size_t open = 0;

	for (const struct node *n = c->nodes; n; n = n->hh.next)
		open += is_open(n);
	return open;
}

static void end(struct ready *ready)
{
	ready_fn *fn = ready->fn;
	void *arg = ready->arg;

	ready_stop(ready->controller);
	fn(arg, 0);
}

static void tell(struct ready *ready, int64_t now)
{
	if (ready->told && now - ready->told < TELL_MS)
		return;
	ready->told = now;
	ready->fn(ready->arg, ready->left);
}

static void on_look(struct ev_loop *loop, ev_timer *look, int revents)
{
	struct ready *ready = look->data;
	struct controller *c = ready->controller;
	size_t left = count_open(c);
	int64_t now = clock_ms();

	(void)loop;
	(void)revents;
	if (left != ready->left) {
		ready->left = left;
		ready->since = now;
	}
	if (left && now - ready->since < c->config.request_timeout_ms) {
		tell(ready, now);
		return;
	}
	if (left)
		log_warn("start", "%zu nodes are not there, and are not waited for", left);
	end(ready);
}

void ready_when(struct controller *c, ready_fn *fn, void *arg)
{
	struct ready *ready = mem_new(sizeof *ready);

	c->lifecycle->ready = ready;
	ready->controller = c;
	ready->fn = fn;
	ready->arg = arg;
	ready->left = count_open(c);
	ready->since = clock_ms();
	ev_timer_init(&ready->look, on_look, LOOK_S, LOOK_S);
	ready->look.data = ready;
	if (!ready->left) {
		end(ready);
		return;
	}
	ev_timer_start(c->loop, &ready->look);
	tell(ready, ready->since);
}

void ready_stop(struct controller *c)
{
	if (!c->lifecycle->ready)
		return;
	ev_timer_stop(c->loop, &c->lifecycle->ready->look);
	free(c->lifecycle->ready);
	c->lifecycle->ready = NULL;
}
