/*
 * Owns node.restart. Invariant: in NODE_DEAD the timer runs until the next life is started, and
 * then until it has joined; otherwise it does not run.
 */
#include "controller/restart.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/parse.h"
#include "controller/heal.h"
#include "controller/launch.h"
#include "controller/liveness.h"
#include "controller/record.h"

/* Starting a process keeps the loop busy for about a millisecond; others get their turn between. */
#define REVIVALS_A_TURN 8

bool restart_under_way(const struct node *n)
{
	return n->state == NODE_DEAD && n->process;
}

static bool wanted(const struct node *n)
{
	switch (n->restart.policy) {
	case RESTART_NO:
		return false;
	case RESTART_ON_FAILURE:
		return strcmp(node_cause(n), "exit status 0") != 0;
	case RESTART_ALWAYS:
		return true;
	}
	return false;
}

static void arm(struct controller *c, struct node *n, int64_t ms)
{
	ev_timer_stop(c->loop, &n->restart.timer);
	ev_now_update(c->loop);
	ev_timer_set(&n->restart.timer, (double)ms / 1000.0, 0.0);
	ev_timer_start(c->loop, &n->restart.timer);
}

/* 0 for the first time, then doubling from RESTART_DELAY_MS. */
static int64_t delay_of(const struct controller *c, unsigned deaths)
{
	int64_t delay = deaths > 1 ? RESTART_DELAY_MS : 0;

	for (unsigned i = 2; i < deaths && delay < c->restart_delay_max_ms; i++)
		delay *= 2;
	return delay < c->restart_delay_max_ms ? delay : c->restart_delay_max_ms;
}

/* Its link's upper end: where it belongs, or the controller where that cannot be reached now. */
static struct node *place(struct controller *c, const struct node *n)
{
	struct node *up = node_find(c->nodes, heal_goal(c, n));

	return up && !node_unreachable(up) ? up : NULL;
}

/* Its row is written: it may begin. */
static void on_recorded(void *arg, uint64_t number, const struct error *err)
{
	struct node *n = record_find(arg, number);

	if (!n || !restart_under_way(n))
		return;
	if (!err) {
		process_let_go(n->process);
		return;
	}
	log_error("restart", "node %d: %s", n->id, err->text);
	process_signal(n->process, SIGKILL);
}

static void begin(struct controller *c, struct node *n)
{
	struct error err;
	int failed;

	node_part(n, &c->top);
	failed = limits_room(LIMITS_RESERVE + c->starting + 2)
	             ? launch_node(c, n, place(c, n), &err)
	             : error_set(&err, ERR_LIMIT, "no descriptors are left");
	if (failed) {
		log_error("restart", "node %d: %s", n->id, err.text);
		restart_consider(c, n);
		return;
	}
	arm(c, n, c->request_timeout_ms);
	registry_then(c->registry, on_recorded, c, record_number(n));
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct node *n = timer->data;
	struct controller *c = n->restart.controller;

	(void)loop;
	(void)revents;
	if (c->closing)
		return;
	if (!n->process) {
		begin(c, n);
		return;
	}
	log_warn("restart", "node %d did not join within %lld ms", n->id,
	         (long long)c->request_timeout_ms);
	process_signal(n->process, SIGKILL); /* and its end is considered like any other */
}

static void prepare(struct controller *c, struct node *n)
{
	n->restart.controller = c;
	ev_init(&n->restart.timer, on_timer);
	n->restart.timer.data = n;
}

static void revive_soon(struct controller *c)
{
	if (c->reviving)
		soon_call(&c->revivals);
}

/* Is its parent there, or not to come? */
static bool may_revive(const struct controller *c, const struct node *n)
{
	const struct node *parent = node_find(c->nodes, tree_parent(c->tree, n->id));

	return n->restart.revive &&
	       (!parent || (!parent->restart.revive && !restart_under_way(parent)));
}

static void on_revive(void *arg)
{
	struct controller *c = arg;
	struct node *n;
	struct node *next;
	int starts = 0;

	c->reviving = false;
	if (c->closing)
		return;
	HASH_ITER (hh, c->nodes, n, next) {
		if (starts < REVIVALS_A_TURN && may_revive(c, n)) {
			n->restart.revive = false;
			begin(c, n);
			starts++;
		}
		c->reviving |= n->restart.revive;
	}
	if (starts == REVIVALS_A_TURN)
		revive_soon(c);
}

void restart_init(struct controller *c)
{
	soon_init(&c->revivals, c->loop, on_revive, c);
}

void restart_stop(struct controller *c)
{
	soon_stop(&c->revivals);
}

void restart_revive(struct controller *c, struct node *n)
{
	n->restart.revive = c->reviving = true;
	prepare(c, n);
	revive_soon(c);
}

void restart_consider(struct controller *c, struct node *n)
{
	struct restart *restart = &n->restart;
	int64_t delay;

	ev_timer_stop(c->loop, &restart->timer);
	revive_soon(c);
	if (!wanted(n) || c->closing)
		return;
	if (restart->joined && clock_ms() - restart->joined >= c->restart_quiet_ms)
		restart->deaths = 0;
	restart->joined = 0;
	if (++restart->deaths > c->restart_limit) {
		log_error("restart", "node %d died %u times and is given up", n->id,
		          restart->deaths);
		return;
	}
	delay = delay_of(c, restart->deaths);
	log_info("restart", "node %d starts again in %lld ms", n->id, (long long)delay);
	prepare(c, n);
	if (delay)
		arm(c, n, delay);
	else
		begin(c, n);
}

void restart_joined(struct controller *c, struct node *n)
{
	ev_timer_stop(c->loop, &n->restart.timer);
	n->restart.joined = clock_ms();
	n->restart.count++;
	n->state = NODE_UP;
	n->told_link = n->up ? n->up->id : NODE_CONTROLLER;
	node_set_cause(n, "");
	log_info("restart", "node %d is process %d now", n->id, (int)n->pid);
	event_publish(c->events, &(struct event){.type = EVENT_NODE_RESTARTED,
	                                         .has_id = true,
	                                         .id = n->id,
	                                         .pid = n->pid,
	                                         .has_parent = true,
	                                         .parent = tree_parent(c->tree, n->id)});
	liveness_back(c, n);
	record_node(c, n);
	heal_all(c);
	revive_soon(c);
}
