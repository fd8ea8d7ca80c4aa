/*
 * Owns walks. A walk pings, and then looks at what the kernel has of each link, some in a turn of
 * the loop. It lives until its request is released and its last ping is answered. Invariant: one
 * ping at a time is waited for, that of `serial`; none while the walk looks.
 */
#include "controller/exec/diagnose.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/tcp_table.h"
#include "controller/exec/diagnosed_link.h"
#include "controller/exec/dispatch.h"
#include "controller/exec/internal.h"
#include "controller/node/link_kind.h"
#include "loop/deferred.h"
#include "loop/timer.h"

/* Pings of each node. */
#define PINGS 20
/* ms until the kernel is asked why an answer does not come, and until it is not waited for. */
#define LATE_MS (TCP_STALL_AFTER_MS + 4)
#define GONE_MS 1000
/* So often it is asked in one walk. */
#define LOOKS 32
/* In a turn of the loop: so many answers of the kernel are read, of some 100 connections each, or
 * links are looked at for so long, but one at least: all descriptors of its process. */
#define ANSWERS 8
#define LOOK_US 1000
/* The deadline moves on by so much as long as links are looked at. */
#define LOOK_MS 1000
/* Under way at once. */
#define WALKS 16

struct walk_ping {
	struct walk *walk;
	uint64_t serial;
};

struct walk {
	struct controller *controller; /* borrowed */
	struct request *request;       /* borrowed; NULL: it is released */
	struct diagnosis found;
	struct diagnosed_link *links; /* parents before children */
	int64_t *times;               /* us; PINGS of each */
	size_t at;                    /* the link whose node is pinged, or that is looked at next */
	size_t round;
	uint64_t serial;         /* of the ping that is waited for */
	struct walk_ping *asked; /* all that were sent */
	size_t pings;            /* of them, not answered */
	int64_t sent;            /* clock_us() */
	bool late;               /* its answer is, and that is looked at */
	unsigned looks;
	bool looking;           /* nothing is pinged any more */
	bool reading;           /* of the table there is more */
	struct tcp_table table; /* empty unless it is read, or the walk looks */
	struct error refused;   /* see found.refused */
	struct timer timer;
	struct deferred more; /* reads the table, or looks */
	struct walk *prev;    /* utlist */
	struct walk *next;
};

struct diagnoses {
	struct walk *walks;
	size_t count;
};

static void walk_start(struct controller *c, struct request *r);
static void walk_expire(struct controller *c, struct request *r);
static void walk_cancel(struct controller *c, struct request *r, const struct error *err);
static void walk_release(struct request *r);
static void walk_on(struct walk *w);

static const struct request_kind diagnose_kind = {.name = "diagnose",
                                                  .start = walk_start,
                                                  .expire = walk_expire,
                                                  .cancel = walk_cancel,
                                                  .release = walk_release};

static void walk_forget_table(struct walk *w)
{
	deferred_stop(&w->more);
	tcp_table_free(&w->table);
}

/* It waits for nothing any more. */
static void walk_stop(struct walk *w)
{
	w->serial++;
	timer_stop(&w->timer);
	walk_forget_table(w);
}

static void walk_free(struct walk *w)
{
	struct diagnoses *all = w->controller->exec->diagnoses;

	walk_stop(w);
	DL_DELETE(all->walks, w);
	all->count--;
	free(w->links);
	free(w->times);
	free(w->asked);
	free(w);
}

static struct diagnosed_link *walk_find(const struct walk *w, int id)
{
	for (size_t i = 0; i < w->found.count; i++)
		if (w->links[i].id == id)
			return &w->links[i];
	return NULL;
}

/* What holds back the answer that is late, on any link on the way to its node? */
static void walk_judge(const struct walk *w)
{
	const struct node *n = node_find(w->controller->nodes, w->links[w->at].id);

	for (; n; n = n->link.up) {
		struct diagnosed_link *l = walk_find(w, n->id);
		if (l)
			diagnosed_link_look(w->controller, &w->table, l, true);
	}
}

/* Where the kernel tells nothing the table is empty, and no link is seen. */
static void walk_look(struct walk *w)
{
	int64_t end = clock_us() + LOOK_US;

	for (bool more = true; more && w->at < w->found.count; w->at++) {
		struct diagnosed_link *l = &w->links[w->at];
		diagnosed_link_look(w->controller, &w->table, l, false);
		diagnosed_link_sum_up(l, &w->times[w->at * PINGS], walk_find(w, l->parent));
		more = clock_us() < end;
	}
	if (w->at < w->found.count) {
		deferred_call(&w->more);
		return;
	}
	walk_stop(w);
	request_finish(w->controller->requests, w->request,
	               &(struct outcome){.id = w->request->node, .diagnosis = &w->found});
}

static void walk_read(struct walk *w)
{
	int more = tcp_table_read_some(&w->table, ANSWERS, &w->refused);

	w->reading = more > 0;
	if (more > 0) {
		deferred_call(&w->more);
		return;
	}
	w->found.refused = more < 0 ? w->refused.text : NULL;
	if (w->looking) {
		deferred_call(&w->more);
		return;
	}
	if (more == 0)
		walk_judge(w);
	walk_forget_table(w);
}

static void walk_on_more(void *arg)
{
	struct walk *w = arg;

	if (w->reading)
		walk_read(w);
	else
		walk_look(w);
}

/* Over TCP. */
static void walk_begin_to_read(struct walk *w)
{
	w->reading = link_kind_is_tcp(w->controller->config.link);
	if (w->reading || w->looking)
		deferred_call(&w->more);
}

static void walk_begin_to_look(struct walk *w)
{
	walk_stop(w);
	w->looking = true;
	w->at = 0;
	walk_begin_to_read(w);
}

static void walk_on_pong(void *arg, const struct outcome *outcome)
{
	const struct walk_ping *ping = arg;
	struct walk *w = ping->walk;
	struct diagnosed_link *l = &w->links[w->at];
	bool awaited = ping->serial == w->serial;

	w->pings--;
	if (!w->request && !w->pings) {
		walk_free(w);
		return;
	}
	if (!awaited)
		return;
	timer_stop(&w->timer);
	walk_forget_table(w);
	if (outcome->error.code == ERR_NONE && outcome->available)
		w->times[w->at * PINGS + l->pings++] = clock_us() - w->sent;
	else
		l->available = false;
	w->at++;
	walk_on(w);
}

static void walk_on_late(void *arg)
{
	struct walk *w = arg;

	if (!w->late) {
		w->late = true;
		if (w->looks++ < LOOKS)
			walk_begin_to_read(w);
		timer_start(&w->timer, GONE_MS - LATE_MS);
		return;
	}
	walk_forget_table(w);
	w->links[w->at].available = false;
	w->at++;
	walk_on(w);
}

static void walk_ping(struct walk *w)
{
	struct walk_ping *ping = &w->asked[w->round * w->found.count + w->at];

	*ping = (struct walk_ping){.walk = w, .serial = ++w->serial};
	w->pings++;
	w->late = false;
	w->sent = clock_us();
	timer_start(&w->timer, LATE_MS);
	dispatch_ping(NULL, w->controller, w->links[w->at].id, walk_on_pong, ping);
}

/* The next ping, or the end. */
static void walk_on(struct walk *w)
{
	for (; w->round < PINGS; w->round++, w->at = 0) {
		while (w->at < w->found.count && !w->links[w->at].available)
			w->at++;
		if (w->at < w->found.count) {
			walk_ping(w);
			return;
		}
	}
	walk_begin_to_look(w);
}

/* The way to one node, or all nodes, parents before children. */
static void walk_collect(struct walk *w, struct node *n)
{
	struct controller *c = w->controller;
	size_t room = n ? 0 : HASH_COUNT(c->nodes);
	struct tree_ids ids = {0};

	for (const struct node *m = n; m; m = m->link.up)
		room++;
	w->links = mem_new_array(room, sizeof *w->links);
	w->times = mem_new_array(room * PINGS, sizeof *w->times);
	w->asked = mem_new_array(room * PINGS, sizeof *w->asked);
	w->found.links = w->links;
	if (n) {
		w->found.count = room;
		for (const struct node *m = n; m; m = m->link.up)
			diagnosed_link_fill(c, &w->links[--room], m);
		return;
	}
	tree_subtree(c->tree, NODE_CONTROLLER, &ids);
	for (size_t i = 0; i < ids.count && w->found.count < room; i++)
		if ((n = node_find(c->nodes, ids.items[i])) && !node_is_new(n))
			diagnosed_link_fill(c, &w->links[w->found.count++], n);
	tree_ids_free(&ids);
}

static int walk_check(struct controller *c, const struct request *r, struct error *err)
{
	if (c->exec->diagnoses->count >= WALKS)
		return error_set(err, ERR_LIMIT, "%d diagnoses are under way", WALKS);
	if (r->node != NODE_CONTROLLER && !node_find(c->nodes, r->node))
		return error_set(err, ERR_NOT_FOUND, "no node %d", r->node);
	return 0;
}

static void walk_start(struct controller *c, struct request *r)
{
	struct walk *w;
	struct error err;

	if (walk_check(c, r, &err)) {
		request_fail(c->requests, r, &err);
		return;
	}
	w = mem_new(sizeof *w);
	w->controller = c;
	w->request = r;
	timer_init(&w->timer, c->loop, walk_on_late, w);
	deferred_init(&w->more, c->loop, walk_on_more, w);
	DL_APPEND(c->exec->diagnoses->walks, w);
	c->exec->diagnoses->count++;
	r->detail = w;
	r->phase = PHASE_SENT;
	walk_collect(w, node_find(c->nodes, r->node));
	walk_on(w);
}

static void walk_expire(struct controller *c, struct request *r)
{
	struct walk *w = r->detail;
	struct error err;

	if (!w) {
		error_set(&err, ERR_LIMIT, "its turn did not come");
		request_fail(c->requests, r, &err);
		return;
	}
	request_due_in(c->requests, r, LOOK_MS);
	if (!w->looking)
		walk_begin_to_look(w);
}

static void walk_cancel(struct controller *c, struct request *r, const struct error *err)
{
	if (r->detail)
		walk_stop(r->detail);
	request_fail(c->requests, r, err);
}

static void walk_release(struct request *r)
{
	struct walk *w = r->detail;

	if (!w)
		return;
	walk_stop(w);
	w->request = NULL;
	if (!w->pings)
		walk_free(w);
}

void diagnose_ask(struct session *s, int id, outcome_fn *done, void *arg)
{
	request_submit(
	    s->controller->requests, s,
	    &(struct request_spec){.kind = &diagnose_kind, .node = id, .done = done, .arg = arg});
}

void diagnose_init(struct controller *c)
{
	c->exec->diagnoses = mem_new(sizeof *c->exec->diagnoses);
}

void diagnose_stop(struct controller *c)
{
	while (c->exec->diagnoses->walks)
		walk_free(c->exec->diagnoses->walks);
	free(c->exec->diagnoses);
}
