/*
 * Invariant: a node that is being created has its create request, its process, and a place in the
 * logical tree and in the links; whatever ends its creation takes all of them away again or makes
 * it UP. What was answered is on disk: that the node is there, or that it is not.
 */
#include "controller/lifecycle/create.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/catalog.h"
#include "controller/lifecycle/create_others.h"
#include "controller/lifecycle/creation.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/last_word.h"
#include "controller/lifecycle/launch.h"
#include "controller/lifecycle/life_times.h"
#include "controller/lifecycle/placement.h"
#include "controller/lifecycle/postponed.h"
#include "controller/lifecycle/recorded_failure.h"
#include "controller/lifecycle/restart.h"
#include "controller/lifecycle/revivals.h"
#include "controller/lifecycle/start_queue.h"
#include "controller/lifecycle/terminate.h"
#include "controller/lifecycle/wait.h"
#include "controller/node/event.h"
#include "controller/node/names.h"
#include "controller/node/persist.h"
#include "controller/node/retire.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/overlay.h"
#include "controller/overlay/program_word.h"
#include "controller/overlay/rehome.h"

static void create_start(struct controller *c, struct request *r);
static void create_expire(struct controller *c, struct request *r);

/* Its name is the node's now, or nobody's. */
static void create_finished(struct controller *c, struct request *r, const struct outcome *outcome)
{
	struct create *create = r->detail;

	names_unclaim(&create->claim);
	if (create->started)
		life_times_finished(c, r, outcome);
}

static void create_release(struct request *r)
{
	struct create *create = r->detail;

	names_unclaim(&create->claim);
	terms_free(&create->terms);
	free(create);
}

static const struct request_kind create_kind = {.name = "create",
                                                .barrier = true,
                                                .start = create_start,
                                                .expire = create_expire,
                                                .finished = create_finished,
                                                .release = create_release};

static bool create_wait_for(struct controller *c, struct request *r, int id)
{
	struct node *n = node_find(c->nodes, id);

	if (!n || !node_is_coming(n))
		return false;
	r->phase = PHASE_BLOCKED;
	request_move(r, &n->traffic.waiters);
	return true;
}

static bool is_being_created(const struct controller *c, int id)
{
	const struct node *n = node_find(c->nodes, id);

	return n && node_is_new(n);
}

static int check_limits(const struct controller *c, struct error *err)
{
	if (tree_size(c->tree) >= c->config.max_nodes)
		return error_set(err, ERR_LIMIT, "there are %zu nodes, the most that are allowed",
		                 tree_size(c->tree));
	if (tree_size(c->tree) >= c->lifecycle->room)
		return error_set(err, ERR_LIMIT,
		                 "there are %zu nodes, and the system's limits of descriptors and "
		                 "threads allow no more",
		                 tree_size(c->tree));
	return 0;
}

/* In no list, but that of names. */
static struct node *create_make(struct controller *c, const struct request *r, struct error *err)
{
	const struct create *create = r->detail;
	struct node *n = mem_new(sizeof *n);

	n->id = r->node;
	n->service = create->service;
	n->restart.recorded = REGISTRY_LIFE_RUNS;
	terms_give(&create->terms, n);
	if (names_enter(c, n, create->terms.name, create->terms.group, err) == 0)
		return n;
	node_free(n);
	return NULL;
}

static struct node *create_begin(struct controller *c, struct request *r, struct node *up,
                                 struct error *err)
{
	struct node *n = create_make(c, r, err);

	if (!n)
		return NULL;
	n->traffic.create = r;
	if (launch_node(c, n, up, err)) {
		names_leave(c, n);
		node_free(n);
		return NULL;
	}
	node_enter(c, n);
	wait_node_added(c, n);
	start_queue_creating(c, up);
	return n;
}

/* Its row is written: it may begin. */
static void create_on_recorded(void *arg, uint64_t number, const struct error *err)
{
	struct controller *c = arg;
	struct node *n = persist_find(c, number);

	if (!n || !node_is_new(n))
		return;
	if (err) {
		create_failed(c, n, err);
		return;
	}
	n->times.start.let_go = clock_ns();
	process_let_go(n->worker.process);
}

static int start_node(struct controller *c, struct request *r, const struct tree_edits *edits,
                      struct error *err)
{
	struct create *create = r->detail;
	struct node *up = node_find(c->nodes, edits->items[0].to);
	struct node *n;

	if (check_limits(c, err))
		return -1;
	n = create_begin(c, r, up, err);
	if (!n)
		return -1;
	placement_apply(c, edits);
	create->started = true;
	r->phase = PHASE_SENT;
	start_queue_started(c);
	registry_then(c->registry, create_on_recorded, c, persist_number(n));
	return 0;
}

static int create_postpone(struct controller *c, struct request *r, struct error *err)
{
	const struct create *create = r->detail;
	struct tree_edits edits = {0};
	struct node *n = NULL;
	int rc = -1;

	if (check_limits(c, err) == 0 &&
	    placement_choose(c, r->node, create->has_parent ? &create->parent : NULL, &edits,
	                     err) == 0)
		n = create_make(c, r, err);
	if (n) {
		rc = postponed_add(c, r, n, &edits, err);
		if (rc) {
			names_leave(c, n);
			node_free(n);
		}
	}
	tree_edits_free(&edits);
	return rc;
}

static int try_start(struct controller *c, struct request *r, struct error *err)
{
	const struct create *create = r->detail;
	struct tree_edits edits = {0};
	int rc;

	/* It waited for one whose creation was taken back. */
	if (c->lifecycle->leaving)
		return error_set(err, ERR_PARENT_UNAVAILABLE, "the tree is ending");
	if (is_being_created(c, r->node) && create_wait_for(c, r, r->node))
		return 0;
	if (node_find(c->nodes, r->node))
		return error_set(err, ERR_ALREADY_EXISTS, "node %d exists already", r->node);
	rc = create_others_known(c, r, err);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (create_others_postpone(c, r))
		return create_postpone(c, r, err);
	if (create_others_wait(c, r))
		return 0;
	if (create->has_parent && c->lifecycle->topology->names_parent &&
	    create_wait_for(c, r, create->parent))
		return 0;
	if (!start_queue_may_create(c)) {
		start_queue_wait(c, r);
		return 0;
	}
	rc = placement_choose(c, r->node, create->has_parent ? &create->parent : NULL, &edits, err);
	if (rc == 0 && !create_wait_for(c, r, edits.items[0].to))
		rc = start_node(c, r, &edits, err);
	tree_edits_free(&edits);
	return rc;
}

static void create_start(struct controller *c, struct request *r)
{
	struct error err;

	if (try_start(c, r, &err))
		request_fail(c->requests, r, &err);
}

/* What is asked for, with what the tree has for what it does not say. */
static int create_read(struct controller *c, const struct create_request *asked,
                       struct create *create, struct error *err)
{
	const char *service = asked->service ? asked->service : c->config.service;

	create->has_parent = asked->has_parent;
	create->parent = asked->parent;
	create->service = catalog_find(c, service);
	if (!create->service)
		return catalog_refuse(c, service, err);
	if (terms_read(&asked->settings, c->lifecycle->restart, &create->terms, err))
		return -1;
	if (create->terms.name)
		names_claim(c, &create->claim, create->terms.name, asked->id);
	return 0;
}

void create_ask(struct session *s, const struct create_request *asked, outcome_fn *done, void *arg)
{
	struct controller *c = s->controller;
	struct create *create = mem_new(sizeof *create);
	struct request_spec spec = {.kind = &create_kind,
	                            .node = asked->id,
	                            .in_lane = true,
	                            .in_second_lane = asked->has_parent &&
	                                              c->lifecycle->topology->names_parent &&
	                                              asked->parent != NODE_CONTROLLER,
	                            .second = asked->parent,
	                            .detail = create,
	                            .done = done,
	                            .arg = arg};
	struct error err;

	if (create_read(c, asked, create, &err))
		spec.refusal = &err;
	request_submit(c->requests, s, &spec);
}

/* It is there for good. */
static void create_complete(struct controller *c, struct node *n)
{
	int id = n->id;
	struct outcome outcome = {
	    .id = id, .parent = tree_parent(c->tree, id), .pid = n->worker.pid, .available = true};
	struct event event = {.type = EVENT_NODE_CREATED,
	                      .has_id = true,
	                      .id = id,
	                      .name = node_name(n),
	                      .pid = n->worker.pid,
	                      .has_parent = true,
	                      .parent = outcome.parent};
	struct request *r = n->traffic.create;

	node_set_life(n, LIFE_RUNNING, "it is recorded");
	n->restart.joined = clock_ms();
	overlay_joined(c, n);
	start_queue_created(c, n);
	n->traffic.create = NULL;
	log_debug("create", "node %d is process %d", id, (int)n->worker.pid);
	event_publish(c->events, &event);
	program_word_joined(c, n);
	/* What was placed in front of others moves them behind it; it may have to move itself. */
	rehome_node(c, n);
	rehome_children(c, id);
	request_finish(c->requests, r, &outcome);
	requests_restart(c->requests, &n->traffic.waiters);
	revivals_look(c);
}

static void on_kept(void *arg, uint64_t number, const struct error *err)
{
	struct controller *c = arg;
	struct node *n = persist_find(c, number);

	if (!n || !node_is_new(n))
		return;
	n->times.start.kept = clock_ns();
	if (!err) {
		create_complete(c, n);
		return;
	}
	/* As far as is known, which the error says. */
	n->record.phase = REGISTRY_STARTING;
	create_failed(c, n, err);
}

void create_joined(struct controller *c, struct node *n)
{
	/* Its parent may say so twice. */
	if (n->life == LIFE_COMMITTING)
		return;
	node_set_life(n, LIFE_COMMITTING, "it joined");
	n->times.start.joined = clock_ns();
	persist_phase(c, n, REGISTRY_KEPT);
	registry_then(c->registry, on_kept, c, persist_number(n));
}

/* Its program may have begun, so that there may be data, which go when the process is gone, and the
 * row behind them. */
static void create_erase(struct controller *c, struct node *n)
{
	struct departure *leaving = terminate_new(c, 0, true, NULL, 0);

	persist_phase(c, n, REGISTRY_DOOMED);
	terminate_add_stray(leaving, n->worker.process, n->data_id);
	terminate_begin(leaving);
}

/* Takes the node out of the tree, the links and the table. */
static void create_withdraw(struct controller *c, struct node *n)
{
	placement_withdraw(c, n->id);
	create_erase(c, n);
	rehome_forget(c, n);
	liveness_forget(c, n);
	start_queue_created(c, n);
	overlay_part(c, n);
	retire_bury(c, n);
}

void create_failed(struct controller *c, struct node *n, const struct error *err)
{
	struct request *r = n->traffic.create;
	bool kept = n->record.phase == REGISTRY_KEPT;

	((struct create *)r->detail)->started = false;
	n->times.start.failed = clock_ns();
	life_times_keep(c, r, n);
	if (n->worker.process)
		process_signal(n->worker.process, SIGKILL);
	create_withdraw(c, n);
	/* One that is recorded as being created is taken back by any dtreed. */
	if (kept)
		recorded_failure(c, r, err);
	else
		request_fail(c->requests, r, err);
	requests_restart(c->requests, &n->traffic.waiters);
}

void create_parent_lost(struct controller *c, struct node *lost)
{
	struct error err;
	struct node *n;
	struct node *next;

	DL_FOREACH_SAFE2(lost->link.kids, n, next, link.kid_next)
	{
		if (!node_is_new(n))
			continue;
		error_set(&err, ERR_PARENT_UNAVAILABLE, "node %d is %s", lost->id,
		          node_state_name(lost));
		create_failed(c, n, &err);
	}
}

static void create_expire(struct controller *c, struct request *r)
{
	const struct create *create = r->detail;
	struct node *n = create->started ? node_find(c->nodes, r->node) : NULL;
	cleanup_free char *behind = n ? last_word_behind(c, n) : mem_string("");
	struct error err;

	if (recorded_failure_expire(c, r))
		return;
	if (!n && create_others_expire(c, r))
		return;
	/* Where it said what it was about, that is why. */
	error_set(&err, *behind ? ERR_INTERNAL : ERR_PARENT_UNAVAILABLE,
	          "node %d did not join within %lld ms%s", r->node,
	          (long long)c->config.request_timeout_ms, behind);
	if (n)
		create_failed(c, n, &err);
	else
		request_fail(c->requests, r, &err);
}
