/*
 * Owns walks. A walk lives until its request is released and its last ping is answered. Invariant:
 * one ping at a time is waited for, that of `serial`.
 */
#include "controller/exec/diagnose.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/tcp_table.h"
#include "controller/exec/dispatch.h"
#include "controller/exec/internal.h"
#include "controller/exec/window.h"
#include "controller/node/link_kind.h"
#include "controller/overlay/link_files.h"
#include "link/endpoint.h"
#include "loop/timer.h"

/* Pings of each node. */
#define PINGS 20
/* ms until the kernel is asked why an answer does not come, and until it is not waited for. */
#define LATE_MS (TCP_STALL_AFTER_MS + 4)
#define GONE_MS 1000
/* So often it is asked in one walk. */
#define LOOKS 32
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
	size_t at;                    /* the link whose node is pinged */
	size_t round;
	uint64_t serial;         /* of the ping that is waited for */
	struct walk_ping *asked; /* all that were sent */
	size_t pings;            /* of them, not answered */
	int64_t sent;            /* clock_us() */
	bool late;               /* its answer is, and that was looked at */
	unsigned looks;
	struct error refused; /* see found.refused */
	struct timer timer;
	struct walk *prev; /* utlist */
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

static void walk_free(struct walk *w)
{
	struct diagnoses *all = w->controller->exec->diagnoses;

	timer_stop(&w->timer);
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

static void walk_fill(const struct controller *c, struct diagnosed_link *l, const struct node *n)
{
	*l = (struct diagnosed_link){
	    .id = n->id,
	    .parent = node_link_parent(n),
	    .state = node_state_name(n),
	    .available = node_available(n),
	    .tcp = link_kind_is_tcp(c->config.link),
	    .under_way = n->traffic.execs.requests,
	    .under_way_max = NODE_REQUESTS,
	    .bytes = n->traffic.execs.bytes,
	    .bytes_max = NODE_BYTES,
	    .waits = node_has_queue(n),
	    .resends = n->traffic.way,
	    .outage_ms = n->health.since ? clock_ms() - n->health.since : n->health.last,
	    .outage_ended_ms = n->health.ended ? clock_ms() - n->health.ended : 0,
	    .outage_lasts = n->health.since != 0,
	};
}

static int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* What the kernel says of both ends, and of what holds them back if an answer is late. */
static void walk_look_at(const struct walk *w, const struct tcp_table *table,
                         struct diagnosed_link *l, bool judge)
{
	const struct node *n = node_find(w->controller->nodes, l->id);
	cleanup_free char *endpoint = NULL;
	cleanup_free char *address = NULL;
	const struct tcp_end *lower;
	const struct tcp_end *upper;
	struct error err;

	if (!n || !n->worker.process || !node_has_joined(n))
		return;
	endpoint = link_files_endpoint(w->controller, n->link.up);
	address = endpoint_address(endpoint, &err);
	if (!address)
		return;
	lower = tcp_table_find(table, n->worker.pid,
	                       (uint16_t)strtol(strrchr(address, ':') + 1, NULL, 10));
	upper = lower ? tcp_table_other(table, lower) : NULL;
	if (!upper)
		return;
	l->seen = true;
	l->lower = *lower;
	l->upper = *upper;
	if (judge) {
		l->stalls_up[tcp_stall_judge(lower, upper)]++;
		l->stalls_down[tcp_stall_judge(upper, lower)]++;
	}
}

/* Over TCP. judge NULL: all are looked at, and none is judged; else those on the way to that node.
 */
static void walk_look(struct walk *w, const struct node *judge)
{
	struct tcp_table table = {0};

	if (!link_kind_is_tcp(w->controller->config.link))
		return;
	w->found.refused = NULL;
	if (tcp_table_read(&table, &w->refused)) {
		w->found.refused = w->refused.text;
	} else {
		for (size_t i = 0; !judge && i < w->found.count; i++)
			walk_look_at(w, &table, &w->links[i], false);
		for (const struct node *n = judge; n; n = n->link.up) {
			struct diagnosed_link *l = walk_find(w, n->id);
			if (l)
				walk_look_at(w, &table, l, true);
		}
	}
	tcp_table_free(&table);
}

static void walk_sum_up(const struct walk *w, size_t i)
{
	struct diagnosed_link *l = &w->links[i];
	int64_t *times = &w->times[i * PINGS];
	const struct diagnosed_link *above = walk_find(w, l->parent);

	if (!l->pings)
		return;
	qsort(times, l->pings, sizeof *times, compare_times);
	l->median_us = times[l->pings / 2];
	l->p99_us = times[(l->pings * 99 + 99) / 100 - 1];
	l->own_us = l->median_us - (above ? above->median_us : 0);
	if (l->own_us < 0)
		l->own_us = 0;
}

static void walk_finish(struct walk *w)
{
	w->serial++;
	timer_stop(&w->timer);
	walk_look(w, NULL);
	for (size_t i = 0; i < w->found.count; i++)
		walk_sum_up(w, i);
	request_finish(w->controller->requests, w->request,
	               &(struct outcome){.id = w->request->node, .diagnosis = &w->found});
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
	const struct node *n = node_find(w->controller->nodes, w->links[w->at].id);

	if (!w->late) {
		w->late = true;
		if (w->looks++ < LOOKS && n)
			walk_look(w, n);
		timer_start(&w->timer, GONE_MS - LATE_MS);
		return;
	}
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
	walk_finish(w);
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
			walk_fill(c, &w->links[--room], m);
		return;
	}
	tree_subtree(c->tree, NODE_CONTROLLER, &ids);
	for (size_t i = 0; i < ids.count && w->found.count < room; i++)
		if ((n = node_find(c->nodes, ids.items[i])) && !node_is_new(n))
			walk_fill(c, &w->links[w->found.count++], n);
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
	DL_APPEND(c->exec->diagnoses->walks, w);
	c->exec->diagnoses->count++;
	r->detail = w;
	r->phase = PHASE_SENT;
	walk_collect(w, node_find(c->nodes, r->node));
	walk_on(w);
}

static void walk_expire(struct controller *c, struct request *r)
{
	struct error err;

	if (r->detail) {
		walk_finish(r->detail);
		return;
	}
	error_set(&err, ERR_LIMIT, "its turn did not come");
	request_fail(c->requests, r, &err);
}

static void walk_cancel(struct controller *c, struct request *r, const struct error *err)
{
	struct walk *w = r->detail;

	if (w) {
		w->serial++;
		timer_stop(&w->timer);
	}
	request_fail(c->requests, r, err);
}

static void walk_release(struct request *r)
{
	struct walk *w = r->detail;

	if (!w)
		return;
	w->serial++;
	timer_stop(&w->timer);
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
