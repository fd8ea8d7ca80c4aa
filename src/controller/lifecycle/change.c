/*
 * Owns what a request asks for. Invariant: what was changed is in force at once, and on its way to
 * the registry; the request is answered when it is there.
 */
#include "controller/lifecycle/change.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/placement.h"
#include "controller/lifecycle/revivals.h"
#include "controller/lifecycle/terms.h"
#include "controller/node/after.h"
#include "controller/node/event.h"
#include "controller/node/names.h"
#include "controller/node/persist.h"
#include "controller/node/restart_policy.h"
#include "controller/node/settings.h"
#include "controller/overlay/hang.h"
#include "controller/overlay/rehome.h"
#include "controller/request/change_steps.h"

struct alteration {
	unsigned what; /* enum node_change: asked for */
	int parent;
	struct node_terms terms;
	struct name_claim claim; /* to the name, until the node has it */
	struct tree_edits edits; /* how the node comes to its parent, as it is looked at */
	unsigned changed;        /* enum node_change: what differed */
	int placed;              /* its parent then */
	uint64_t made;           /* clock_ns(): it is in force; 0: it is not */
};

static void change_start(struct controller *c, struct request *r);
static void change_expire(struct controller *c, struct request *r);

/* Its name is the node's now, or nobody's. */
static void change_finished(struct controller *c, struct request *r, const struct outcome *outcome)
{
	struct alteration *a = r->detail;
	struct steps steps = {0};

	(void)c;
	(void)outcome;
	names_unclaim(&a->claim);
	steps_add(&steps, STEP_RECORD, a->made, clock_ns(), 0, 0);
	change_steps_keep(r, &steps);
}

static void alteration_release(struct request *r)
{
	struct alteration *a = r->detail;

	names_unclaim(&a->claim);
	terms_free(&a->terms);
	tree_edits_free(&a->edits);
	free(a);
}

static const struct request_kind change_kind = {.name = "change",
                                                .barrier = true,
                                                .start = change_start,
                                                .expire = change_expire,
                                                .finished = change_finished,
                                                .release = alteration_release};

static int parent_check(const struct controller *c, const struct node *n, struct alteration *a,
                        struct error *err)
{
	tree_edits_free(&a->edits);
	return placement_move(c, n->id, a->parent, &a->edits, err);
}

static bool parent_differs(const struct node *n, const struct alteration *a)
{
	(void)n;
	return a->edits.count;
}

/* Links follow: its own, and those of what hangs elsewhere only because it cannot have them. */
static void parent_change(struct controller *c, struct node *n, const struct alteration *a)
{
	(void)n;
	placement_apply(c, &a->edits);
	rehome_all(c);
}

static bool restart_differs(const struct node *n, const struct alteration *a)
{
	return n->restart.policy != a->terms.restart;
}

/* What it is for is the next death; a start that is due comes. */
static void restart_change(struct controller *c, struct node *n, const struct alteration *a)
{
	(void)c;
	n->restart.policy = a->terms.restart;
}

static int name_free(const struct controller *c, const struct node *n, struct alteration *a,
                     struct error *err)
{
	return names_check(c, n, a->terms.name, err);
}

static bool name_differs(const struct node *n, const struct alteration *a)
{
	return !mem_same(node_name(n), a->terms.name);
}

static void name_change(struct controller *c, struct node *n, const struct alteration *a)
{
	names_set_name(c, n, a->terms.name);
}

static bool group_differs(const struct node *n, const struct alteration *a)
{
	return !mem_same(node_group(n), a->terms.group);
}

static void group_change(struct controller *c, struct node *n, const struct alteration *a)
{
	names_set_group(c, n, a->terms.group);
}

static bool declared_differs(const struct node *n, const struct alteration *a)
{
	return n->declared != a->terms.declared;
}

static void declared_change(struct controller *c, struct node *n, const struct alteration *a)
{
	(void)c;
	n->declared = a->terms.declared;
}

static bool on_hang_differs(const struct node *n, const struct alteration *a)
{
	return n->hang.policy != a->terms.on_hang;
}

static void on_hang_change(struct controller *c, struct node *n, const struct alteration *a)
{
	n->hang.policy = a->terms.on_hang;
	hang_look(c);
}

static bool hang_timeout_differs(const struct node *n, const struct alteration *a)
{
	return n->hang.timeout_ms != a->terms.hang_timeout_ms;
}

static void hang_timeout_change(struct controller *c, struct node *n, const struct alteration *a)
{
	n->hang.timeout_ms = a->terms.hang_timeout_ms;
	hang_look(c);
}

static bool after_differs(const struct node *n, const struct alteration *a)
{
	return !after_same(&n->after, a->terms.after.ids, a->terms.after.count);
}

static int after_may(const struct controller *c, const struct node *n, struct alteration *a,
                     struct error *err)
{
	return after_check(c, n->id, a->terms.after.ids, a->terms.after.count, err);
}

static void after_change(struct controller *c, struct node *n, const struct alteration *a)
{
	after_set(&n->after, a->terms.after.ids, a->terms.after.count);
	revivals_look(c);
}

static const struct {
	enum node_change bit;
	/* May it be? NULL: it always may. */
	int (*check)(const struct controller *c, const struct node *n, struct alteration *a,
	             struct error *err);
	bool (*differs)(const struct node *n, const struct alteration *a);
	void (*change)(struct controller *c, struct node *n, const struct alteration *a);
} changes[] = {
    {CHANGE_PARENT, parent_check, parent_differs, parent_change},
    {CHANGE_RESTART, NULL, restart_differs, restart_change},
    {CHANGE_NAME, name_free, name_differs, name_change},
    {CHANGE_GROUP, NULL, group_differs, group_change},
    {CHANGE_DECLARED, NULL, declared_differs, declared_change},
    {CHANGE_ON_HANG, NULL, on_hang_differs, on_hang_change},
    {CHANGE_HANG_TIMEOUT, NULL, hang_timeout_differs, hang_timeout_change},
    {CHANGE_AFTER, after_may, after_differs, after_change},
};

/* All, or nothing. */
static int change_node(struct controller *c, struct node *n, struct alteration *a,
                       struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		if ((a->what & changes[i].bit) && changes[i].check &&
		    changes[i].check(c, n, a, err))
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		if (!(a->what & changes[i].bit) || !changes[i].differs(n, a))
			continue;
		changes[i].change(c, n, a);
		a->changed |= changes[i].bit;
	}
	a->placed = tree_parent(c->tree, n->id);
	return 0;
}

static void change_tell(struct controller *c, const struct node *n, const struct alteration *a)
{
	struct buffer names = {0};

	for (size_t i = 0; node_change_name_at(i); i++)
		if (a->changed & (1U << i))
			buffer_format(&names, "%s%s", buffer_size(&names) ? ", " : "",
			              node_change_name_at(i));
	buffer_add(&names, "", 1);
	node_log(n, LOG_LEVEL_INFO, FACT_NODE_CHANGED, "change", "node %d has changed: %s", n->id,
	         names.data);
	buffer_free(&names);
	event_publish(c->events, &(struct event){.type = EVENT_NODE_CHANGED,
	                                         .has_id = true,
	                                         .id = n->id,
	                                         .name = node_name(n),
	                                         .has_parent = a->changed & CHANGE_PARENT,
	                                         .parent = a->placed,
	                                         .changed = a->changed});
}

static void change_unrecorded(struct controller *c, struct request *r, const char *why,
                              enum error_outcome outcome)
{
	struct error err;

	error_set(&err, ERR_INTERNAL, "the change is in force, but not recorded: %s", why);
	err.outcome = outcome;
	request_fail(c->requests, r, &err);
}

static void change_on_recorded(void *arg, uint64_t number, const struct error *err)
{
	struct controller *c = arg;
	struct request *r = request_find(c->requests, number);
	const struct alteration *a = r ? r->detail : NULL;

	if (!r || r->kind != &change_kind)
		return;
	if (err)
		change_unrecorded(c, r, err->text, err->outcome);
	else
		request_finish(
		    c->requests, r,
		    &(struct outcome){.id = r->node, .parent = a->placed, .changed = a->changed});
}

/* One that is being created may come to nothing. */
static bool change_wait_for(struct request *r, struct node *n)
{
	if (!n || !node_is_new(n))
		return false;
	r->phase = PHASE_BLOCKED;
	request_move(r, &n->traffic.waiters);
	return true;
}

static int change_try(struct controller *c, struct request *r, struct error *err)
{
	struct node *n = node_find(c->nodes, r->node);
	struct alteration *a = r->detail;

	if (!n)
		return error_set(err, ERR_NOT_FOUND, "no node %d", r->node);
	/* It waited, and now the whole tree leaves. */
	if (c->lifecycle->leaving)
		return error_unavailable(err, OUTCOME_NOT_RUN, "the tree is ending");
	if (change_wait_for(r, n) ||
	    ((a->what & CHANGE_PARENT) && change_wait_for(r, node_find(c->nodes, a->parent))))
		return 0;
	if (change_node(c, n, a, err))
		return -1;
	if (a->changed) {
		persist_node(c, n);
		change_tell(c, n, a);
	}
	r->phase = PHASE_SENT;
	a->made = clock_ns();
	registry_then(c->registry, change_on_recorded, c, r->id);
	return 0;
}

static void change_start(struct controller *c, struct request *r)
{
	struct error err;

	if (change_try(c, r, &err))
		request_fail(c->requests, r, &err);
}

static void change_expire(struct controller *c, struct request *r)
{
	struct error err;

	if (r->phase == PHASE_SENT) {
		change_unrecorded(c, r, "it takes too long", OUTCOME_UNKNOWN);
		return;
	}
	if (!request_never_started(r, &err))
		error_unavailable(&err, OUTCOME_NOT_RUN,
		                  "node %d, or its parent to be, did not join within %lld ms",
		                  r->node, (long long)r->timeout_ms);
	request_fail(c->requests, r, &err);
}

static int change_read(struct controller *c, const struct change_request *asked,
                       struct alteration *a, struct error *err)
{
	a->what = asked->what;
	a->parent = asked->parent;
	if (terms_read(&asked->settings, c->lifecycle->restart, &a->terms, err))
		return -1;
	if ((a->what & CHANGE_NAME) && a->terms.name)
		names_claim(c, &a->claim, a->terms.name, asked->id);
	return 0;
}

void change_ask(struct session *s, const struct change_request *asked, outcome_fn *done, void *arg)
{
	struct controller *c = s->controller;
	struct alteration *a = mem_new(sizeof *a);
	struct request_spec spec = {.kind = &change_kind,
	                            .node = asked->id,
	                            .in_lane = true,
	                            .in_second_lane = (asked->what & CHANGE_PARENT) &&
	                                              asked->parent != NODE_CONTROLLER,
	                            .second = asked->parent,
	                            .detail = a,
	                            .done = done,
	                            .arg = arg};
	struct error err;

	if (change_read(c, asked, a, &err))
		spec.refusal = &err;
	request_submit(c->requests, s, &spec);
}
