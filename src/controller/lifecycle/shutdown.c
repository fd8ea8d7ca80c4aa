/*
 * Owns controller.shutdown. First the requests that are under way may finish, and then the workers;
 * each for the grace at the most.
 */
#include "controller/lifecycle/shutdown.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/parse.h"
#include "controller/exec/dispatch.h"
#include "controller/lifecycle/create.h"
#include "controller/lifecycle/head.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/restart.h"
#include "controller/lifecycle/terminate.h"
#include "controller/lifecycle/wait.h"
#include "controller/node/event.h"
#include "controller/node/persist.h"

/* For the registry to be written, and for killed processes to end. */
#define STEP_MS 1000

struct shutdown {
	struct controller *controller; /* borrowed */
	struct timer timer;            /* the grace of the requests */
	bool leaving;
	void (*ended)(void *arg);
	void *arg; /* borrowed */
};

static void on_gone(struct controller *c, uint64_t number, const struct error *err)
{
	(void)number;
	if (err)
		log_error("end", "%s", err->text);
	c->lifecycle->shutdown->ended(c->lifecycle->shutdown->arg);
}

static void fail_node(struct controller *c, struct node *n)
{
	restart_cease(n);
	dispatch_fail(c, n, true, "is ending");
	/* Those that waited for a life of it see that none comes. */
	requests_restart(c->requests, &n->traffic.waiters);
}

/* What waits for one of them is answered. By id: a create that fails takes its node away. */
static void fail_requests(struct controller *c, const struct tree_ids *ids)
{
	struct error err;

	error_set(&err, ERR_PARENT_UNAVAILABLE, "the tree is ending");
	for (size_t i = 0; i < ids->count; i++) {
		struct node *n = node_find(c->nodes, ids->items[i]);
		if (n && node_is_new(n))
			create_failed(c, n, &err);
		else if (n)
			fail_node(c, n);
	}
}

static void leave(void *arg)
{
	struct shutdown *s = arg;
	struct controller *c = s->controller;
	struct tree_ids ids = {0};
	struct departure *leaving;

	if (s->leaving)
		return;
	s->leaving = c->lifecycle->leaving = true;
	timer_stop(&s->timer);
	tree_subtree(c->tree, NODE_CONTROLLER, &ids);
	fail_requests(c, &ids);
	leaving = terminate_new(c, c->config.stop_grace_ms, false, on_gone, 0);
	terminate_limits(leaving, STEP_MS, STEP_MS);
	for (size_t i = 0; i < ids.count; i++) {
		struct node *n = node_find(c->nodes, ids.items[i]);
		if (n)
			terminate_add(leaving, n);
	}
	tree_ids_free(&ids);
	terminate_begin(leaving);
}

void controller_end(struct controller *c, void (*ended)(void *arg), void *arg)
{
	struct shutdown *s;

	if (c->lifecycle->shutdown)
		return;
	s = c->lifecycle->shutdown = mem_new(sizeof *s);
	s->controller = c;
	s->ended = ended;
	s->arg = arg;
	event_publish(c->events,
	              &(struct event){.type = EVENT_CONTROLLER_STOPPING, .pid = getpid()});
	head_record(c);
	timer_init(&s->timer, c->loop, leave, s);
	timer_start(&s->timer, c->config.stop_grace_ms);
	wait_end(c);
	requests_close(c->requests, leave, s);
}

void shutdown_stop(struct controller *c)
{
	if (!c->lifecycle->shutdown)
		return;
	timer_stop(&c->lifecycle->shutdown->timer);
	free(c->lifecycle->shutdown);
	c->lifecycle->shutdown = NULL;
}
