/*
 * Owns rounds. A round lives until its askers are answered and its last ping is. Invariant: a round
 * that is not over has a sweep; `left` counts the probes that are expected and not answered.
 */
#include "controller/exec/pingall.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/exec/dispatch.h"
#include "controller/exec/internal.h"
#include "controller/exec/sweep.h"

struct probe {
	int id;
	struct round *round; /* borrowed */
	bool expected;       /* it was available when it was asked */
	bool awaited;        /* it was starting, and is pinged by itself */
	bool answered;
};

struct round {
	struct controller *controller; /* borrowed */
	struct sweep *sweep;           /* NULL: over */
	struct request *askers;
	struct probe *probes; /* by id */
	size_t count;
	size_t left;        /* expected, and not heard of */
	size_t pings;       /* under way */
	bool pinging;       /* the sweep is done with */
	struct round *prev; /* utlist */
	struct round *next;
};

struct pingalls {
	struct round *rounds;
	size_t open;             /* of them, not over */
	struct request *waiters; /* pingalls for the next round */
};

static void pingall_start(struct controller *c, struct request *r);
static void pingall_expire(struct controller *c, struct request *r);

static const struct request_kind pingall_kind = {
    .name = "pingall", .behind_barriers = true, .start = pingall_start, .expire = pingall_expire};

static void round_free(struct round *round)
{
	DL_DELETE(round->controller->exec->pingalls->rounds, round);
	free(round->probes);
	free(round);
}

static void pingall_begin_waiting(struct controller *c);

/* A node that has not answered by now is unavailable. */
static void round_finish(struct round *round)
{
	struct controller *c = round->controller;
	struct tree_ids ids = {0};

	sweep_end(round->sweep);
	round->sweep = NULL;
	c->exec->pingalls->open--;
	for (size_t i = 0; i < round->count; i++)
		if (!round->probes[i].answered && node_find(c->nodes, round->probes[i].id))
			tree_ids_add(&ids, round->probes[i].id);
	while (round->askers)
		request_finish(c->requests, round->askers,
		               &(struct outcome){.ids = ids.items, .id_count = ids.count});
	tree_ids_free(&ids);
	if (!round->pings)
		round_free(round);
	pingall_begin_waiting(c);
}

/* A ping is answered, or all are sent. */
static void round_end_if_done(struct round *round)
{
	if (round->pings)
		return;
	if (!round->sweep)
		round_free(round);
	else if (!round->left)
		round_finish(round);
}

static void round_hear(struct round *round, struct probe *probe)
{
	if (probe->answered)
		return;
	probe->answered = true;
	round->left -= probe->expected;
}

static void round_on_heard(void *arg, int from, const struct tally_view *view, bool last)
{
	struct round *round = arg;

	(void)from;
	(void)last;
	for (size_t i = 0; i < view->id_count; i++) {
		int id = tally_id(view, i);
		struct probe *probe =
		    bsearch(&id, round->probes, round->count, sizeof *round->probes, sweep_compare);
		if (probe)
			round_hear(round, probe);
	}
	if (!round->left)
		round_finish(round);
}

static void round_on_ping(void *arg, const struct outcome *outcome)
{
	struct probe *probe = arg;
	struct round *round = probe->round;

	if (outcome->error.code == ERR_NONE && outcome->available)
		round_hear(round, probe);
	else if (!probe->answered && probe->expected)
		round->left--;
	probe->expected = false;
	round->pings--;
	round_end_if_done(round);
}

static void round_ping(struct probe *probe)
{
	probe->round->pings++;
	dispatch_ping(NULL, probe->round->controller, probe->id, round_on_ping, probe);
}

static void round_on_rest(void *arg)
{
	struct round *round = arg;

	if (round->pinging)
		return;
	round->pinging = true;
	for (size_t i = 0; i < round->count; i++) {
		struct probe *probe = &round->probes[i];
		if (!probe->answered && probe->expected && !probe->awaited)
			round_ping(probe);
	}
	round_end_if_done(round);
}

static const struct sweep_user round_user = {.heard = round_on_heard, .rest = round_on_rest};

/* Fills the probes: all nodes but those that are being created. */
static void round_collect(struct round *round)
{
	struct controller *c = round->controller;
	struct node *n;
	struct node *next;

	round->probes = mem_new_array(HASH_COUNT(c->nodes), sizeof *round->probes);
	HASH_ITER (hh, c->nodes, n, next) {
		bool awaited = node_is_awaited(n);
		bool expected = awaited || node_available(n);
		if (node_is_new(n))
			continue;
		round->probes[round->count++] = (struct probe){
		    .id = n->id, .round = round, .expected = expected, .awaited = awaited};
		round->left += expected;
	}
	if (round->count)
		qsort(round->probes, round->count, sizeof *round->probes, sweep_compare);
}

static void round_begin(struct round *round)
{
	struct controller *c = round->controller;
	struct sweep_order order = {.kind = TALLY_PING, .deadline = round->askers->deadline};
	const struct request *asker;
	cleanup_free int *ids = NULL;

	/* Of several that share a round one is told of the way. */
	DL_FOREACH (round->askers, asker) {
		if (asker->trace)
			order.traced = asker->id;
	}
	round_collect(round);
	ids = mem_new_array(round->count, sizeof *ids);
	for (size_t i = 0; i < round->count; i++)
		ids[order.count++] = round->probes[i].id;
	order.ids = ids;
	c->exec->pingalls->open++;
	round->sweep = sweep_start(c, &order, &round_user, round);
	for (size_t i = 0; i < round->count; i++)
		if (round->probes[i].awaited)
			round_ping(&round->probes[i]);
	round_end_if_done(round);
}

static struct round *round_new(struct controller *c)
{
	struct round *round = mem_new(sizeof *round);

	round->controller = c;
	DL_APPEND(c->exec->pingalls->rounds, round);
	return round;
}

/* The deadline counts from here: the time that the request has waited is not that of the nodes. */
static void round_join(struct round *round, struct request *r)
{
	r->detail = round;
	r->at.sent = clock_ns();
	request_renew(round->controller->requests, r);
	request_move(r, &round->askers);
}

static void pingall_begin_waiting(struct controller *c)
{
	struct round *round;

	if (!c->exec->pingalls->waiters || c->exec->pingalls->open >= PINGALL_ROUNDS)
		return;
	round = round_new(c);
	while (c->exec->pingalls->waiters)
		round_join(round, c->exec->pingalls->waiters);
	round_begin(round);
}

static void pingall_start(struct controller *c, struct request *r)
{
	r->phase = PHASE_SENT;
	request_move(r, &c->exec->pingalls->waiters);
	pingall_begin_waiting(c);
}

static void pingall_expire(struct controller *c, struct request *r)
{
	struct round *round = r->detail;
	struct error err;

	if (round && round->sweep) {
		for (size_t i = 0; i < round->count; i++)
			if (!round->probes[i].answered && round->probes[i].expected)
				log_debug("pingall", "node %d did not answer", round->probes[i].id);
		round_finish(round);
		return;
	}
	error_set(&err, ERR_LIMIT, "%d pingalls are under way", PINGALL_ROUNDS);
	request_fail(c->requests, r, &err);
}

void pingall_ask(struct session *s, outcome_fn *done, void *arg)
{
	request_submit(
	    s->controller->requests, s,
	    &(struct request_spec){
	        .kind = &pingall_kind, .node = NODE_CONTROLLER, .done = done, .arg = arg});
}

void pingall_init(struct controller *c)
{
	c->exec->pingalls = mem_new(sizeof *c->exec->pingalls);
}

void pingall_stop(struct controller *c)
{
	while (c->exec->pingalls->rounds)
		round_free(c->exec->pingalls->rounds);
	free(c->exec->pingalls);
}
