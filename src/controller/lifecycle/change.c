/*
 * Owns what a request asks for. Invariant: what was changed is in force at once, and on its way to
 * the registry; the request is answered when it is there.
 */
#include "controller/lifecycle/change.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/internal.h"
#include "controller/node/event.h"
#include "controller/node/names.h"
#include "controller/node/persist.h"
#include "controller/node/restart_policy.h"
#include "controller/node/settings.h"
#include "controller/overlay/hang.h"

struct alteration {
	unsigned what; /* enum node_change: asked for */
	enum restart_policy restart;
	char *name; /* NULL: none */
	char *group;
	enum node_declared declared;
	enum on_hang on_hang;
	int64_t hang_timeout_ms;
	struct name_claim claim; /* to the name, until the node has it */
	unsigned changed;        /* enum node_change: what differed */
};

static void change_start(struct controller *c, struct request *r);
static void change_expire(struct controller *c, struct request *r);

/* Its name is the node's now, or nobody's. */
static void change_finished(struct controller *c, struct request *r, const struct outcome *outcome)
{
	struct alteration *a = r->detail;

	(void)c;
	(void)outcome;
	names_unclaim(&a->claim);
}

static void alteration_release(struct request *r)
{
	struct alteration *a = r->detail;

	names_unclaim(&a->claim);
	free(a->name);
	free(a->group);
	free(a);
}

static const struct request_kind change_kind = {.name = "change",
                                                .barrier = true,
                                                .start = change_start,
                                                .expire = change_expire,
                                                .finished = change_finished,
                                                .release = alteration_release};

static bool change_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool restart_differs(const struct node *n, const struct alteration *a)
{
	return n->restart.policy != a->restart;
}

/* What it is for is the next death; a start that is due comes. */
static int restart_change(struct controller *c, struct node *n, const struct alteration *a,
                          struct error *err)
{
	(void)c;
	(void)err;
	n->restart.policy = a->restart;
	return 0;
}

static bool name_differs(const struct node *n, const struct alteration *a)
{
	return !change_same_text(node_name(n), a->name);
}

static int name_change(struct controller *c, struct node *n, const struct alteration *a,
                       struct error *err)
{
	return names_set_name(c, n, a->name, err);
}

static bool group_differs(const struct node *n, const struct alteration *a)
{
	return !change_same_text(node_group(n), a->group);
}

static int group_change(struct controller *c, struct node *n, const struct alteration *a,
                        struct error *err)
{
	(void)err;
	names_set_group(c, n, a->group);
	return 0;
}

static bool declared_differs(const struct node *n, const struct alteration *a)
{
	return n->declared != a->declared;
}

static int declared_change(struct controller *c, struct node *n, const struct alteration *a,
                           struct error *err)
{
	(void)c;
	(void)err;
	n->declared = a->declared;
	return 0;
}

static bool on_hang_differs(const struct node *n, const struct alteration *a)
{
	return n->hang.policy != a->on_hang;
}

static int on_hang_change(struct controller *c, struct node *n, const struct alteration *a,
                          struct error *err)
{
	(void)err;
	n->hang.policy = a->on_hang;
	hang_look(c);
	return 0;
}

static bool hang_timeout_differs(const struct node *n, const struct alteration *a)
{
	return n->hang.timeout_ms != a->hang_timeout_ms;
}

static int hang_timeout_change(struct controller *c, struct node *n, const struct alteration *a,
                               struct error *err)
{
	(void)err;
	n->hang.timeout_ms = a->hang_timeout_ms;
	hang_look(c);
	return 0;
}

/* What may refuse stands first: nothing has changed then. */
static const struct {
	enum node_change bit;
	bool (*differs)(const struct node *n, const struct alteration *a);
	int (*change)(struct controller *c, struct node *n, const struct alteration *a,
	              struct error *err);
} changes[] = {
    {CHANGE_NAME, name_differs, name_change},
    {CHANGE_RESTART, restart_differs, restart_change},
    {CHANGE_GROUP, group_differs, group_change},
    {CHANGE_DECLARED, declared_differs, declared_change},
    {CHANGE_ON_HANG, on_hang_differs, on_hang_change},
    {CHANGE_HANG_TIMEOUT, hang_timeout_differs, hang_timeout_change},
};

static int change_node(struct controller *c, struct node *n, struct alteration *a,
                       struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		if (!(a->what & changes[i].bit) || !changes[i].differs(n, a))
			continue;
		if (changes[i].change(c, n, a, err))
			return -1;
		a->changed |= changes[i].bit;
	}
	return 0;
}

static void change_tell(struct controller *c, const struct node *n, unsigned changed)
{
	struct buffer names = {0};

	for (size_t i = 0; node_change_name_at(i); i++)
		if (changed & (1U << i))
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
	                                         .changed = changed});
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
		request_finish(c->requests, r,
		               &(struct outcome){.id = r->node, .changed = a->changed});
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
	if (node_is_new(n)) {
		r->phase = PHASE_BLOCKED;
		request_move(r, &n->traffic.waiters);
		return 0;
	}
	if (change_node(c, n, a, err))
		return -1;
	if (a->changed) {
		persist_node(c, n);
		change_tell(c, n, a->changed);
	}
	r->phase = PHASE_SENT;
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
		error_unavailable(&err, OUTCOME_NOT_RUN, "node %d did not join within %lld ms",
		                  r->node, (long long)r->timeout_ms);
	request_fail(c->requests, r, &err);
}

static int change_read(struct controller *c, const struct change_request *asked,
                       struct alteration *a, struct error *err)
{
	const struct node_settings *s = &asked->settings;

	a->what = asked->what;
	a->restart = c->lifecycle->restart;
	a->declared = s->declared;
	a->hang_timeout_ms = s->hang_timeout_ms;
	if ((a->what & CHANGE_ON_HANG) && s->on_hang && on_hang_parse(s->on_hang, &a->on_hang, err))
		return -1;
	if ((a->what & CHANGE_RESTART) && s->restart &&
	    restart_policy_parse(s->restart, &a->restart, err))
		return -1;
	if ((a->what & CHANGE_NAME) && s->name && name_check("name", s->name, err))
		return -1;
	if ((a->what & CHANGE_GROUP) && s->group && name_check("group", s->group, err))
		return -1;
	a->name = (a->what & CHANGE_NAME) && s->name ? mem_string(s->name) : NULL;
	a->group = (a->what & CHANGE_GROUP) && s->group ? mem_string(s->group) : NULL;
	if (a->name)
		names_claim(c, &a->claim, a->name, asked->id);
	return 0;
}

void change_ask(struct session *s, const struct change_request *asked, outcome_fn *done, void *arg)
{
	struct controller *c = s->controller;
	struct alteration *a = mem_new(sizeof *a);
	struct request_spec spec = {.kind = &change_kind,
	                            .node = asked->id,
	                            .in_lane = true,
	                            .detail = a,
	                            .done = done,
	                            .arg = arg};
	struct error err;

	if (change_read(c, asked, a, &err))
		spec.refusal = &err;
	request_submit(c->requests, s, &spec);
}
