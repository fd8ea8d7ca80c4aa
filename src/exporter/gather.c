/* Owns the sample that is coming in, and who waits for it. Invariant: while anybody waits, dtreed
 * was asked and the timer runs, or it is about to say that dtreed is away. */
#include "exporter/gather.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/timer.h"

/* Nodes that are asked for at once: dtreed needs some 100 microseconds for them. */
#define NODES_AT_ONCE 200
/* How long dtreed may take for all of it. */
#define PATIENCE_MS 3000

struct waiting {
	sample_fn *fn;
	void *arg;            /* borrowed */
	struct waiting *prev; /* utlist */
	struct waiting *next;
};

struct gather {
	struct source *source; /* borrowed */
	struct waiting *waiting;
	struct sample sample;
	size_t room;
	bool under_way;
	struct timer patience;
};

int histogram_read(const struct dtree_value *value, const char *name, struct histogram *h)
{
	const struct dtree_value *took = NULL;
	long long number;
	size_t i = 0;

	for (const struct dtree_value *member = dtree_value_first(value, NULL); member;
	     member = dtree_value_next(member))
		if (dtree_value_name(member) && strcmp(dtree_value_name(member), name) == 0)
			took = member;
	*h = (struct histogram){0};
	if (dtree_value_int(took, "sum_ns", &number))
		return -1;
	h->sum_ns = (uint64_t)number;
	for (const struct dtree_value *bucket = dtree_value_first(took, "buckets"); bucket;
	     bucket = dtree_value_next(bucket)) {
		if (i > HISTOGRAM_BOUNDS || dtree_value_int(bucket, NULL, &number))
			return -1;
		h->buckets[i++] = (uint64_t)number;
	}
	return i == HISTOGRAM_BOUNDS + 1 ? 0 : -1;
}

static char *sample_text(const struct dtree_value *value, const char *name)
{
	const char *text = dtree_value_string(value, name, NULL);

	return text ? mem_string(text) : NULL;
}

void node_sample_clear(struct node_sample *node)
{
	free(node->name);
	free(node->state);
	free(node->service);
	*node = (struct node_sample){0};
}

int node_sample_read(const struct dtree_value *value, struct node_sample *node)
{
	long long id, parent, requests, pending, restarts;
	long long pid = 0;

	*node = (struct node_sample){0};
	if (dtree_value_int(value, "id", &id) || dtree_value_int(value, "parent", &parent) ||
	    dtree_value_int(value, "requests", &requests) ||
	    dtree_value_int(value, "pending", &pending) ||
	    dtree_value_int(value, "restarts", &restarts) ||
	    histogram_read(value, "took", &node->took))
		return -1;
	dtree_value_int(value, "pid", &pid);
	node->id = (int)id;
	node->parent = (int)parent;
	node->pid = (pid_t)pid;
	node->requests = requests;
	node->pending = pending;
	node->restarts = restarts;
	node->name = sample_text(value, "name");
	node->state = sample_text(value, "state");
	node->service = sample_text(value, "service");
	if (node->state && node->service)
		return 0;
	node_sample_clear(node);
	return -1;
}

static void gather_clear(struct gather *g)
{
	for (size_t i = 0; i < g->sample.count; i++)
		node_sample_clear(&g->sample.nodes[i]);
	g->sample.count = 0;
	g->sample.more = false;
	g->sample.metrics = NULL;
}

/* metrics: NULL: dtreed is away. Who asks from within a call waits for the next sample. */
static void gather_tell(struct gather *g, const struct dtree_value *metrics)
{
	struct waiting *told = g->waiting;

	timer_stop(&g->patience);
	g->waiting = NULL;
	g->under_way = false;
	g->sample.metrics = metrics;
	g->sample.at = clock_ms();
	if (!metrics)
		gather_clear(g);
	while (told) {
		struct waiting *w = told;
		DL_DELETE(told, w);
		w->fn(w->arg, &g->sample);
		free(w);
	}
	g->sample.metrics = NULL;
}

static void gather_on_metrics(void *arg, const struct dtree_reply *reply)
{
	gather_tell(arg, dtree_reply_result(reply));
}

static void gather_on_nodes(void *arg, const struct dtree_reply *reply);

static void gather_ask_nodes(struct gather *g, long long after)
{
	struct dtree_request *request = dtree_request_new("node_metrics");

	dtree_request_int(request, "after", after);
	dtree_request_int(request, "count", NODES_AT_ONCE);
	if (source_ask(g->source, request, gather_on_nodes, g))
		gather_tell(g, NULL);
}

static void gather_add(struct gather *g, const struct dtree_value *value)
{
	struct sample *sample = &g->sample;

	if (sample->count == g->room) {
		g->room = g->room ? g->room * 2 : NODES_AT_ONCE;
		sample->nodes = mem_resize(sample->nodes, g->room * sizeof *sample->nodes);
	}
	if (node_sample_read(value, &sample->nodes[sample->count]) == 0)
		sample->count++;
}

static void gather_on_nodes(void *arg, const struct dtree_reply *reply)
{
	struct gather *g = arg;
	const struct dtree_value *result = dtree_reply_result(reply);
	long long next = 0;

	if (!result) {
		gather_tell(g, NULL);
		return;
	}
	for (const struct dtree_value *node = dtree_value_first(result, "nodes"); node;
	     node = dtree_value_next(node))
		gather_add(g, node);
	dtree_value_int(result, "next", &next);
	g->sample.more = next && g->sample.count >= GATHER_NODES;
	if (next && !g->sample.more)
		gather_ask_nodes(g, next);
	else if (source_ask(g->source, dtree_request_new("metrics"), gather_on_metrics, g))
		gather_tell(g, NULL);
}

static void gather_on_impatience(void *arg)
{
	struct gather *g = arg;

	if (g->under_way && source_is_up(g->source)) {
		source_forget(g->source, g);
		source_drop(g->source);
	}
	gather_tell(g, NULL);
}

struct gather *gather_new(struct ev_loop *loop, struct source *source)
{
	struct gather *g = mem_new(sizeof *g);

	g->source = source;
	timer_init(&g->patience, loop, gather_on_impatience, g);
	return g;
}

void gather_free(struct gather *g)
{
	struct waiting *w;
	struct waiting *next;

	timer_stop(&g->patience);
	source_forget(g->source, g);
	DL_FOREACH_SAFE (g->waiting, w, next) {
		free(w);
	}
	gather_clear(g);
	free(g->sample.nodes);
	free(g);
}

/* Nothing is called from within: where dtreed is away, the timer tells it. */
void gather_ask(struct gather *g, sample_fn *fn, void *arg)
{
	struct waiting *w = mem_new(sizeof *w);

	w->fn = fn;
	w->arg = arg;
	DL_APPEND(g->waiting, w);
	if (timer_runs(&g->patience))
		return;
	gather_clear(g);
	g->under_way = source_is_up(g->source);
	timer_start(&g->patience, g->under_way ? PATIENCE_MS : 0);
	if (g->under_way)
		gather_ask_nodes(g, 0);
}

void gather_forget(struct gather *g, const void *arg)
{
	struct waiting *w;
	struct waiting *next;

	DL_FOREACH_SAFE (g->waiting, w, next) {
		if (w->arg != arg)
			continue;
		DL_DELETE(g->waiting, w);
		free(w);
	}
}
