/*
 * Owns runs; each belongs to its request. Invariant: a run is on the list until it ends; the
 * request of a participant is in its lane as long as the participant is due. What the participants
 * said stays until the answer is told.
 */
#include "controller/exec/exec_all_run.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"
#include "controller/exec/internal.h"
#include "controller/exec/sweep.h"

/* Frees the participant's place in its lane for what stands behind it. */
static void participant_leave_lane(struct exec_all_run *g, struct participant *p)
{
	struct requests *requests = g->controller->requests;
	struct request *r = p->request ? request_find(requests, p->request) : NULL;

	p->request = 0;
	if (!r)
		return;
	r->detail = NULL;
	request_finish(requests, r, &(struct outcome){.id = p->id});
}

static void participant_lost(struct exec_all_run *g, struct participant *p, const char *why)
{
	struct error err;

	error_unavailable(&err, p->reached || p->alone ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN,
	                  "node %d %s", p->id, why);
	participant_failed(&g->participants, p, &err);
}

struct exec_all_run *exec_all_run_new(struct controller *c, const struct exec_all_request *asked)
{
	struct exec_all_run *g = mem_new(sizeof *g);

	g->controller = c;
	g->has_root = asked->has_root;
	g->root = asked->root;
	DL_APPEND(c->exec->exec_alls->list, g);
	return g;
}

static void exec_all_run_unlist(struct exec_all_run *g)
{
	struct controller *c = g->controller;

	if (g->ended)
		return;
	g->ended = true;
	DL_DELETE(c->exec->exec_alls->list, g);
	c->exec->exec_alls->open -= g->begun;
	c->exec->exec_alls->bytes -= g->participants.bytes;
	if (g->sweep)
		sweep_end(g->sweep);
	g->sweep = NULL;
}

void exec_all_run_free(struct exec_all_run *g)
{
	exec_all_run_unlist(g);
	participants_free(&g->participants);
	free((void *)(uintptr_t)g->result.words);
	free(g);
}

static void exec_all_run_answer(struct exec_all_run *g, struct request *r, const struct error *why)
{
	struct outcome outcome = {.id = g->root};

	if (why)
		outcome.error = *why;
	else if (participants_result(&g->participants, &g->result, &outcome.error) == 0)
		outcome.exec_all = &g->result;
	request_finish(g->controller->requests, r, &outcome);
}

void exec_all_run_end(struct exec_all_run *g, const struct error *why)
{
	struct controller *c = g->controller;
	struct request *r = request_find(c->requests, g->request);

	if (g->begun)
		r->session->exec_alls--;
	exec_all_run_unlist(g);
	for (size_t i = 0; i < g->participants.count; i++)
		if (g->participants.items[i]->state == PARTICIPANT_DUE)
			participant_lost(g, g->participants.items[i], "did not answer in time");
	/* The exec_all first: what stands behind its participants is answered after it. */
	exec_all_run_answer(g, r, why);
	for (size_t i = 0; i < g->participants.count; i++)
		participant_leave_lane(g, g->participants.items[i]);
	deferred_call(&c->exec->exec_alls->next);
}

static void exec_all_run_end_if_done(struct exec_all_run *g)
{
	if (!g->participants.due)
		exec_all_run_end(g, NULL);
}

static bool exec_all_run_has(const struct exec_all_run *g, int id)
{
	const struct controller *c = g->controller;

	/* The root may have been killed since. */
	return tree_has(c->tree, id) &&
	       (!g->has_root || (tree_has(c->tree, g->root) && tree_below(c->tree, id, g->root)));
}

/* A node that has come since, below a node of the set, does it too. Its answer may come before the
 * report that it is there. */
static void exec_all_run_add_late(struct exec_all_run *g, int id)
{
	const struct node *n = node_find(g->controller->nodes, id);
	struct participant *p;

	if (!n || !exec_all_run_has(g, id))
		return;
	p = participants_add(&g->participants, id);
	if (!p)
		return;
	/* A life that began later cannot have done it, nor may it be asked: one before it has. */
	p->incarnation = n->incarnation > sweep_newest(g->sweep) ? 0 : n->incarnation;
	p->reached = true;
}

static void exec_all_run_hear_word(struct exec_all_run *g, const struct tally_word *word)
{
	struct controller *c = g->controller;
	struct participant *p;
	struct error err;
	size_t before = g->participants.bytes;

	exec_all_run_add_late(g, word->id);
	p = participants_find(&g->participants, word->id);
	if (!p || p->state != PARTICIPANT_DUE)
		return;
	if (word->kind == TALLY_TEXT && word->size > GATHER_ALL_BYTES - c->exec->exec_alls->bytes) {
		error_set(&err, ERR_LIMIT, "%zu bytes of results are under way",
		          c->exec->exec_alls->bytes);
		participant_failed(&g->participants, p, &err);
	} else {
		participant_hear(&g->participants, p, word, g->most, g->nodes);
	}
	c->exec->exec_alls->bytes += g->participants.bytes - before;
	participant_leave_lane(g, p);
}

static void exec_all_run_hear_ids(struct exec_all_run *g, const struct tally_view *view)
{
	for (size_t i = 0; i < view->id_count; i++)
		exec_all_run_add_late(g, tally_id(view, i));
	/* A reduced value cannot be split: it counts for all of its nodes, or for none. */
	if (!participants_accept(&g->participants, view))
		return;
	tally_combine(g->participants.kind, &g->participants.value, &view->value);
	for (size_t i = 0; i < view->id_count; i++) {
		struct participant *p = participants_find(&g->participants, tally_id(view, i));
		participant_done(&g->participants, p);
		participant_leave_lane(g, p);
	}
}

static void exec_all_run_on_heard(void *arg, int from, const struct tally_view *view, bool last)
{
	struct exec_all_run *g = arg;
	struct tally_word word;
	struct participant *p;

	exec_all_run_hear_ids(g, view);
	for (size_t at = 0; tally_word(view, &at, &word);)
		exec_all_run_hear_word(g, &word);
	p = participants_find(&g->participants, from);
	if (last && p && p->alone && p->state == PARTICIPANT_DUE) {
		participant_lost(g, p, "did it, and its answer is lost");
		participant_leave_lane(g, p);
	}
	exec_all_run_end_if_done(g);
}

/* The end of the upper link, as far as it is asked too, must have answered: what lies below one
 * that is stuck is not asked again. */
static bool participant_may_ask(const struct exec_all_run *g, const struct participant *p,
                                const struct node *n)
{
	const struct participant *above =
	    n->link.up ? participants_find(&g->participants, n->link.up->id) : NULL;

	/* What was asked before its way was cut may be lost; a node does it once. */
	return (!p->alone || p->way != n->traffic.way) && !node_unreachable(n) &&
	       (!above || above->state != PARTICIPANT_DUE);
}

/* Decides on a node that no head of the sweep will answer for any more. */
static void participant_look_at(struct exec_all_run *g, struct participant *p)
{
	struct node *n = node_find(g->controller->nodes, p->id);

	if (!n) {
		participant_lost(g, p, "was killed");
	} else if (n->incarnation != p->incarnation || node_is_down(n)) {
		participant_lost(g, p, "died");
	} else if (!node_available(n)) {
		participant_lost(g, p, "is silent");
	} else if (participant_may_ask(g, p, n)) {
		p->alone = true;
		p->way = n->traffic.way;
		sweep_alone(g->sweep, n);
		return;
	} else {
		return;
	}
	participant_leave_lane(g, p);
}

static void exec_all_run_on_rest(void *arg)
{
	struct exec_all_run *g = arg;

	for (size_t i = 0; i < g->participants.count; i++)
		if (g->participants.items[i]->state == PARTICIPANT_DUE)
			participant_look_at(g, g->participants.items[i]);
	exec_all_run_end_if_done(g);
}

static const struct sweep_user exec_all_run_user = {.heard = exec_all_run_on_heard,
                                                    .rest = exec_all_run_on_rest};

/* Decides whether the node takes part, as the exec_all begins. */
static void participant_sort_out(struct exec_all_run *g, struct participant *p)
{
	const struct node *n = node_find(g->controller->nodes, p->id);

	if (!n || node_is_new(n) || !exec_all_run_has(g, p->id)) {
		participant_out(&g->participants, p);
	} else if (!node_available(n)) {
		struct error err;
		node_refuse(n, &err);
		participant_failed(&g->participants, p, &err);
	} else {
		p->incarnation = n->incarnation;
		p->reached = !node_unreachable(n);
		return;
	}
	participant_leave_lane(g, p);
}

void exec_all_run_begin(struct exec_all_run *g)
{
	struct controller *c = g->controller;
	struct request *r = request_find(c->requests, g->request);
	struct sweep_order order = {.kind = g->participants.kind,
	                            .session = r->session->id,
	                            .traced = r->trace ? r->id : 0,
	                            .args = r->args,
	                            .size = r->args_size,
	                            .traceparent = r->traceparent,
	                            .deadline = r->deadline};
	cleanup_free int *ids = mem_new_array(g->participants.count, sizeof *ids);

	g->begun = true;
	r->at.started = r->at.sent = clock_ns();
	c->exec->exec_alls->open++;
	r->session->exec_alls++;
	for (size_t i = 0; i < g->participants.count; i++)
		participant_sort_out(g, g->participants.items[i]);
	for (size_t i = 0; i < g->participants.count; i++)
		if (g->participants.items[i]->state == PARTICIPANT_DUE)
			ids[order.count++] = g->participants.items[i]->id;
	g->nodes = order.count ? order.count : 1;
	g->most = GATHER_BYTES / g->nodes;
	if (g->most > TALLY_TEXT_MAX)
		g->most = TALLY_TEXT_MAX;
	order.most = g->most;
	order.ids = ids;
	g->sweep = sweep_start(c, &order, &exec_all_run_user, g);
	exec_all_run_end_if_done(g);
}
