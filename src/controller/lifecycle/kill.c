/* Owns what a kill has removed. Invariant: a kill that is being carried out has a departure. */
#include "controller/lifecycle/kill.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "controller/exec/dispatch.h"
#include "controller/lifecycle/create.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/life_times.h"
#include "controller/lifecycle/placement.h"
#include "controller/lifecycle/recorded_failure.h"
#include "controller/lifecycle/start_queue.h"
#include "controller/lifecycle/terminate.h"
#include "controller/node/event.h"
#include "controller/node/persist.h"
#include "controller/node/retire.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/orphan.h"
#include "controller/overlay/overlay.h"
#include "controller/overlay/rehome.h"

/* A kill that waited in its lanes until its deadline is near has at least this long. */
#define LEAST_MS 1500
/* For the registry to be written, and for killed processes to end. */
#define STEP_MS 1000

struct killing {
	struct tree_ids ids; /* removed, parents first */
	uint64_t departure;
	bool undeclared; /* it refuses where one of them is not */
};

static void kill_release(struct request *r)
{
	struct killing *k = r->detail;

	tree_ids_free(&k->ids);
	free(k);
}

static void kill_start(struct controller *c, struct request *r);

static void kill_expire(struct controller *c, struct request *r)
{
	const struct killing *k = r->detail;
	struct error err;

	if (!request_never_started(r, &err))
		error_set(&err, ERR_INTERNAL, "node %d is removed, but did not end in time",
		          r->node);
	/* It knows what is left, and says so. */
	if (r->phase == PHASE_SENT)
		terminate_give_up(c, k->departure);
	request_fail(c->requests, r, &err);
}

static void kill_finished(struct controller *c, struct request *r, const struct outcome *outcome)
{
	const struct killing *k = r->detail;

	(void)outcome;
	life_times_departure(c, r, k->departure);
}

static const struct request_kind kill_kind = {.name = "kill",
                                              .barrier = true,
                                              .start = kill_start,
                                              .expire = kill_expire,
                                              .finished = kill_finished,
                                              .release = kill_release};

/* All of them are gone. */
static void finish(struct controller *c, uint64_t request, const struct error *err)
{
	struct request *r = request_find(c->requests, request);
	const struct killing *k;

	if (!r || r->kind != &kill_kind)
		return;
	k = r->detail;
	if (err)
		request_fail(c->requests, r, err);
	else
		request_finish(c->requests, r,
		               &(struct outcome){
		                   .id = r->node, .ids = k->ids.items, .id_count = k->ids.count});
}

static void answer_waiting(struct controller *c, struct node *n)
{
	struct error err;

	if (n->traffic.create) {
		error_set(&err, ERR_PARENT_NOT_FOUND, "node %d was killed while it was created",
		          n->id);
		recorded_failure(c, n->traffic.create, &err);
	}
	dispatch_fail(c, n, true, "was killed");
	requests_restart(c->requests, &n->traffic.waiters);
}

static struct node *doom(struct controller *c, struct departure *leaving, int id)
{
	struct node *n = node_find(c->nodes, id);

	terminate_add(leaving, n);
	persist_phase(c, n, REGISTRY_DOOMED);
	rehome_forget(c, n);
	liveness_forget(c, n);
	return n;
}

/* What is being created below them by its link, and is none of them: its place has changed since.
 * Then they are looked at anew, as others may have waited for that. */
static void kill_fail_creations(struct controller *c, const struct request *r, struct tree_ids *ids)
{
	struct error err;

	error_set(&err, ERR_PARENT_UNAVAILABLE, "node %d was killed", r->node);
	for (size_t i = 0; i < ids->count; i++) {
		const struct node *n = node_find(c->nodes, ids->items[i]);
		struct node *kid;
		struct node *next;
		if (!n)
			continue;
		DL_FOREACH_SAFE2(n->link.kids, kid, next, link.kid_next)
		{
			if (node_is_new(kid) && !tree_below(c->tree, kid->id, r->node))
				create_failed(c, kid, &err);
		}
	}
	tree_ids_free(ids);
	tree_subtree(c->tree, r->node, ids);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* All steps of the end fit into the time that the request has left. */
static struct departure *begin_departure(struct controller *c, struct request *r)
{
	int64_t left = r->deadline - clock_ms();
	struct departure *leaving;

	if (left < LEAST_MS)
		request_due_in(c->requests, r, left = LEAST_MS);
	leaving = terminate_new(c, least(c->config.stop_grace_ms, left / 2), true, finish, r->id);
	terminate_limits(leaving, least(left / 8, STEP_MS), least(left / 4, STEP_MS));
	return leaving;
}

static int kill_check_undeclared(const struct controller *c, const struct tree_ids *ids,
                                 struct error *err)
{
	for (size_t i = 0; i < ids->count; i++) {
		const struct node *n = node_find(c->nodes, ids->items[i]);
		if (n->declared != NODE_UNDECLARED)
			return error_set(
			    err, ERR_DENIED, "node %d%s %s", n->id, i ? ", which is below it," : "",
			    n->declared == NODE_BY_HAND ? "was made by hand" : "is declared");
	}
	return 0;
}

/* Whom it is for. */
static int kill_look(const struct controller *c, const struct request *r, struct killing *k,
                     struct error *err)
{
	/* It waited, and now the whole tree leaves. */
	if (c->lifecycle->leaving)
		return error_unavailable(err, OUTCOME_NOT_RUN, "the tree is ending");
	if (!node_find(c->nodes, r->node))
		return error_set(err, ERR_NOT_FOUND, "no node %d", r->node);
	tree_subtree(c->tree, r->node, &k->ids);
	return k->undeclared ? kill_check_undeclared(c, &k->ids, err) : 0;
}

static void kill_start(struct controller *c, struct request *r)
{
	struct killing *k = r->detail;
	struct departure *leaving;
	struct node **doomed;
	struct error err;
	size_t count;

	if (kill_look(c, r, k, &err)) {
		request_fail(c->requests, r, &err);
		return;
	}
	r->phase = PHASE_SENT;
	kill_fail_creations(c, r, &k->ids);
	count = k->ids.count;
	doomed = mem_new_array(count, sizeof *doomed);
	leaving = begin_departure(c, r);
	k->departure = terminate_id(leaving);
	for (size_t i = 0; i < count; i++)
		doomed[i] = doom(c, leaving, k->ids.items[i]);
	placement_remove(c, r->node);
	for (size_t i = 0; i < count; i++)
		orphan_parent_removed(c, doomed[i]);
	/* Leaves first, for the links too. */
	for (size_t i = count; i-- > 0;) {
		if (node_is_new(doomed[i]))
			start_queue_created(c, doomed[i]);
		overlay_part(c, doomed[i]);
		retire_bury(c, doomed[i]);
	}
	for (size_t i = count; i-- > 0;)
		event_publish(c->events, &(struct event){.type = EVENT_NODE_REMOVED,
		                                         .has_id = true,
		                                         .id = doomed[i]->id,
		                                         .name = node_name(doomed[i]),
		                                         .pid = doomed[i]->worker.pid});
	for (size_t i = 0; i < count; i++)
		answer_waiting(c, doomed[i]);
	free(doomed);
	terminate_begin(leaving);
}

static void kill_submit(struct session *s, int id, bool undeclared, outcome_fn *done, void *arg)
{
	struct killing *k = mem_new(sizeof *k);

	k->undeclared = undeclared;
	request_submit(s->controller->requests, s,
	               &(struct request_spec){.kind = &kill_kind,
	                                      .node = id,
	                                      .in_lane = true,
	                                      .detail = k,
	                                      .done = done,
	                                      .arg = arg});
}

void kill_ask(struct session *s, int id, outcome_fn *done, void *arg)
{
	kill_submit(s, id, false, done, arg);
}

void kill_ask_undeclared(struct session *s, int id, outcome_fn *done, void *arg)
{
	kill_submit(s, id, true, done, arg);
}
