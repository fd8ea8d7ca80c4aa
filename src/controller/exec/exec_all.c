/*
 * An exec_all before it begins: its places in the lanes, and when its turn comes. Owns the list of
 * runs. Invariant: `unready` counts the participants that have not started, and one while they are
 * being asked.
 */
#include "controller/exec/exec_all.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/exec/exec_all_run.h"
#include "controller/exec/internal.h"
#include "controller/exec/sweep.h"

static void exec_all_start(struct controller *c, struct request *r);
static void exec_all_expire(struct controller *c, struct request *r);
static void exec_all_cancel(struct controller *c, struct request *r, const struct error *err);
static void exec_all_release(struct request *r);
static void participant_start(struct controller *c, struct request *r);
static void participant_expire(struct controller *c, struct request *r);

static const struct request_kind exec_all_kind = {.name = "exec_all",
                                                  .start = exec_all_start,
                                                  .expire = exec_all_expire,
                                                  .cancel = exec_all_cancel,
                                                  .release = exec_all_release};
static const struct request_kind participant_kind = {
    .name = "exec_all's participant", .start = participant_start, .expire = participant_expire};
static const struct request_kind barrier_kind = {.name = "exec_all's participant",
                                                 .barrier = true,
                                                 .start = participant_start,
                                                 .expire = participant_expire};

static bool exec_all_may_begin(const struct exec_all_run *g)
{
	const struct request *r = request_find(g->controller->requests, g->request);

	return !g->begun && !g->unready && r->session->exec_alls < EXEC_ALLS_SESSION &&
	       g->controller->exec->exec_alls->open < EXEC_ALLS_MAX &&
	       !g->controller->exec->exec_alls->pauses;
}

static void exec_all_begin(struct exec_all_run *g)
{
	struct error err;

	if (!g->has_root || node_find(g->controller->nodes, g->root)) {
		exec_all_run_begin(g);
		return;
	}
	error_set(&err, ERR_NOT_FOUND, "no node %d", g->root);
	exec_all_run_end(g, &err);
}

/* Was it there before, and is its next life about to join, or ordered? */
static bool participant_is_starting(const struct node *n)
{
	return (n->restart.fresh || n->restart.ordered) && node_is_awaited(n);
}

/* Its participants started, and since then some of their nodes may be restarting: those are waited
 * for, as they were at first. */
static bool exec_all_awaits(struct exec_all_run *g)
{
	struct controller *c = g->controller;

	for (size_t i = 0; i < g->participants.count; i++) {
		const struct participant *p = g->participants.items[i];
		struct node *n = node_find(c->nodes, p->id);
		struct request *r = p->request ? request_find(c->requests, p->request) : NULL;
		if (!n || !r || r->phase != PHASE_SENT || !participant_is_starting(n))
			continue;
		g->unready++;
		r->phase = PHASE_BLOCKED;
		request_move(r, &n->traffic.waiters);
	}
	return g->unready;
}

/* Begins all that may begin. */
static void exec_all_begin_ready(void *arg)
{
	struct controller *c = arg;
	struct exec_all_run *g;

	if (!c->exec->exec_alls->open)
		requests_restart(c->requests, &c->exec->exec_alls->waiters);
	do {
		DL_FOREACH (c->exec->exec_alls->list, g) {
			if (exec_all_may_begin(g) && !exec_all_awaits(g))
				break;
		}
		if (g)
			exec_all_begin(g); /* it may end at once */
	} while (g);
}

static void exec_all_start(struct controller *c, struct request *r)
{
	(void)c;
	r->phase = PHASE_SENT;
}

/* Does a participant wait for a stream that the session has not completed? */
static bool exec_all_behind_stream(const struct exec_all_run *g)
{
	for (size_t i = 0; i < g->participants.count; i++) {
		const struct request *r =
		    request_find(g->controller->requests, g->participants.items[i]->request);
		if (r && request_behind_stream(r))
			return true;
	}
	return false;
}

/* A node that has not answered by now failed. The deadline counts from the end of the last stream
 * that stands before it. */
static void exec_all_expire(struct controller *c, struct request *r)
{
	if (exec_all_behind_stream(r->detail))
		request_renew(c->requests, r);
	else
		exec_all_run_end(r->detail, NULL);
}

static void exec_all_release(struct request *r)
{
	exec_all_run_free(r->detail);
}

bool exec_all_is_waiting(const struct controller *c)
{
	const struct exec_all_run *g;

	DL_FOREACH (c->exec->exec_alls->list, g) {
		if (!g->begun)
			return true;
	}
	return false;
}

bool exec_all_pause(struct controller *c, struct request *r)
{
	struct exec_alls *all = c->exec->exec_alls;

	if (!all->open)
		return false;
	all->pauses++;
	r->phase = PHASE_BLOCKED;
	request_move(r, &all->waiters);
	return true;
}

void exec_all_resume(struct controller *c)
{
	c->exec->exec_alls->pauses--;
	deferred_call(&c->exec->exec_alls->next);
}

static void exec_all_cancel_nodes(struct controller *c, const struct exec_all_run *g)
{
	for (size_t i = 0; i < g->participants.count; i++) {
		const struct participant *p = g->participants.items[i];
		struct node *n = p->state == PARTICIPANT_DUE ? node_find(c->nodes, p->id) : NULL;
		if (n && n->incarnation == p->incarnation && node_available(n))
			sweep_cancel(g->sweep, n);
	}
}

/* A node that the sweep reaches only now does it all the same. */
static void exec_all_cancel(struct controller *c, struct request *r, const struct error *err)
{
	const struct exec_all_run *g = r->detail;
	struct error why = *err;

	if (g->begun && g->sweep)
		exec_all_cancel_nodes(c, g);
	why.outcome = g->begun ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN;
	exec_all_run_end(r->detail, &why);
}

static void participant_start(struct controller *c, struct request *r)
{
	struct exec_all_run *g = r->detail;
	struct node *n = node_find(c->nodes, r->node);

	if (n &&
	    (participant_is_starting(n) || (node_is_new(n) && g->has_root && r->node == g->root))) {
		r->phase = PHASE_BLOCKED;
		request_move(r, &n->traffic.waiters);
		return;
	}
	r->phase = PHASE_SENT;
	if (--g->unready == 0)
		exec_all_begin_ready(c);
}

/* The exec_all itself expires earlier, and finishes this. */
static void participant_expire(struct controller *c, struct request *r)
{
	request_finish(c->requests, r, &(struct outcome){.id = r->node});
}

/* Is a plain place in this node's lane not enough? An earlier request may not be sent yet, and a
 * later one may reach the node before a sweep that waits for a link. */
static bool participant_needs_barrier(const struct session *s, const struct node *n)
{
	return n && (node_is_orphaned(n) || node_is_moving(n) || participant_is_starting(n) ||
	             (s->requests > 1 && (n->traffic.waiters || node_has_queue(n))));
}

static void exec_all_collect(struct exec_all_run *g, struct session *s, bool *barriers)
{
	struct controller *c = g->controller;
	struct tree_ids ids = {0};
	struct lane *lane;
	struct lane *next;

	if (!g->has_root || tree_has(c->tree, g->root))
		tree_subtree(c->tree, g->has_root ? g->root : NODE_CONTROLLER, &ids);
	*barriers = s->barriers || s->exec_alls >= EXEC_ALLS_SESSION ||
	            c->exec->exec_alls->open >= EXEC_ALLS_MAX ||
	            node_unreachable(node_find(c->nodes, g->root));
	if (ids.count)
		qsort(ids.items, ids.count, sizeof *ids.items, sweep_compare);
	for (size_t i = 0; i < ids.count; i++) {
		participants_add(&g->participants, ids.items[i]);
		*barriers =
		    *barriers || participant_needs_barrier(s, node_find(c->nodes, ids.items[i]));
	}
	tree_ids_free(&ids);
	/* A node that the session is creating may be there when the exec_all begins. */
	HASH_ITER (hh, s->lanes, lane, next) {
		if (lane->barriers)
			participants_add(&g->participants, lane->node);
	}
}

/* Each participant has a request of its own, which stands for it in its lane. */
static int exec_all_take_places(struct exec_all_run *g, struct session *s, bool barriers,
                                int64_t timeout_ms, struct error *err)
{
	struct requests *requests = g->controller->requests;

	if (requests_check_room(requests, g->participants.count, 0, err))
		return -1;
	g->unready += g->participants.count;
	for (size_t i = 0; i < g->participants.count; i++) {
		struct participant *p = g->participants.items[i];
		const struct request *r =
		    request_submit(requests, s,
		                   &(struct request_spec){
		                       .kind = barriers ? &barrier_kind : &participant_kind,
		                       .node = p->id,
		                       .in_lane = true,
		                       .timeout_ms = timeout_ms,
		                       .detail = g,
		                   });
		p->request = r->id;
		/* There was room for all, but memory has become short since. */
		if (request_answered(r))
			return error_set(err, ERR_LIMIT, "no memory is left for another request");
	}
	return 0;
}

static int exec_all_check(const struct exec_all_request *request, enum tally_kind *kind,
                          struct error *err)
{
	const char *reduce = request->reduce ? request->reduce : "list";

	if (tally_kind_find(reduce, kind))
		return choice_refuse("reduction", reduce, tally_reduction_at, err);
	if (request->size > EXEC_ALL_BYTES)
		return error_set(err, ERR_LIMIT, "%zu bytes of arguments; at most %zu go to many",
		                 request->size, EXEC_ALL_BYTES);
	return 0;
}

void exec_all_ask(struct session *s, const struct exec_all_request *asked, outcome_fn *done,
                  void *arg)
{
	struct controller *c = s->controller;
	struct exec_all_run *g = exec_all_run_new(c, asked);
	struct request_spec spec = {.kind = &exec_all_kind,
	                            .node = asked->root,
	                            .args = asked->args ? asked->args : "",
	                            .size = asked->size,
	                            .timeout_ms = asked->timeout_ms,
	                            .traceparent = asked->traceparent,
	                            .detail = g,
	                            .done = done,
	                            .arg = arg};
	const struct request *r;
	struct error err;
	bool barriers;

	if (exec_all_check(asked, &g->participants.kind, &err))
		spec.refusal = &err;
	g->unready = 1;
	r = request_submit(c->requests, s, &spec);
	if (request_answered(r))
		return;
	g->request = r->id;
	exec_all_collect(g, s, &barriers);
	if (exec_all_take_places(g, s, barriers, asked->timeout_ms, &err))
		exec_all_run_end(g, &err);
	else if (--g->unready == 0)
		exec_all_begin_ready(c);
}

void exec_all_init(struct controller *c)
{
	c->exec->exec_alls = mem_new(sizeof *c->exec->exec_alls);
	deferred_init(&c->exec->exec_alls->next, c->loop, exec_all_begin_ready, c);
}

void exec_all_stop(struct controller *c)
{
	deferred_stop(&c->exec->exec_alls->next);
	free(c->exec->exec_alls);
}
