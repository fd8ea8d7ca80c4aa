/*
 * Invariant: a request that waits for a node is on its list of waiters, and looks at the node again
 * when its state has changed.
 */
#include "controller/lifecycle/orders.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/parse.h"
#include "controller/exec/exec_all.h"
#include "controller/lifecycle/catalog.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/life_times.h"
#include "controller/lifecycle/ordered_end.h"
#include "controller/lifecycle/recorded_failure.h"
#include "controller/lifecycle/restart.h"
#include "controller/lifecycle/start_queue.h"
#include "controller/lifecycle/terminate.h"
#include "controller/node/after.h"
#include "controller/node/persist.h"
#include "controller/overlay/liveness.h"

struct change {
	bool pauses; /* it waits until no exec_all is under way */
	bool paused; /* it has done so */
	bool begun;  /* what happens to the node now was asked for by this request, or by another */
};

static void start_start(struct controller *c, struct request *r);
static void stop_start(struct controller *c, struct request *r);
static void restart_start(struct controller *c, struct request *r);
static void start_expire(struct controller *c, struct request *r);
static void restart_expire(struct controller *c, struct request *r);
static void stop_expire(struct controller *c, struct request *r);

static void orders_release(struct request *r)
{
	free(r->detail);
}

/* It waits no longer. */
static void orders_resume(struct controller *c, struct request *r)
{
	struct change *change = r->detail;

	if (change->pauses)
		exec_all_resume(c);
	change->pauses = false;
}

static void orders_finished(struct controller *c, struct request *r, const struct outcome *outcome)
{
	orders_resume(c, r);
	life_times_finished(c, r, outcome);
}

static const struct request_kind order_kinds[] = {
    [ORDER_START] = {.name = "start",
                     .barrier = true,
                     .start = start_start,
                     .expire = start_expire,
                     .finished = life_times_finished,
                     .release = orders_release},
    [ORDER_STOP] = {.name = "stop",
                    .barrier = true,
                    .start = stop_start,
                    .expire = stop_expire,
                    .finished = life_times_finished,
                    .release = orders_release},
    [ORDER_RESTART] = {.name = "restart",
                       .barrier = true,
                       .start = restart_start,
                       .expire = restart_expire,
                       .finished = orders_finished,
                       .release = orders_release},
};

static void await_change(struct request *r, struct node *n)
{
	r->phase = PHASE_BLOCKED;
	request_move(r, &n->traffic.waiters);
}

/* NULL: there is none, and the request is answered. */
static struct node *find(struct controller *c, struct request *r)
{
	struct node *n = node_find(c->nodes, r->node);
	struct error err;

	if (n)
		return n;
	error_set(&err, ERR_NOT_FOUND, "no node %d", r->node);
	request_fail(c->requests, r, &err);
	return NULL;
}

/* The request waited, and while the tree ends nothing begins. */
static bool is_too_late(struct controller *c, struct request *r, bool begun)
{
	struct error err;

	if (!c->lifecycle->shutdown)
		return false;
	error_unavailable(&err, begun ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN, "the tree is ending");
	request_fail(c->requests, r, &err);
	return true;
}

static void answer_pid(struct controller *c, struct request *r, const struct node *n)
{
	request_finish(c->requests, r,
	               &(struct outcome){.id = n->id, .pid = n->worker.pid, .available = true});
}

/* The node was started for this request, and has no process now. */
static void answer_failure(struct controller *c, struct request *r, const struct node *n)
{
	struct error err;

	if (n->restart.failures) {
		error_set(&err, n->restart.code, "%s; it is tried again", node_cause(n));
		recorded_failure(c, r, &err);
	} else {
		error_set(&err, ERR_INTERNAL, "node %d is %s", n->id, node_state_name(n));
		request_fail(c->requests, r, &err);
	}
}

/* It has no life now. */
static void start_dead(struct controller *c, struct request *r, struct node *n)
{
	struct change *change = r->detail;

	if (n->life == LIFE_RESTARTING || n->restart.revive) {
		change->begun = true;
		await_change(r, n);
	} else if (change->begun) {
		answer_failure(c, r, n);
	} else if (!start_queue_may_start(c)) {
		start_queue_wait(c, r);
	} else {
		change->begun = true;
		await_change(r, n);
		n->restart.fresh = true;
		start_queue_started(c);
		restart_by_order(c, n);
	}
}

/* Nothing of it can be started, so nothing of it is ended for that. */
static bool is_undeclared(struct controller *c, struct request *r, const struct node *n)
{
	struct error err;

	if (catalog_check(c, n->service, &err) == 0)
		return false;
	request_fail(c->requests, r, &err);
	return true;
}

/* What start and restart have in common. false: the node runs, which is left to the caller. */
static bool start_or_wait(struct controller *c, struct request *r, struct node *n)
{
	struct change *change = r->detail;

	if (n->life == LIFE_RUNNING && change->begun) {
		answer_pid(c, r, n);
	} else if (is_too_late(c, r, change->begun)) {
		return true;
	} else if (node_is_new(n) || n->life == LIFE_STOPPING) {
		/* Of a restart that another asked for, this request hears the pid. */
		change->begun |= r->kind == &order_kinds[ORDER_RESTART] && n->restart.to_restart;
		await_change(r, n);
	} else if (node_is_down(n)) {
		if (!is_undeclared(c, r, n))
			start_dead(c, r, n);
	} else {
		return false;
	}
	return true;
}

static void start_start(struct controller *c, struct request *r)
{
	struct node *n = find(c, r);
	struct error err;

	if (!n || start_or_wait(c, r, n))
		return;
	error_set(&err, ERR_ALREADY_RUNNING, "node %d is running already", n->id);
	request_fail(c->requests, r, &err);
}

/* What many nodes are asked has as much time to finish as what this one is. */
static bool restart_waits(struct controller *c, struct request *r)
{
	struct change *change = r->detail;

	if (change->paused || !exec_all_pause(c, r))
		return false;
	change->pauses = change->paused = true;
	request_due_in(c->requests, r, terminate_grace(c));
	return true;
}

static void restart_start(struct controller *c, struct request *r)
{
	struct change *change = r->detail;
	struct node *n = find(c, r);

	orders_resume(c, r);
	if (!n || start_or_wait(c, r, n))
		return;
	if (is_undeclared(c, r, n) || restart_waits(c, r))
		return;
	if (change->paused)
		request_renew(c->requests, r);
	change->begun = true;
	await_change(r, n);
	ordered_end(c, n, true);
}

static void start_expire(struct controller *c, struct request *r)
{
	const struct change *change = r->detail;
	const struct node *n = node_find(c->nodes, r->node);
	const struct node *other = n && n->restart.revive ? after_awaits(c, n) : NULL;
	struct error err;

	if (recorded_failure_expire(c, r))
		return;
	if (other)
		error_set(&err, ERR_INTERNAL,
		          "node %d waits for node %d, which is %s; it is started then", r->node,
		          other->id, node_state_name(other));
	else if (!request_never_started(r, &err))
		error_set(&err, ERR_INTERNAL, "node %d did not %s within %lld ms%s", r->node,
		          change->begun ? "join" : "change",
		          (long long)c->config.request_timeout_ms,
		          change->begun ? "; it is tried again" : "");
	if (change->begun)
		recorded_failure(c, r, &err);
	else
		request_fail(c->requests, r, &err);
}

static void restart_expire(struct controller *c, struct request *r)
{
	const struct change *change = r->detail;

	if (change->pauses)
		restart_start(c, r);
	else
		start_expire(c, r);
}

static void on_stop_recorded(void *arg, uint64_t number, const struct error *err)
{
	struct controller *c = arg;
	struct request *r = request_find(c->requests, number);
	struct node *n = r ? node_find(c->nodes, r->node) : NULL;

	if (!r || r->kind != &order_kinds[ORDER_STOP])
		return;
	if (n)
		n->times.end.kept = clock_ns();
	if (err)
		request_fail(c->requests, r, err);
	else
		request_finish(c->requests, r, &(struct outcome){.id = r->node});
}

/* It has no process. */
static void stop_dead(struct controller *c, struct node *n)
{
	if (n->life == LIFE_STOPPED)
		return;
	node_set_cause(n, "");
	liveness_forget(c, n);
	restart_never(c, n);
	persist_node(c, n);
	/* Those that waited for a life of it see that none comes. */
	requests_restart(c->requests, &n->traffic.waiters);
}

static void stop_start(struct controller *c, struct request *r)
{
	struct node *n = find(c, r);

	if (!n || (n->worker.process && is_too_late(c, r, n->life == LIFE_STOPPING)))
		return;
	if (n->life == LIFE_STOPPING && n->restart.to_restart) {
		restart_stopping(n, false);
		n->restart.recorded = REGISTRY_LIFE_STOPPED;
		persist_node(c, n);
	}
	if (node_is_new(n) || n->life == LIFE_STOPPING) {
		await_change(r, n);
		return;
	}
	if (n->worker.process) {
		await_change(r, n);
		ordered_end(c, n, false);
		return;
	}
	r->phase = PHASE_SENT;
	n->times.end.stopped = clock_ns();
	stop_dead(c, n);
	registry_then(c->registry, on_stop_recorded, c, r->id);
}

static void stop_expire(struct controller *c, struct request *r)
{
	struct error err;

	if (!request_never_started(r, &err))
		error_set(&err, ERR_INTERNAL, "the process of node %d did not end within %lld ms",
		          r->node, (long long)c->config.request_timeout_ms);
	request_fail(c->requests, r, &err);
}

void orders_ask(struct controller *c, struct session *s, enum order order, int id, outcome_fn *done,
                void *arg)
{
	request_submit(c->requests, s,
	               &(struct request_spec){.kind = &order_kinds[order],
	                                      .node = id,
	                                      .in_lane = true,
	                                      .detail = mem_new(sizeof(struct change)),
	                                      .done = done,
	                                      .arg = arg});
}
