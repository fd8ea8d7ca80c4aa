/*
 * Invariant: a gather is on the controller's list until it ends; a part's task is in its lane until
 * the part is no more due, or the whole is answered.
 */
#include "controller/exec/exec_all_run.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "controller/exec/sweep.h"

/* Its place in the lane is free for what stands behind it. */
static void leave_lane(struct gather *g, struct part *part)
{
	struct pending *pending = g->controller->pending;
	struct task *r = part->task ? task_find(pending, part->task) : NULL;

	part->task = 0;
	if (!r)
		return;
	r->detail = NULL;
	task_finish(pending, r, &(struct outcome){.id = part->id});
}

static void fail_part(struct gather *g, struct part *part, const char *why)
{
	struct error err;

	error_unavailable(&err, part->reached || part->alone ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN,
	                  "node %d %s", part->id, why);
	part_failed(&g->parts, part, &err);
}

static void unlist(struct gather *g)
{
	struct controller *c = g->controller;

	DL_DELETE(c->gathers->list, g);
	c->gathers->open -= g->begun;
	c->gathers->bytes -= g->parts.bytes;
	if (g->sweep)
		sweep_end(g->sweep);
	g->sweep = NULL;
}

void gathering_free(struct gather *g)
{
	unlist(g);
	parts_free(&g->parts);
	free(g);
}

static void answer(struct gather *g, const struct error *why)
{
	struct pending *pending = g->controller->pending;
	struct task *r = task_find(pending, g->request);
	struct outcome outcome = {.id = g->root};
	struct gathered gathered = {0};

	if (why)
		outcome.error = *why;
	else if (parts_result(&g->parts, &gathered, &outcome.error) == 0)
		outcome.gathered = &gathered;
	r->detail = NULL;
	task_finish(pending, r, &outcome);
	free((void *)(uintptr_t)gathered.words);
}

void gathering_end(struct gather *g, const struct error *why)
{
	struct controller *c = g->controller;
	void (*ended)(struct controller * c) = g->ended;

	if (g->begun)
		task_find(c->pending, g->request)->session->gathers--;
	unlist(g);
	for (size_t i = 0; i < g->parts.count; i++)
		if (g->parts.items[i]->state == PART_DUE)
			fail_part(g, g->parts.items[i], "did not answer in time");
	/* Its request first: what stands behind it is answered after it. */
	answer(g, why);
	for (size_t i = 0; i < g->parts.count; i++)
		leave_lane(g, g->parts.items[i]);
	parts_free(&g->parts);
	free(g);
	ended(c);
}

static void end_if_done(struct gather *g)
{
	if (!g->parts.due)
		gathering_end(g, NULL);
}

static bool is_member(const struct gather *g, int id)
{
	const struct controller *c = g->controller;

	return tree_has(c->tree, id) && (!g->has_root || tree_below(c->tree, id, g->root));
}

/* One that has come since, below a node of the set, does it too; it may be about to be told of. */
static void add_late(struct gather *g, int id)
{
	const struct node *n = node_find(g->controller->nodes, id);
	struct part *part;

	if (!n || !is_member(g, id))
		return;
	part = parts_add(&g->parts, id);
	if (!part)
		return;
	part->incarnation = n->incarnation;
	part->reached = true;
}

static void hear_word(struct gather *g, const struct tally_word *word)
{
	struct controller *c = g->controller;
	struct part *part;
	struct error err;
	size_t before = g->parts.bytes;

	add_late(g, word->id);
	part = parts_find(&g->parts, word->id);
	if (!part || part->state != PART_DUE)
		return;
	if (word->kind == TALLY_TEXT && word->size > GATHER_ALL_BYTES - c->gathers->bytes) {
		error_set(&err, ERR_LIMIT, "%zu bytes of results are under way", c->gathers->bytes);
		part_failed(&g->parts, part, &err);
	} else {
		part_hear(&g->parts, part, word, g->most, g->nodes);
	}
	c->gathers->bytes += g->parts.bytes - before;
	leave_lane(g, part);
}

static void hear_ids(struct gather *g, const struct tally_view *view)
{
	for (size_t i = 0; i < view->id_count; i++)
		add_late(g, tally_id(view, i));
	/* A value cannot be taken apart: all of it counts, or nothing. */
	if (!parts_accept(&g->parts, view))
		return;
	tally_combine(g->parts.kind, &g->parts.value, &view->value);
	for (size_t i = 0; i < view->id_count; i++) {
		struct part *part = parts_find(&g->parts, tally_id(view, i));
		part_done(&g->parts, part);
		leave_lane(g, part);
	}
}

static void on_heard(void *arg, int from, const struct tally_view *view, bool last)
{
	struct gather *g = arg;
	struct tally_word word;
	struct part *part;

	hear_ids(g, view);
	for (size_t at = 0; tally_word(view, &at, &word);)
		hear_word(g, &word);
	part = parts_find(&g->parts, from);
	if (last && part && part->alone && part->state == PART_DUE) {
		fail_part(g, part, "did it, and its answer is lost");
		leave_lane(g, part);
	}
	end_if_done(g);
}

/* The end of the upper link, as far as it is asked too, must have answered: what lies below one
 * that is stuck is not asked again. */
static bool may_ask(const struct gather *g, const struct part *part, const struct node *n)
{
	const struct part *above = n->up ? parts_find(&g->parts, n->up->id) : NULL;

	/* What was asked before its way was cut may be lost; a node does it once. */
	return (!part->alone || part->way != n->way) && !node_unreachable(n) &&
	       (!above || above->state != PART_DUE);
}

/* Nobody else will answer for it. */
static void look_at(struct gather *g, struct part *part)
{
	struct node *n = node_find(g->controller->nodes, part->id);

	if (!n) {
		fail_part(g, part, "was killed");
	} else if (n->incarnation != part->incarnation || node_is_down(n)) {
		fail_part(g, part, "died");
	} else if (!node_available(n)) {
		fail_part(g, part, "is silent");
	} else if (may_ask(g, part, n)) {
		part->alone = true;
		part->way = n->way;
		sweep_alone(g->sweep, n);
		return;
	} else {
		return;
	}
	leave_lane(g, part);
}

static void on_rest(void *arg)
{
	struct gather *g = arg;

	for (size_t i = 0; i < g->parts.count; i++)
		if (g->parts.items[i]->state == PART_DUE)
			look_at(g, g->parts.items[i]);
	end_if_done(g);
}

static const struct sweep_user user = {.heard = on_heard, .rest = on_rest};

/* What of it takes part, now that it begins. */
static void sort_out(struct gather *g, struct part *part)
{
	const struct node *n = node_find(g->controller->nodes, part->id);

	if (!n || n->life == LIFE_STARTING || !is_member(g, part->id)) {
		part_out(&g->parts, part);
	} else if (!node_available(n)) {
		struct error err;
		node_refuse(n, &err);
		part_failed(&g->parts, part, &err);
	} else {
		part->incarnation = n->incarnation;
		part->reached = !node_unreachable(n);
		return;
	}
	leave_lane(g, part);
}

void gathering_begin(struct gather *g)
{
	struct controller *c = g->controller;
	struct task *r = task_find(c->pending, g->request);
	struct sweep_order order = {.kind = g->parts.kind,
	                            .session = r->session->id,
	                            .args = r->args,
	                            .size = r->args_size,
	                            .deadline = r->deadline};
	cleanup_free int *ids = mem_new_array(g->parts.count, sizeof *ids);

	g->begun = true;
	c->gathers->open++;
	r->session->gathers++;
	for (size_t i = 0; i < g->parts.count; i++)
		sort_out(g, g->parts.items[i]);
	for (size_t i = 0; i < g->parts.count; i++)
		if (g->parts.items[i]->state == PART_DUE)
			ids[order.count++] = g->parts.items[i]->id;
	g->nodes = order.count ? order.count : 1;
	g->most = GATHER_BYTES / g->nodes;
	if (g->most > TALLY_TEXT_MAX)
		g->most = TALLY_TEXT_MAX;
	order.most = g->most;
	order.ids = ids;
	g->sweep = sweep_start(c, &order, &user, g);
	end_if_done(g);
}
