/* What the controller counts, and what of its nodes is measured: for `metrics`. Reads only. */
#include "base/parse.h"
#include "controller/controller.h"
#include "controller/exec/request_metrics.h"
#include "controller/lifecycle/lifecycle.h"
#include "controller/node/core.h"

const struct metrics *controller_metrics(const struct controller *c)
{
	return request_metrics(c);
}

/* The place of that state in the table; it is added, if it is not there. */
static size_t measure_place(struct state_counts *counts, const char *name)
{
	size_t i = 0;

	while (i < counts->count && counts->items[i].name != name)
		i++;
	if (i == counts->count)
		counts->items[counts->count++].name = name;
	return i;
}

void controller_count(const struct controller *c, struct controller_counts *counts)
{
	const char *name;

	*counts = (struct controller_counts){.uptime_ms = lifecycle_uptime_ms(c),
	                                     .requests = requests_count(c->requests),
	                                     .request_bytes = requests_bytes(c->requests),
	                                     .sessions = requests_sessions(c->requests)};
	for (size_t i = 0; (name = node_state_at(i)); i++)
		measure_place(&counts->states, name);
	for (const struct node *n = c->nodes; n; n = n->hh.next) {
		counts->states.items[measure_place(&counts->states, node_state_name(n))].nodes++;
		counts->sent += n->traffic.execs.requests + n->traffic.pings.requests;
		counts->queues += node_has_queue(n);
		counts->streams += n->traffic.streams;
	}
}

static void measure_fill(const struct controller *c, const struct node *n,
                         struct node_measure *measure)
{
	*measure = (struct node_measure){
	    .id = n->id,
	    .parent = tree_parent(c->tree, n->id),
	    .pid = n->worker.process ? n->worker.pid : 0,
	    .name = node_name(n),
	    .state = node_state_name(n),
	    .service = n->service,
	    .requests = n->traffic.requests,
	    .pending = n->traffic.execs.requests + n->traffic.pings.requests + n->traffic.streams,
	    .restarts = n->restart.count,
	    .took = &n->traffic.took,
	};
}

int controller_measure(const struct controller *c, int id, struct node_measure *measure,
                       struct error *err)
{
	const struct node *n = node_find(c->nodes, id);

	if (!n)
		return error_set(err, ERR_NOT_FOUND, "no node %d", id);
	measure_fill(c, n, measure);
	return 0;
}

/* Nodes are in the table by age. */
uint64_t controller_measure_some(const struct controller *c, uint64_t after, size_t most,
                                 measure_fn *fn, void *arg)
{
	const struct node *n = c->nodes;
	struct node_measure measure;

	while (n && n->serial <= after)
		n = n->hh.next;
	for (; n && most; n = n->hh.next, most--) {
		measure_fill(c, n, &measure);
		fn(arg, &measure);
		after = n->serial;
	}
	return n ? after : 0;
}
