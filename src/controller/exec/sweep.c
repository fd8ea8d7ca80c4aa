/*
 * Owns sweeps, and the timer that looks after them. Invariant: a sweep is on the list until
 * its user ends it; `awaited` counts the heads that have not sent their last answer.
 */
#include "controller/exec/sweep.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "controller/exec/internal.h"
#include "controller/overlay/route.h"
#include "loop/timer.h"

/* Interval between two looks at the heads that are waited for. */
#define SWEEP_LOOK_MS 20
/* A level has so much less time than the one above it, unless the deadline is too near. */
#define STEP_MS ((int64_t)100)

struct head {
	int id;
	uint32_t incarnation;
	uint64_t generation; /* of the link that it was asked over */
	uint64_t way;        /* node.traffic.way then */
	bool awaited;
};

struct sweep {
	struct controller *controller; /* borrowed */
	uint64_t number;
	struct sweep_order order;      /* without the ids */
	uint32_t newest;               /* incarnation in the set: later lives are not for it */
	int64_t step;                  /* ms */
	const struct sweep_user *user; /* borrowed */
	void *arg;                     /* borrowed */
	struct head *heads;            /* ascending */
	size_t head_count;
	size_t awaited;
	struct sweep *prev; /* utlist */
	struct sweep *next;
};

struct sweeps {
	struct sweep *list;
	uint64_t last;            /* number given */
	struct timer look;        /* while there are sweeps */
	struct deferred no_heads; /* a sweep began that has none */
};

int sweep_compare(const void *a, const void *b)
{
	int x = *(const int *)a;
	int y = *(const int *)b;

	return (x > y) - (x < y);
}

static struct sweep *sweep_find(const struct controller *c, uint64_t number)
{
	struct sweep *sweep;

	DL_SEARCH_SCALAR(c->exec->sweeps->list, sweep, number, number);
	return sweep;
}

static bool sweep_in_set(const struct sweep_order *order, const struct node *n)
{
	return n && bsearch(&n->id, order->ids, order->count, sizeof n->id, sweep_compare);
}

/* Is the node sent no more sweeps, because it has not answered the last SWEEP_OWED? */
static bool sweep_owes_too_much(struct node *n)
{
	if (n->traffic.swept_generation != n->link.generation) {
		n->traffic.swept_generation = n->link.generation;
		n->traffic.sweeps = 0;
	}
	return n->traffic.sweeps >= SWEEP_OWED;
}

/* Have the node and all below it adopted this controller? One that has not answers no sweep. */
static bool sweep_is_ours(const struct node *head)
{
	for (const struct node *n = head; n; n = node_next_below(head, n))
		if (n->link.unadopted)
			return false;
	return true;
}

/* Does a node hang below the head that is not in the set, and has its place elsewhere? It has moved
 * there, and its link has not followed yet: a sweep of the head would reach it. Who has no process
 * yet, or joined since, is no such. */
static bool sweep_has_strangers(const struct sweep *sweep, const struct node *head)
{
	const struct tree *tree = sweep->controller->tree;

	for (const struct node *n = head; n; n = node_next_below(head, n))
		if (node_has_joined(n) && !sweep_in_set(&sweep->order, n) &&
		    !tree_below(tree, n->id, head->id))
			return true;
	return false;
}

static void sweep_find_heads(struct sweep *sweep)
{
	const struct sweep_order *order = &sweep->order;
	size_t height = 1;

	sweep->heads = mem_new_array(order->count, sizeof *sweep->heads);
	for (size_t i = 0; i < order->count; i++) {
		struct node *n = node_find(sweep->controller->nodes, order->ids[i]);
		size_t below;
		if (n && n->incarnation > sweep->newest)
			sweep->newest = n->incarnation;
		if (!n || sweep_in_set(order, n->link.up) || !node_available(n) ||
		    node_unreachable(n) || sweep_owes_too_much(n) || !sweep_is_ours(n) ||
		    sweep_has_strangers(sweep, n))
			continue;
		sweep->heads[sweep->head_count++] = (struct head){.id = n->id,
		                                                  .incarnation = n->incarnation,
		                                                  .generation = n->link.generation,
		                                                  .way = n->traffic.way,
		                                                  .awaited = true};
		below = node_height(n);
		height = below > height ? below : height;
	}
	sweep->awaited = sweep->head_count;
	/* The lowest level has at least half of the time. */
	sweep->step = (order->deadline - clock_ms()) / (int64_t)(2 * (height + 1));
	if (sweep->step > STEP_MS)
		sweep->step = STEP_MS;
	if (sweep->step < 1)
		sweep->step = 1;
}

static void sweep_send(struct sweep *sweep, struct node *n, unsigned flags)
{
	const struct sweep_order *order = &sweep->order;

	n->traffic.sweeps++;
	route_post(
	    sweep->controller, n,
	    &(struct message){.type = MSG_SWEEP,
	                      .flags = flags | (order->traced ? FLAG_TRACED : 0),
	                      .request = sweep->number,
	                      .sweep.session = order->session,
	                      .sweep.deadline = order->deadline - sweep->step,
	                      .sweep.kind = order->kind,
	                      .sweep.newest = flags & FLAG_ALONE ? n->incarnation : sweep->newest,
	                      .sweep.step_ms = (uint64_t)sweep->step,
	                      .sweep.most = order->most,
	                      .traceparent = order->traceparent,
	                      .payload = order->args,
	                      .payload_size = order->size});
}

/* A sweep is late half a step before its deadline. */
static bool sweep_is_late(const struct sweep *sweep)
{
	return clock_ms() >= sweep->order.deadline - sweep->step / 2;
}

/* It died, fell silent or got another link: what it says may come in the tally of its new parent.
 */
static bool sweep_is_lost(const struct controller *c, const struct head *head)
{
	const struct node *n = node_find(c->nodes, head->id);

	return !n || n->incarnation != head->incarnation ||
	       n->link.generation != head->generation || n->traffic.way != head->way ||
	       !node_available(n);
}

static void sweep_look_at(struct sweep *sweep)
{
	bool late = sweep_is_late(sweep);

	for (size_t i = 0; sweep->awaited && i < sweep->head_count; i++) {
		struct head *head = &sweep->heads[i];
		if (!head->awaited || (!late && !sweep_is_lost(sweep->controller, head)))
			continue;
		if (late)
			log_debug("sweep", "node %d did not answer for itself and those below it",
			          head->id);
		head->awaited = false;
		sweep->awaited--;
	}
	if (!sweep->awaited)
		sweep->user->rest(sweep->arg);
}

static void sweep_on_look(void *arg)
{
	struct controller *c = arg;
	struct sweep *sweep;
	struct sweep *next;

	DL_FOREACH_SAFE (c->exec->sweeps->list, sweep, next) {
		sweep_look_at(sweep);
	}
	if (!c->exec->sweeps->list)
		timer_stop(&c->exec->sweeps->look);
}

struct sweep *sweep_start(struct controller *c, const struct sweep_order *order,
                          const struct sweep_user *user, void *arg)
{
	struct sweep *sweep = mem_new(sizeof *sweep);

	sweep->controller = c;
	sweep->number =
	    (c->controller_epoch << MESSAGE_EPOCH_SHIFT) + MESSAGE_SWEEP + ++c->exec->sweeps->last;
	sweep->order = *order;
	sweep->user = user;
	sweep->arg = arg;
	sweep_find_heads(sweep);
	sweep->order.ids = NULL;
	DL_APPEND(c->exec->sweeps->list, sweep);
	for (size_t i = 0; i < sweep->head_count; i++)
		sweep_send(sweep, node_find(c->nodes, sweep->heads[i].id), 0);
	timer_repeat(&c->exec->sweeps->look, SWEEP_LOOK_MS);
	/* Without a head to wait for, `rest` is called when the loop has turned. */
	if (!sweep->awaited)
		deferred_call(&c->exec->sweeps->no_heads);
	return sweep;
}

void sweep_end(struct sweep *sweep)
{
	DL_DELETE(sweep->controller->exec->sweeps->list, sweep);
	free(sweep->heads);
	free(sweep);
}

uint32_t sweep_newest(const struct sweep *sweep)
{
	return sweep->newest;
}

void sweep_alone(struct sweep *sweep, struct node *n)
{
	if (!sweep_owes_too_much(n))
		sweep_send(sweep, n, FLAG_ALONE);
}

/* The node has sent its last answer, if it is a head. */
static void sweep_strike(struct sweep *sweep, const struct node *n)
{
	struct head *head = sweep->head_count ? bsearch(&n->id, sweep->heads, sweep->head_count,
	                                                sizeof *sweep->heads, sweep_compare)
	                                      : NULL;

	if (!head || !head->awaited || head->incarnation != n->incarnation)
		return;
	head->awaited = false;
	sweep->awaited--;
}

void sweep_cancel(const struct sweep *sweep, struct node *n)
{
	route_post(sweep->controller, n,
	           &(struct message){.type = MSG_CANCEL, .request = sweep->number});
}

uint64_t sweep_traced(const struct controller *c, uint64_t number)
{
	const struct sweep *sweep = sweep_find(c, number);

	return sweep ? sweep->order.traced : 0;
}

void sweep_swept(struct controller *c, struct node *n, const struct message *m)
{
	struct sweep *sweep = sweep_find(c, m->request);
	bool last = m->flags & FLAG_LAST;
	struct tally_view view;
	struct error err;
	bool resting;

	n->traffic.sweeps = 0;
	if (!sweep)
		return; /* late: it has been answered */
	if (tally_read(m->payload, m->payload_size, sweep->order.kind, &view, &err)) {
		node_log(n, LOG_LEVEL_WARN, FACT_NONE, "sweep", "node %d sent %s", n->id, err.text);
		return;
	}
	resting = !sweep->awaited;
	if (last)
		sweep_strike(sweep, n);
	sweep->user->heard(sweep->arg, n->id, &view, last);
	sweep = sweep_find(c, m->request);
	if (sweep && !sweep->awaited && !resting)
		sweep->user->rest(sweep->arg);
}

void sweep_init(struct controller *c)
{
	c->exec->sweeps = mem_new(sizeof *c->exec->sweeps);
	timer_init(&c->exec->sweeps->look, c->loop, sweep_on_look, c);
	deferred_init(&c->exec->sweeps->no_heads, c->loop, sweep_on_look, c);
}

void sweep_stop(struct controller *c)
{
	timer_stop(&c->exec->sweeps->look);
	deferred_stop(&c->exec->sweeps->no_heads);
	while (c->exec->sweeps->list)
		sweep_end(c->exec->sweeps->list);
	free(c->exec->sweeps);
}
