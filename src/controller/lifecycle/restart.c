/*
 * Owns node.restart. Invariant: the timer `next` runs in LIFE_BACKOFF until the next life is
 * started (not for one to be revived, which waits for its parent), and in LIFE_RESTARTING until it
 * has joined; otherwise it does not run. `own` runs for a while after a death.
 */
#include "controller/lifecycle/restart.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/catalog.h"
#include "controller/lifecycle/give_up.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/last_word.h"
#include "controller/lifecycle/launch.h"
#include "controller/lifecycle/revivals.h"
#include "controller/node/after.h"
#include "controller/node/event.h"
#include "controller/node/persist.h"
#include "controller/node/restart_policy.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/overlay.h"
#include "controller/overlay/program_word.h"
#include "controller/overlay/rehome.h"

/* Nodes wait so long for the start of their parent, which saves them a move. A parent that takes
 * longer is not waited for: its children are linked above it. */
#define PARENT_MS 500

static void on_timer(void *arg);
static void on_own(void *arg);

static void prepare(struct controller *c, struct node *n)
{
	struct restart_timers *timers;

	if (n->restart.timers)
		return;
	n->restart.timers = timers = mem_new(sizeof *timers);
	timers->controller = c;
	timer_init(&timers->next, c->loop, on_timer, n);
	timer_init(&timers->own, c->loop, on_own, n);
}

static void set_life(struct node *n, enum node_life life, const char *why)
{
	if (n->restart.timers)
		timer_stop(&n->restart.timers->next);
	n->restart.revive = n->restart.slow = n->restart.to_restart = n->restart.undeclared = false;
	node_set_life(n, life, why);
}

static void restart_own_stop(struct node *n)
{
	if (n->restart.timers)
		timer_stop(&n->restart.timers->own);
}

static void wait_for_next(struct node *n, int64_t delay)
{
	set_life(n, LIFE_BACKOFF, node_cause(n));
	n->restart.due = clock_ms() + delay;
	timer_start(&n->restart.timers->next, delay);
}

static enum registry_life life_of(const struct node *n)
{
	switch (n->life) {
	case LIFE_DEAD:
		return REGISTRY_LIFE_DEAD;
	case LIFE_GIVEN_UP:
		return REGISTRY_LIFE_GIVEN_UP;
	case LIFE_STOPPED:
		return REGISTRY_LIFE_STOPPED;
	case LIFE_STARTING:
	case LIFE_COMMITTING:
	case LIFE_RUNNING:
	case LIFE_STOPPING:
	case LIFE_BACKOFF:
	case LIFE_RESTARTING:
	case LIFE_RETIRED:
	case LIFE_STATES:
		break;
	}
	return REGISTRY_LIFE_RUNS;
}

static void on_death_recorded(void *arg, uint64_t number, const struct error *err)
{
	const struct node *n = persist_find(arg, number);

	if (n && n->restart.recorded != REGISTRY_LIFE_RUNS && !err)
		node_log(n, LOG_LEVEL_INFO, FACT_NONE, "restart",
		         "node %d stays dead until it is started", n->id);
}

/* Its death counts as its own. */
static void on_own(void *arg)
{
	struct node *n = arg;
	struct controller *c = n->restart.timers->controller;

	/* From the order on, deaths may be of the same end. */
	if (c->lifecycle->shutdown || n->life == LIFE_STOPPING)
		return;
	n->restart.own_deaths = n->restart.deaths;
	n->restart.recorded = life_of(n);
	persist_node(c, n);
	if (n->restart.recorded != REGISTRY_LIFE_RUNS)
		registry_then(c->registry, on_death_recorded, c, persist_number(n));
}

/* Its link's upper end: where it belongs, or the controller where that cannot be reached now. */
static struct node *place(struct controller *c, const struct node *n)
{
	struct node *up = node_find(c->nodes, rehome_goal(c, n));

	return up && !node_unreachable(up) ? up : NULL;
}

/* The start did not come to a life, and there is no process. */
static void restart_fail(struct controller *c, struct node *n, enum error_code code,
                         const char *why)
{
	struct restart *restart = &n->restart;
	bool told = restart->failures && strcmp(node_cause(n), why) == 0;
	int64_t delay;

	n->times.start.failed = clock_ns();
	restart->failures++;
	restart->code = code;
	delay = restart_policy_retry_delay(restart->failures, c->config.restart_delay_max_ms);
	node_set_cause(n, why);
	if (!told)
		node_log(n, LOG_LEVEL_ERROR, FACT_NODE_START_FAILED, "restart",
		         "node %d: %s; it is tried again in %lld ms", n->id, why, (long long)delay);
	wait_for_next(n, delay);
	liveness_found_dead(c, n);
	persist_node(c, n);
	revivals_look(c);
	requests_restart(c->requests, &n->traffic.waiters);
}

/* Ends the process; its end is the failure. */
static void give_up_start(struct node *n, const char *why)
{
	free(n->restart.why);
	n->restart.why = mem_string(why);
	process_signal(n->worker.process, SIGKILL);
}

/* The row is written: the process may begin. */
static void restart_on_recorded(void *arg, uint64_t number, const struct error *err)
{
	struct node *n = persist_find(arg, number);

	if (!n || n->life != LIFE_RESTARTING)
		return;
	if (err) {
		give_up_start(n, err->text);
		return;
	}
	n->times.start.let_go = clock_ns();
	process_let_go(n->worker.process);
}

/* No start succeeds until the service is declared: then the node is started under any policy. */
static bool refuse_undeclared(struct controller *c, struct node *n)
{
	struct error err;

	if (catalog_check(c, n->service, &err) == 0)
		return false;
	node_log(n, LOG_LEVEL_ERROR, FACT_NODE_START_FAILED, "restart",
	         "node %d is not started: %s", n->id, err.text);
	node_set_cause(n, err.text);
	if (n->life != LIFE_DEAD)
		set_life(n, LIFE_DEAD, err.text);
	n->restart.undeclared = true;
	restart_own_stop(n);
	liveness_found_dead(c, n);
	persist_node(c, n);
	revivals_look(c);
	requests_restart(c->requests, &n->traffic.waiters);
	return true;
}

static void restart_begin(struct controller *c, struct node *n)
{
	struct error err;

	if (refuse_undeclared(c, n))
		return;
	set_life(n, LIFE_RESTARTING, "it is started");
	/* A stop may have come between the reason for which a former start was to end, and its end.
	 */
	free(n->restart.why);
	n->restart.why = NULL;
	n->restart.joined = n->restart.hung_ms = 0;
	n->restart.recorded = REGISTRY_LIFE_RUNS;
	overlay_part(c, n);
	if (launch_node(c, n, place(c, n), &err)) {
		restart_fail(c, n, err.code, err.text);
		return;
	}
	n->restart.due = clock_ms() + c->config.request_timeout_ms;
	timer_start(&n->restart.timers->next, PARENT_MS < c->config.request_timeout_ms
	                                          ? PARENT_MS
	                                          : c->config.request_timeout_ms);
	registry_then(c->registry, restart_on_recorded, c, persist_number(n));
}

static void on_timer(void *arg)
{
	struct node *n = arg;
	struct controller *c = n->restart.timers->controller;
	cleanup_free char *behind = NULL;
	cleanup_free char *why = NULL;

	if (c->lifecycle->shutdown)
		return;
	if (n->life == LIFE_BACKOFF) {
		restart_begin(c, n);
		return;
	}
	if (!n->restart.slow && clock_ms() < n->restart.due) {
		n->restart.slow = true;
		timer_start(&n->restart.timers->next, n->restart.due - clock_ms());
		revivals_look(c);
		return;
	}
	behind = last_word_behind(c, n);
	why = mem_format("it did not join within %lld ms%s",
	                 (long long)c->config.request_timeout_ms, behind);
	give_up_start(n, why);
}

void restart_failed(struct controller *c, struct node *n, const char *cause)
{
	cleanup_free char *why = n->restart.why;

	n->restart.why = NULL;
	if (c->lifecycle->shutdown) {
		/* Its row may be written yet, when there is no process to let in. */
		set_life(n, LIFE_DEAD, "the tree ends");
		return;
	}
	if (!why && n->link.up && !node_available(n->link.up))
		why = mem_format("node %d, to which it was to be linked, was lost", n->link.up->id);
	if (!why)
		why = mem_format("the worker ended before it was ready: %s", cause);
	restart_fail(c, n, ERR_INTERNAL, why);
}

/* Its turn comes when others are there. */
static void restart_wait(struct controller *c, struct node *n, const char *why)
{
	prepare(c, n);
	set_life(n, LIFE_BACKOFF, why);
	restart_own_stop(n);
	n->restart.recorded = REGISTRY_LIFE_RUNS;
	n->restart.fresh = true;
	n->restart.revive = true;
	revivals_add(c);
}

void restart_revive(struct controller *c, struct node *n)
{
	restart_wait(c, n, "it ran when dtreed ended");
}

void restart_revived(struct controller *c, struct node *n)
{
	restart_begin(c, n);
}

void restart_declared(struct controller *c)
{
	struct error err;

	for (struct node *n = c->nodes; n && !c->lifecycle->shutdown; n = n->hh.next) {
		if (!n->restart.undeclared || catalog_check(c, n->service, &err))
			continue;
		prepare(c, n);
		set_life(n, LIFE_BACKOFF, "its service is declared");
		n->restart.revive = true;
		revivals_add(c);
	}
}

void restart_by_order(struct controller *c, struct node *n)
{
	const struct node *other = after_awaits(c, n);

	n->restart.failures = n->restart.deaths = n->restart.own_deaths = 0;
	if (!other) {
		prepare(c, n);
		restart_begin(c, n);
		return;
	}
	log_info("restart", "node %d starts when node %d, which is %s, is available", n->id,
	         other->id, node_state_name(other));
	restart_wait(c, n, "it waits for others");
	persist_node(c, n);
}

void restart_stopping(struct node *n, bool to_restart)
{
	set_life(n, LIFE_STOPPING, to_restart ? "a restart is ordered" : "a stop is ordered");
	n->restart.to_restart = n->restart.ordered = to_restart;
}

void restart_never(struct controller *c, struct node *n)
{
	set_life(n, LIFE_STOPPED, "ordered");
	restart_own_stop(n);
	n->restart.failures = n->restart.deaths = n->restart.own_deaths = 0;
	n->restart.joined = 0;
	n->restart.recorded = REGISTRY_LIFE_STOPPED;
	/* What is below it waits for it no longer. */
	revivals_look(c);
}

void restart_cease(struct node *n)
{
	if (n->life == LIFE_BACKOFF || n->life == LIFE_RESTARTING)
		set_life(n, LIFE_DEAD, "the tree ends");
	n->restart.to_restart = false;
}

void restart_hung(struct node *n, int64_t silent_ms)
{
	n->restart.hung_ms = silent_ms > 0 ? silent_ms : 1;
	process_signal(n->worker.process, SIGKILL);
}

char *restart_cause(const struct node *n, const char *status)
{
	if (!n->restart.hung_ms)
		return mem_string(status);
	return mem_format("%s, as it hung for %lld ms", status, (long long)n->restart.hung_ms);
}

/* Where dtreed ends for it, the next one counts the node's deaths anew. */
static void give_up_node(struct controller *c, struct node *n)
{
	unsigned deaths = n->restart.deaths;

	set_life(n, LIFE_GIVEN_UP, "it died too often");
	if (c->config.ends_at_give_up) {
		restart_own_stop(n);
		n->restart.deaths = n->restart.own_deaths = 0;
		persist_node(c, n);
	}
	give_up_tell(c, n, deaths);
}

void restart_died(struct controller *c, struct node *n)
{
	struct restart *restart = &n->restart;
	bool hung = restart->hung_ms;
	int64_t delay;

	restart->hung_ms = 0;
	set_life(n, LIFE_DEAD, node_cause(n));
	revivals_look(c);
	if (c->lifecycle->shutdown)
		return;
	prepare(c, n);
	if (restart->joined && clock_ms() - restart->joined >= c->config.restart_quiet_ms)
		restart->deaths = restart->own_deaths = 0;
	restart->joined = 0;
	restart->fresh = restart->ordered = false;
	timer_start(&restart->timers->own, POLICY_OWN_MS);
	if (!hung && !restart_policy_wants(restart->policy, node_cause(n)))
		return;
	if (++restart->deaths > c->config.restart_limit) {
		give_up_node(c, n);
		return;
	}
	delay = restart_policy_delay(restart->deaths, c->config.restart_delay_max_ms);
	node_log(n, LOG_LEVEL_INFO, FACT_NONE, "restart", "node %d starts again in %lld ms", n->id,
	         (long long)delay);
	if (delay)
		wait_for_next(n, delay);
	else
		restart_begin(c, n);
}

void restart_joined(struct controller *c, struct node *n)
{
	set_life(n, LIFE_RUNNING, "it joined");
	n->restart.joined = clock_ms();
	n->times.start.joined = clock_ns();
	n->restart.failures = 0;
	n->restart.fresh = n->restart.ordered = false;
	n->restart.count++;
	overlay_joined(c, n);
	node_set_cause(n, "");
	node_log(n, LOG_LEVEL_INFO, FACT_NODE_RESTARTED, "restart", "node %d is process %d now",
	         n->id, (int)n->worker.pid);
	event_publish(c->events, &(struct event){.type = EVENT_NODE_RESTARTED,
	                                         .has_id = true,
	                                         .id = n->id,
	                                         .name = node_name(n),
	                                         .pid = n->worker.pid,
	                                         .has_parent = true,
	                                         .parent = tree_parent(c->tree, n->id)});
	program_word_joined(c, n);
	liveness_back(c, n);
	persist_node(c, n);
	rehome_all(c);
	revivals_look(c);
	requests_restart(c->requests, &n->traffic.waiters);
}
