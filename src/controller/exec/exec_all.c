/*
 * Asking for an exec_all: its places in the lanes, and when it may begin. Invariant: `unready`
 * counts the parts that have not started, and one while it is being asked.
 */
#include "controller/exec/exec_all.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/exec/exec_all_run.h"
#include "controller/exec/sweep.h"

static void part_start(struct controller *c, struct task *r);
static void part_expire(struct controller *c, struct task *r);
static void gather_start(struct controller *c, struct task *r);
static void gather_expire(struct controller *c, struct task *r);

static void gather_cancel(struct controller *c, struct task *r, const struct error *err);

static const struct task_kind gather_kind = {
    .name = "exec_all", .start = gather_start, .expire = gather_expire, .cancel = gather_cancel};
static const struct task_kind part_kind = {
    .name = "exec_all's part", .start = part_start, .expire = part_expire};
static const struct task_kind gate_kind = {
    .name = "exec_all's part", .barrier = true, .start = part_start, .expire = part_expire};

static bool may_begin(const struct gather *g)
{
	const struct task *r = task_find(g->controller->pending, g->request);

	return !g->begun && !g->unready && r->session->gathers < GATHERS_SESSION &&
	       g->controller->gathers->open < GATHERS_MAX;
}

static void begin(struct gather *g)
{
	struct error err;

	if (!g->has_root || node_find(g->controller->nodes, g->root)) {
		gathering_begin(g);
		return;
	}
	error_set(&err, ERR_NOT_FOUND, "no node %d", g->root);
	gathering_end(g, &err);
}

/* Every one whose turn it is. */
static void begin_ready(struct controller *c)
{
	struct gather *g;

	do {
		DL_FOREACH (c->gathers->list, g) {
			if (may_begin(g))
				break;
		}
		if (g)
			begin(g); /* may end it, and others */
	} while (g);
}

static void gather_start(struct controller *c, struct task *r)
{
	(void)c;
	r->phase = PHASE_SENT;
}

/* Does it wait for a stream that its session has not completed? */
static bool behind_stream(const struct gather *g)
{
	for (size_t i = 0; i < g->parts.count; i++) {
		const struct task *r = task_find(g->controller->pending, g->parts.items[i]->task);
		if (r && task_behind_stream(r))
			return true;
	}
	return false;
}

/* Whoever has not answered by now failed. Its time begins when it has waited for streams. */
static void gather_expire(struct controller *c, struct task *r)
{
	if (behind_stream(r->detail))
		task_renew(c->pending, r);
	else
		gathering_end(r->detail, NULL);
}

/* It was there before, and is to be there again. */
static bool is_starting(const struct node *n)
{
	return n->restart.fresh && node_is_awaited(n);
}

/* Nodes that it has reached do it all the same. */
static void gather_cancel(struct controller *c, struct task *r, const struct error *err)
{
	const struct gather *g = r->detail;
	struct error why = *err;

	(void)c;
	why.outcome = g->begun ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN;
	gathering_end(r->detail, &why);
}

static void part_start(struct controller *c, struct task *r)
{
	struct gather *g = r->detail;
	struct node *n = node_find(c->nodes, r->node);

	if (n &&
	    (is_starting(n) || (n->life == LIFE_STARTING && g->has_root && r->node == g->root))) {
		r->phase = PHASE_BLOCKED;
		task_move(r, &n->waiters);
		return;
	}
	r->phase = PHASE_SENT;
	if (--g->unready == 0)
		begin_ready(c);
}

/* The whole expires before. */
static void part_expire(struct controller *c, struct task *r)
{
	task_finish(c->pending, r, &(struct outcome){.id = r->node});
}

/* Is a plain place in this node's lane not enough? What was asked before may not be on its way yet,
 * and what is asked behind may be there sooner than a sweep that has to wait for a link. */
static bool needs_gate(const struct session *s, const struct node *n)
{
	return n && (n->adrift || n->move.active || is_starting(n) ||
	             (s->requests > 1 && (n->waiters || node_has_queue(n))));
}

static void collect(struct gather *g, struct session *s, bool *gates)
{
	struct controller *c = g->controller;
	struct tree_ids ids = {0};
	struct lane *lane;
	struct lane *next;

	if (!g->has_root || tree_has(c->tree, g->root))
		tree_subtree(c->tree, g->has_root ? g->root : NODE_CONTROLLER, &ids);
	*gates = s->barriers || s->gathers >= GATHERS_SESSION || c->gathers->open >= GATHERS_MAX ||
	         node_unreachable(node_find(c->nodes, g->root));
	if (ids.count)
		qsort(ids.items, ids.count, sizeof *ids.items, sweep_compare);
	for (size_t i = 0; i < ids.count; i++) {
		parts_add(&g->parts, ids.items[i]);
		*gates = *gates || needs_gate(s, node_find(c->nodes, ids.items[i]));
	}
	tree_ids_free(&ids);
	/* What the session is creating may be there by then. */
	HASH_ITER (hh, s->lanes, lane, next) {
		if (lane->barriers)
			parts_add(&g->parts, lane->node);
	}
}

static int take_places(struct gather *g, struct session *s, bool gates, struct error *err)
{
	struct pending *pending = g->controller->pending;

	if (g->parts.count > PENDING_MAX - pending_count(pending))
		return error_set(err, ERR_LIMIT, "%zu requests are under way",
		                 pending_count(pending));
	g->unready += g->parts.count;
	for (size_t i = 0; i < g->parts.count; i++) {
		struct part *part = g->parts.items[i];
		struct task *r = task_new(pending, s, gates ? &gate_kind : &part_kind, part->id,
		                          NULL, 0, NULL, NULL, err);
		if (!r)
			return -1;
		part->task = r->id;
		r->detail = g;
		task_names(r, part->id);
	}
	/* None can answer before all have begun, so each is there still. */
	for (size_t i = 0; i < g->parts.count; i++)
		task_enter(pending, task_find(pending, g->parts.items[i]->task));
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

void gather_ask(struct session *s, const struct exec_all_request *request, outcome_fn *done,
                void *arg)
{
	struct controller *c = s->controller;
	struct outcome refused = {0};
	enum tally_kind kind = TALLY_LIST;
	struct task *r = NULL;
	struct gather *g;
	struct error err;
	bool gates;

	if (check(request, &kind, &refused.error) == 0)
		r = task_new(c->pending, s, &gather_kind, request->root,
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
	g->parts.kind = kind;
	g->ended = begin_ready;
	g->unready = 1;
	r->detail = g;
	DL_APPEND(c->gathers->list, g);
	task_enter(c->pending, r);
	collect(g, s, &gates);
	if (take_places(g, s, gates, &err))
		gathering_end(g, &err);
	else if (--g->unready == 0)
		begin_ready(c);
}

void gather_init(struct controller *c)
{
	c->gathers = mem_new(sizeof *c->gathers);
}

void gather_stop(struct controller *c)
{
	while (c->gathers->list)
		gathering_free(c->gathers->list);
	free(c->gathers);
}
