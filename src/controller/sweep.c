/*
 * Owns sweeps. A sweep lives until its request is answered and its last ping is; whichever is
 * later frees it.
 */
#include "controller/sweep.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "controller/dispatch.h"

enum answer { NO_ANSWER, AVAILABLE, UNAVAILABLE };

struct probe {
	struct sweep *sweep; /* borrowed */
	int id;
	enum answer answer;
};

struct sweep {
	struct controller *controller; /* borrowed */
	uint64_t request;
	bool over; /* the request is freed */
	struct probe *probes;
	size_t count;
	size_t waiting;     /* pings not answered, and one while they are being sent */
	struct sweep *prev; /* utlist */
	struct sweep *next;
};

static void start(struct controller *c, struct task *r);
static void finish(struct controller *c, struct task *r);

static void sweep_free(struct sweep *sweep)
{
	DL_DELETE(sweep->controller->sweeps, sweep);
	free(sweep->probes);
	free(sweep);
}

static void free_if_over(struct sweep *sweep)
{
	if (sweep->over && !sweep->waiting)
		sweep_free(sweep);
}

static void release(struct task *r)
{
	struct sweep *sweep = r->detail;

	sweep->over = true;
	free_if_over(sweep);
}

/* Who has not answered by the deadline is unavailable. */
static const struct task_kind sweep_kind = {
    .name = "pingall", .start = start, .expire = finish, .release = release};

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a;
	int y = *(const int *)b;

	return (x > y) - (x < y);
}

static void finish(struct controller *c, struct task *r)
{
	const struct sweep *sweep = r->detail;
	struct tree_ids ids = {0};

	for (size_t i = 0; i < sweep->count; i++)
		if (sweep->probes[i].answer != AVAILABLE &&
		    node_find(c->nodes, sweep->probes[i].id))
			tree_ids_add(&ids, sweep->probes[i].id);
	if (ids.count)
		qsort(ids.items, ids.count, sizeof *ids.items, compare);
	task_finish(c->pending, r, &(struct outcome){.ids = ids.items, .id_count = ids.count});
	tree_ids_free(&ids);
}

static void answered(struct sweep *sweep)
{
	struct controller *c = sweep->controller;

	if (--sweep->waiting)
		return;
	if (sweep->over)
		free_if_over(sweep);
	else
		finish(c, task_find(c->pending, sweep->request));
}

static void on_ping(void *arg, const struct outcome *outcome)
{
	struct probe *probe = arg;

	probe->answer =
	    outcome->error.code == ERR_NONE && outcome->available ? AVAILABLE : UNAVAILABLE;
	answered(probe->sweep);
}

static void collect(struct controller *c, struct sweep *sweep)
{
	struct node *n;
	struct node *next;

	sweep->probes = mem_new_array(HASH_COUNT(c->nodes), sizeof *sweep->probes);
	HASH_ITER (hh, c->nodes, n, next) {
		/* One that is being created is none yet. */
		if (n->state != NODE_STARTING)
			sweep->probes[sweep->count++] = (struct probe){.sweep = sweep, .id = n->id};
	}
}

static void start(struct controller *c, struct task *r)
{
	struct sweep *sweep = r->detail;

	if (r->awaits) {
		r->phase = PHASE_BLOCKED;
		task_move(r, &r->session->sweeps);
		return;
	}
	r->phase = PHASE_SENT;
	/* What it waited for took its time, not the nodes that it asks. */
	task_renew(c->pending, r);
	collect(c, sweep);
	sweep->waiting = sweep->count + 1;
	for (size_t i = 0; i < sweep->count; i++)
		dispatch_ping(NULL, c, sweep->probes[i].id, on_ping, &sweep->probes[i]);
	answered(sweep);
}

void sweep_ask(struct session *s, outcome_fn *done, void *arg)
{
	struct controller *c = s->controller;
	struct outcome refused = {0};
	struct sweep *sweep;
	struct task *r =
	    task_new(c->pending, s, &sweep_kind, -1, NULL, 0, done, arg, &refused.error);

	if (!r) {
		done(arg, &refused);
		return;
	}
	sweep = mem_new(sizeof *sweep);
	sweep->controller = c;
	sweep->request = r->id;
	r->detail = sweep;
	DL_APPEND(c->sweeps, sweep);
	r->awaits = s->barriers;
	task_enter(c->pending, r);
}

void sweep_stop(struct controller *c)
{
	while (c->sweeps)
		sweep_free(c->sweeps);
}
