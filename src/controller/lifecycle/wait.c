/*
 * Owns lifecycle.waits: for each id that is waited for, the requests. Invariant: a node of such an
 * id has its watch.
 */
#include "controller/lifecycle/wait.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/internal.h"

struct awaited {
	int id; /* the key */
	struct node_watch watch;
	struct waits *waits; /* borrowed */
	struct request *requests;
	bool due;     /* it is looked at in this turn */
	bool looking; /* it is looked at now */
	struct awaited *due_prev;
	struct awaited *due_next;
	UT_hash_handle hh;
};

struct waits {
	struct controller *controller; /* borrowed */
	struct awaited *table;
	struct awaited *due; /* utlist; due_prev, due_next */
	struct deferred deferred;
};

/* No process, and none to come. */
static bool wait_is_dead(const struct node *n)
{
	return n && (n->life == LIFE_DEAD || n->life == LIFE_GIVEN_UP || n->life == LIFE_STOPPED);
}

static bool wait_is_available(const struct node *n)
{
	return n && node_available(n);
}

static bool wait_is_removed(const struct node *n)
{
	return !n;
}

struct wait_row {
	const char *name;
	bool (*holds)(const struct node *n);
	bool comes; /* one that is not there may come to it */
};

static const struct wait_row wait_rows[] = {
    {"available", wait_is_available, true},
    {"dead", wait_is_dead, false},
    {"removed", wait_is_removed, true},
};

static const char *wait_name_at(size_t i)
{
	return i < ARRAY_SIZE(wait_rows) ? wait_rows[i].name : NULL;
}

struct wait {
	const struct wait_row *row;
	bool timed; /* it has a deadline of its own */
};

static void awaited_look_soon(struct awaited *a)
{
	if (!a->due)
		DL_APPEND2(a->waits->due, a, due_prev, due_next);
	a->due = true;
	deferred_call(&a->waits->deferred);
}

static void awaited_on_changed(void *arg, struct node *n)
{
	/* Who takes its id is another node. */
	if (n->life == LIFE_RETIRED)
		n->watch = NULL;
	awaited_look_soon(arg);
}

static struct awaited *awaited_find(const struct waits *waits, int id)
{
	struct awaited *a;

	HASH_FIND_INT(waits->table, &id, a);
	return a;
}

static struct awaited *awaited_get(struct waits *waits, int id)
{
	struct awaited *a = awaited_find(waits, id);
	struct node *n = node_find(waits->controller->nodes, id);

	if (a)
		return a;
	a = mem_new(sizeof *a);
	a->id = id;
	a->waits = waits;
	a->watch = (struct node_watch){.changed = awaited_on_changed, .arg = a};
	HASH_ADD_INT(waits->table, id, a);
	if (n)
		n->watch = &a->watch;
	return a;
}

static void awaited_free(struct awaited *a)
{
	struct waits *waits = a->waits;
	struct node *n = node_find(waits->controller->nodes, a->id);

	if (n)
		n->watch = NULL;
	if (a->due)
		DL_DELETE2(waits->due, a, due_prev, due_next);
	HASH_DEL(waits->table, a);
	free(a);
}

static void awaited_free_if_over(struct awaited *a)
{
	if (!a->requests && !a->looking)
		awaited_free(a);
}

static void waits_look(void *arg)
{
	struct waits *waits = arg;

	while (waits->due) {
		struct awaited *a = waits->due;
		DL_DELETE2(waits->due, a, due_prev, due_next);
		a->due = false;
		a->looking = true;
		requests_restart(waits->controller->requests, &a->requests);
		a->looking = false;
		awaited_free_if_over(a);
	}
}

static void wait_start(struct controller *c, struct request *r)
{
	const struct wait *wait = r->detail;
	const struct node *n = node_find(c->nodes, r->node);
	struct error err;

	if (wait->row->holds(n)) {
		request_finish(
		    c->requests, r,
		    &(struct outcome){.id = r->node,
		                      .pid = n && n->worker.process ? n->worker.pid : 0});
	} else if (!n && !wait->row->comes) {
		error_set(&err, ERR_NOT_FOUND, "no node %d", r->node);
		request_fail(c->requests, r, &err);
	} else if (c->lifecycle->shutdown) {
		error_unavailable(&err, OUTCOME_NOT_RUN, "the tree is ending");
		request_fail(c->requests, r, &err);
	} else {
		r->phase = PHASE_BLOCKED;
		request_move(r, &awaited_get(c->lifecycle->waits, r->node)->requests);
	}
}

/* It may have been the last. */
static void wait_finished(struct controller *c, struct request *r, const struct outcome *outcome)
{
	struct awaited *a = awaited_find(c->lifecycle->waits, r->node);

	(void)outcome;
	if (a)
		awaited_free_if_over(a);
}

static void wait_expire(struct controller *c, struct request *r)
{
	const struct wait *wait = r->detail;
	const struct node *n = node_find(c->nodes, r->node);
	struct error err;

	/* Without a deadline it ends with its asker. */
	if (!wait->timed && !r->session->closed) {
		request_renew(c->requests, r);
		return;
	}
	if (n)
		error_set(&err, ERR_TIMED_OUT, "node %d is %s after %lld ms", r->node,
		          node_state_name(n), (long long)r->timeout_ms);
	else
		error_set(&err, ERR_TIMED_OUT, "there is no node %d after %lld ms", r->node,
		          (long long)r->timeout_ms);
	request_fail(c->requests, r, &err);
}

static void wait_cancel(struct controller *c, struct request *r, const struct error *err)
{
	request_fail(c->requests, r, err);
}

static void wait_release(struct request *r)
{
	free(r->detail);
}

static const struct request_kind wait_kind = {.name = "wait",
                                              .holds = true,
                                              .start = wait_start,
                                              .expire = wait_expire,
                                              .cancel = wait_cancel,
                                              .finished = wait_finished,
                                              .release = wait_release};

static const struct wait_row *wait_row_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(wait_rows); i++)
		if (strcmp(wait_rows[i].name, name) == 0)
			return &wait_rows[i];
	return NULL;
}

void wait_ask(struct session *s, const struct wait_request *asked, outcome_fn *done, void *arg)
{
	struct wait *wait = mem_new(sizeof *wait);
	struct request_spec spec = {.kind = &wait_kind,
	                            .node = asked->id,
	                            .in_lane = true,
	                            .timeout_ms = asked->timeout_ms,
	                            .detail = wait,
	                            .done = done,
	                            .arg = arg};
	struct error err;

	wait->row = asked->what ? wait_row_find(asked->what) : &wait_rows[0];
	wait->timed = asked->timeout_ms;
	if (!wait->row) {
		choice_refuse("state to wait for", asked->what, wait_name_at, &err);
		spec.refusal = &err;
	}
	request_submit(s->controller->requests, s, &spec);
}

void wait_node_added(struct controller *c, struct node *n)
{
	struct awaited *a = awaited_find(c->lifecycle->waits, n->id);

	if (a)
		n->watch = &a->watch;
}

void wait_end(struct controller *c)
{
	struct awaited *a;

	for (a = c->lifecycle->waits->table; a; a = a->hh.next)
		awaited_look_soon(a);
}

void wait_init(struct controller *c)
{
	struct waits *waits = c->lifecycle->waits = mem_new(sizeof *waits);

	waits->controller = c;
	deferred_init(&waits->deferred, c->loop, waits_look, waits);
}

void wait_stop(struct controller *c)
{
	struct waits *waits = c->lifecycle->waits;

	deferred_stop(&waits->deferred);
	while (waits->table)
		awaited_free(waits->table);
	free(waits);
}
