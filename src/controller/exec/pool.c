/*
 * Owns what a request knows of its group (request.detail). A choice looks at each node of the group
 * once. Invariant: a request is in no queue of a node that it was passed on from.
 */
#include "controller/exec/pool.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/exec/dispatch.h"
#include "controller/node/names.h"
#include "controller/node/program.h"

struct pooled {
	char *group;
	int *tried; /* nodes */
	size_t count;
};

static void pool_start(struct controller *c, struct request *r);
static void pool_expire(struct controller *c, struct request *r);
static void pool_pass_on(struct controller *c, struct request *r, const struct error *err);

static void pool_release(struct request *r)
{
	struct pooled *pooled = r->detail;

	free(pooled->group);
	free(pooled->tried);
	free(pooled);
}

static const struct request_kind pool_kind = {.name = "exec --any",
                                              .behind_barriers = true,
                                              .pooled = true,
                                              .start = pool_start,
                                              .expire = pool_expire,
                                              .cancel = dispatch_cancel,
                                              .send = dispatch_send,
                                              .finished = dispatch_finished,
                                              .pass_on = pool_pass_on,
                                              .release = pool_release};

/* What it has, and what waits to be sent to it. */
static size_t pool_load(const struct node *n)
{
	return n->traffic.execs.requests + n->label->queued + n->traffic.streams;
}

/* What is for one that is orphaned waits until it has a link again, and a program that is away
 * refuses: such are only chosen where all are. */
static bool pool_is_fit(const struct node *n)
{
	return !node_unreachable(n) && node_program_ready(n);
}

static bool pool_is_better(const struct node *n, const struct node *best)
{
	if (!best)
		return true;
	if (pool_is_fit(n) != pool_is_fit(best))
		return pool_is_fit(n);
	if (pool_load(n) != pool_load(best))
		return pool_load(n) < pool_load(best);
	return n->label->turn < best->label->turn;
}

/* The available node with the least to do; among those, the one whose turn is longest ago. NULL:
 * there is none, and *coming is one that is about to be, or NULL. `not_for`: the id of a request
 * that was passed on by some. */
static struct node *pool_best(struct node_group *group, uint64_t not_for, struct node **coming)
{
	struct node *best = NULL;
	struct node *n;

	*coming = NULL;
	DL_FOREACH2(group->nodes, n, label->group_next)
	{
		if (not_for && n->label->passed_on == not_for)
			continue;
		if (node_is_coming(n))
			*coming = *coming ? *coming : n;
		else if (node_available(n) && pool_is_better(n, best))
			best = n;
	}
	if (best)
		best->label->turn = ++group->turns;
	return best;
}

/* Milliseconds until the first of them is started again; 0: none will be. */
static int64_t pool_retry_ms(const struct node_group *group)
{
	const struct node *n;
	int64_t soonest = 0;

	DL_FOREACH2(group->nodes, n, label->group_next)
	{
		int64_t ms = node_retry_ms(n);
		if (ms > 0 && (!soonest || ms < soonest))
			soonest = ms;
	}
	return soonest;
}

static void pool_refuse(const struct node_group *group, const char *name, struct error *err)
{
	if (!group) {
		error_set(err, ERR_NOT_FOUND, "no node is in a group '%s'", name);
		return;
	}
	error_unavailable(err, OUTCOME_NOT_RUN, "no node of the group '%s' is available", name);
	err->retry_ms = pool_retry_ms(group);
}

static void pool_remember(struct pooled *pooled, const struct request *r, struct node *n)
{
	pooled->tried = mem_resize(pooled->tried, (pooled->count + 1) * sizeof *pooled->tried);
	pooled->tried[pooled->count++] = n->id;
	n->label->passed_on = r->id;
}

/* To the node whose turn it is; where there is none, the request fails with `why`, or, if that is
 * NULL, with the reason. */
static void pool_place(struct controller *c, struct request *r, const struct error *why)
{
	struct pooled *pooled = r->detail;
	struct node_group *group = names_group(c, pooled->group);
	struct node *coming = NULL;
	struct node *n;
	struct error err;

	for (size_t i = 0; i < pooled->count; i++) {
		n = node_find(c->nodes, pooled->tried[i]);
		/* Another one may have its id by now. */
		if (n && n->label)
			n->label->passed_on = r->id;
	}
	n = group ? pool_best(group, r->id, &coming) : NULL;
	if (n) {
		pool_remember(pooled, r, n);
		r->node = n->id;
		request_place(c->requests, r, n->id);
		dispatch_queue(c, n, r);
	} else if (coming) {
		r->phase = PHASE_BLOCKED;
		request_move(r, &coming->traffic.waiters);
	} else {
		pool_refuse(group, pooled->group, &err);
		request_fail(c->requests, r, why ? why : &err);
	}
}

static void pool_start(struct controller *c, struct request *r)
{
	pool_place(c, r, NULL);
}

static void pool_pass_on(struct controller *c, struct request *r, const struct error *err)
{
	pool_place(c, r, err);
}

static void pool_expire(struct controller *c, struct request *r)
{
	const struct pooled *pooled = r->detail;
	struct error err;

	if (r->phase == PHASE_QUEUED || r->phase == PHASE_SENT) {
		dispatch_expire(c, r);
		return;
	}
	error_unavailable(&err, OUTCOME_NOT_RUN,
	                  "no node of the group '%s' became available within %lld ms",
	                  pooled->group, (long long)r->timeout_ms);
	request_fail(c->requests, r, &err);
}

void pool_exec(struct session *s, const struct exec_request *asked, outcome_fn *done, void *arg)
{
	struct controller *c = s->controller;
	struct pooled *pooled = mem_new(sizeof *pooled);

	pooled->group = mem_string(asked->group);
	request_submit(c->requests, s,
	               &(struct request_spec){.kind = &pool_kind,
	                                      .node = NODE_CONTROLLER,
	                                      .args = asked->args ? asked->args : "",
	                                      .size = asked->size,
	                                      .timeout_ms = asked->timeout_ms,
	                                      .progress = asked->progress,
	                                      .traceparent = asked->traceparent,
	                                      .detail = pooled,
	                                      .done = done,
	                                      .arg = arg});
}

int pool_choose(struct controller *c, const char *group, int *id, struct error *err)
{
	struct node_group *all = names_group(c, group);
	struct node *coming = NULL;
	struct node *n = all ? pool_best(all, 0, &coming) : NULL;

	if (!n && !coming) {
		pool_refuse(all, group, err);
		return -1;
	}
	*id = n ? n->id : coming->id;
	return 0;
}
