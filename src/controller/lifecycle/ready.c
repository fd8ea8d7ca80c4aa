/* Owns lifecycle.ready. */
#include "controller/lifecycle/ready.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "controller/lifecycle/internal.h"
#include "controller/node/after.h"

#define LOOK_MS 20
#define TELL_MS 1000

struct ready {
	struct controller *controller; /* borrowed */
	struct timer look;
	size_t left;   /* nodes that were not there the last time */
	int64_t since; /* clock_ms() of the last progress */
	int64_t told;  /* clock_ms(): the last time */
	ready_also_fn *also;
	ready_fn *fn;
	void *arg; /* borrowed */
};

/* One that was there before, and of which it is not known whether it is there now. */
static bool is_open(const struct controller *c, const struct node *n)
{
	return (node_has_joined(n) && n->link.unadopted && !node_is_silent(n)) ||
	       (n->restart.fresh && node_is_awaited(n) && !after_is_stuck(c, n));
}

static size_t ready_count(const struct ready *ready)
{
	const struct controller *c = ready->controller;
	size_t open = ready->also(ready->arg);

	for (const struct node *n = c->nodes; n; n = n->hh.next)
		open += is_open(c, n);
	return open;
}

static void end(struct ready *ready)
{
	ready_fn *fn = ready->fn;
	void *arg = ready->arg;

	ready_stop(ready->controller);
	fn(arg, 0);
}

static void ready_tell(struct ready *ready, int64_t now)
{
	if (ready->told && now - ready->told < TELL_MS)
		return;
	ready->told = now;
	ready->fn(ready->arg, ready->left);
}

static void ready_on_look(void *arg)
{
	struct ready *ready = arg;
	struct controller *c = ready->controller;
	size_t left = ready_count(ready);
	int64_t now = clock_ms();

	if (left != ready->left) {
		ready->left = left;
		ready->since = now;
	}
	if (left && now - ready->since < c->config.request_timeout_ms) {
		ready_tell(ready, now);
		timer_repeat(&ready->look, LOOK_MS);
		return;
	}
	if (left)
		log_warn("start", "%zu nodes are not there, and are not waited for", left);
	end(ready);
}

void ready_when(struct controller *c, ready_also_fn *also, ready_fn *fn, void *arg)
{
	struct ready *ready = mem_new(sizeof *ready);

	c->lifecycle->ready = ready;
	ready->controller = c;
	ready->also = also;
	ready->fn = fn;
	ready->arg = arg;
	ready->left = ready_count(ready);
	ready->since = clock_ms();
	timer_init(&ready->look, c->loop, ready_on_look, ready);
	timer_start(&ready->look, 0);
}

void ready_stop(struct controller *c)
{
	if (!c->lifecycle->ready)
		return;
	timer_stop(&c->lifecycle->ready->look);
	free(c->lifecycle->ready);
	c->lifecycle->ready = NULL;
}
