/*
 * Asking for an exec_all: its places in the lanes, and when it may begin. Invariant: `unready`
 * counts the participants that have not started, and one while it is being asked.
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

static void part_start(struct controller *c, struct request *r);
static void part_expire(struct controller *c, struct request *r);
static void exec_all_start(struct controller *c, struct request *r);
static void exec_all_expire(struct controller *c, struct request *r);

static void exec_all_cancel(struct controller *c, struct request *r, const struct error *err);

static const struct request_kind exec_all_kind = {.name = "exec_all",
                                                  .start = exec_all_start,
                                                  .expire = exec_all_expire,
                                                  .cancel = exec_all_cancel};
static const struct request_kind participant_kind = {
    .name = "exec_all's part", .start = part_start, .expire = part_expire};
static const struct request_kind barrier_kind = {
    .name = "exec_all's part", .barrier = true, .start = part_start, .expire = part_expire};

static bool may_begin(const struct exec_all_run *g)
{
	const struct request *r = request_find(g->controller->requests, g->request);

	return !g->begun && !g->unready && r->session->exec_alls < EXEC_ALLS_SESSION &&
	       g->controller->exec->exec_alls->open < EXEC_ALLS_MAX;
}

static void begin(struct exec_all_run *g)
{
	struct error err;

	if (!g->has_root || node_find(g->controller->nodes, g->root)) {
		exec_all_run_begin(g);
		return;
	}
	error_set(&err, ERR_NOT_FOUND, "no node %d", g->root);
	exec_all_run_end(g, &err);
}

/* Every one whose turn it is. */
static void begin_ready(struct controller *c)
{
	struct exec_all_run *g;

	do {
		DL_FOREACH (c->exec->exec_alls->list, g) {
			if (may_begin(g))
				break;
		}
		if (g)
			begin(g); /* may end it, and others */
	} while (g);
}

static void exec_all_start(struct controller *c, struct request *r)
{
	(void)c;
	r->phase = PHASE_SENT;
}

/* Does it wait for a stream that its session has not completed? */
static bool behind_stream(const struct exec_all_run *g)
{
	for (size_t i = 0; i < g->participants.count; i++) {
		const struct request *r =
		    request_find(g->controller->requests, g->participants.items[i]->request);
		if (r && request_behind_stream(r))
			return true;
	}
	return false;
}

/* Whoever has not answered by now failed. Its time begins when it has waited for streams. */
static void exec_all_expire(struct controller *c, struct request *r)
{
	if (behind_stream(r->detail))
		request_renew(c->requests, r);
	else
		exec_all_run_end(r->detail, NULL);
}

/* It was there before, and is to be there again. */
static bool is_starting(const struct node *n)
{
	return n->restart.fresh && node_is_awaited(n);
}

/* Nodes that it has reached do it all the same. */
static void exec_all_cancel(struct controller *c, struct request *r, const struct error *err)
{
	const struct exec_all_run *g = r->detail;
	struct error why = *err;

	(void)c;
	why.outcome = g->begun ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN;
	exec_all_run_end(r->detail, &why);
}

static void part_start(struct controller *c, struct request *r)
{
	struct exec_all_run *g = r->detail;
	struct node *n = node_find(c->nodes, r->node);

	if (n && (is_starting(n) || (node_is_new(n) && g->has_root && r->node == g->root))) {
		r->phase = PHASE_BLOCKED;
		request_move(r, &n->traffic.waiters);
		return;
	}
	r->phase = PHASE_SENT;
	if (--g->unready == 0)
		begin_ready(c);
}

/* The whole expires before. */
static void part_expire(struct controller *c, struct request *r)
{
	request_finish(c->requests, r, &(struct outcome){.id = r->node});
}

/* Is a plain place in this node's lane not enough? What was asked before may not be on its way yet,
 * and what is asked behind may be there sooner than a sweep that has to wait for a link. */
static bool needs_barrier(const struct session *s, const struct node *n)
{
	return n && (node_is_orphaned(n) || node_is_moving(n) || is_starting(n) ||
	             (s->requests > 1 && (n->traffic.waiters || node_has_queue(n))));
}

static void collect(struct exec_all_run *g, struct session *s, bool *barriers)
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
		*barriers = *barriers || needs_barrier(s, node_find(c->nodes, ids.items[i]));
	}
	tree_ids_free(&ids);
	/* What the session is creating may be there by then. */
	HASH_ITER (hh, s->lanes, lane, next) {
		if (lane->barriers)
			participants_add(&g->participants, lane->node);
	}
}

static int take_places(struct exec_all_run *g, struct session *s, bool barriers, struct error *err)
{
	struct requests *requests = g->controller->requests;

	if (g->participants.count > REQUESTS_MAX - requests_count(requests))
		return error_set(err, ERR_LIMIT, "%zu requests are under way",
		                 requests_count(requests));
	g->unready += g->participants.count;
	for (size_t i = 0; i < g->participants.count; i++) {
		struct participant *p = g->participants.items[i];
		struct request *r =
		    request_new(requests, s, barriers ? &barrier_kind : &participant_kind, p->id,
		                NULL, 0, NULL, NULL, err);
		if (!r)
			return -1;
		p->request = r->id;
		r->detail = g;
		request_names(r, p->id);
	}
	/* None can answer before all have begun, so each is there still. */
	for (size_t i = 0; i < g->participants.count; i++)
		request_enter(requests, request_find(requests, g->participants.items[i]->request));
	return 0;
}

static int check(const struct exec_all_request *request, enum tally_kind *kind, struct error *err)
{
	const char *reduce = request->reduce ? request->reduce : "list";

	if (tally_kind_find(reduce, kind))
		return choice_refuse("reduction", reduce, tally_reduction_at, err);
	if (request->size > EXEC_ALL_BYTES)
		return error_set(err, ERR_LIMIT, "%zu bytes of arguments; at most %zu go to many",
		                 request->size, EXEC_ALL_BYTES);
	return 0;
}

void exec_all_ask(struct session *s, const struct exec_all_request *request, outcome_fn *done,
                  void *arg)
{
	struct controller *c = s->controller;
	struct outcome refused = {0};
	enum tally_kind kind = TALLY_LIST;
	struct request *r = NULL;
	struct exec_all_run *g;
	struct error err;
	bool barriers;

	if (check(request, &kind, &refused.error) == 0)
		r = request_new(c->requests, s, &exec_all_kind, request->root,
		                request->args ? request->args : "", request->size, done, arg,
		                &refused.error);
	if (!r) {
		done(arg, &refused);
		return;
	}
	g = mem_new(sizeof *g);
	g->controller = c;
	g->request = r->id;
	g->has_root = request->has_root;
	g->root = request->root;
	g->participants.kind = kind;
	g->ended = begin_ready;
	g->unready = 1;
	r->detail = g;
	DL_APPEND(c->exec->exec_alls->list, g);
	request_enter(c->requests, r);
	/* It was refused: the tree is ending. */
	if (!request_find(c->requests, g->request)) {
		exec_all_run_free(g);
		return;
	}
	collect(g, s, &barriers);
	if (take_places(g, s, barriers, &err))
		exec_all_run_end(g, &err);
	else if (--g->unready == 0)
		begin_ready(c);
}

void exec_all_init(struct controller *c)
{
	c->exec->exec_alls = mem_new(sizeof *c->exec->exec_alls);
}

void exec_all_stop(struct controller *c)
{
	while (c->exec->exec_alls->list)
		exec_all_run_free(c->exec->exec_alls->list);
	free(c->exec->exec_alls);
}
