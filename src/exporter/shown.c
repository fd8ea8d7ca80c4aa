/* Owns what was told. Rates are of the time between two samples. */
#include "exporter/shown.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "wire/json_write.h"

struct shown_node {
	int id; /* the key */
	uint64_t turn;
	char *row; /* as it was told; owned */
	struct node_sample now;
	struct histogram lately; /* between the last two samples */
	int64_t rate;            /* requests in a thousand seconds */
	UT_hash_handle hh;
};

int64_t histogram_quantile(const struct histogram *h, double part)
{
	uint64_t count = histogram_count(h);
	double wanted = (double)count * part;
	double below = 0;

	for (size_t i = 0; count && i < HISTOGRAM_BOUNDS; i++) {
		double in = (double)h->buckets[i];
		double from = i ? histogram_bounds_us[i - 1] : 0;
		if (below + in >= wanted)
			return (int64_t)(from + (histogram_bounds_us[i] - from) *
			                            (in > 0 ? (wanted - below) / in : 1));
		below += in;
	}
	return count ? histogram_bounds_us[HISTOGRAM_BOUNDS - 1] : 0;
}

/* What was added since; all of it, if counting began anew. */
static struct histogram shown_since(const struct histogram *now, const struct histogram *before)
{
	struct histogram h = *now;

	if (now->sum_ns < before->sum_ns)
		return h;
	h.sum_ns -= before->sum_ns;
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
		h.buckets[i] -= before->buckets[i] <= now->buckets[i] ? before->buckets[i] : 0;
	return h;
}

static int64_t shown_rate(int64_t now, int64_t before, int64_t ms)
{
	return ms > 0 && now > before ? (now - before) * 1000000 / ms : 0;
}

static int64_t shown_mean_us(const struct histogram *h)
{
	uint64_t count = histogram_count(h);

	return count ? (int64_t)(h->sum_ns / count / 1000) : 0;
}

static void shown_write_row(const struct shown_node *node, struct buffer *out)
{
	json_open_array(out, NULL);
	json_add_int(out, NULL, node->id);
	json_add_int(out, NULL, node->now.parent);
	json_add_text(out, NULL, node->now.state);
	json_add_text(out, NULL, node->now.service);
	json_add_text(out, NULL, node->now.name ? node->now.name : "");
	json_add_int(out, NULL, node->rate);
	json_add_int(out, NULL, shown_mean_us(&node->lately));
	json_add_int(out, NULL, node->now.pending);
	json_add_int(out, NULL, node->now.restarts);
	json_close_array(out);
}

static void shown_node_free(struct shown *all, struct shown_node *node)
{
	HASH_DEL(all->nodes, node);
	node_sample_clear(&node->now);
	free(node->row);
	free(node);
}

static void shown_copy(struct node_sample *to, const struct node_sample *from)
{
	node_sample_clear(to);
	*to = *from;
	to->name = from->name ? mem_string(from->name) : NULL;
	to->state = mem_string(from->state);
	to->service = mem_string(from->service);
}

static struct shown_node *shown_update(struct shown *all, const struct node_sample *sample,
                                       int64_t ms)
{
	struct shown_node *node;

	HASH_FIND_INT(all->nodes, &sample->id, node);
	if (!node) {
		node = mem_new(sizeof *node);
		node->id = sample->id;
		HASH_ADD_INT(all->nodes, id, node);
	} else {
		node->rate = shown_rate(sample->requests, node->now.requests, ms);
		node->lately = shown_since(&sample->took, &node->now.took);
	}
	shown_copy(&node->now, sample);
	node->turn = all->turn;
	return node;
}

static void shown_tell(struct shown_node *node, struct buffer *changed)
{
	struct buffer row = {0};

	shown_write_row(node, &row);
	buffer_add(&row, "", 1);
	if (node->row && strcmp(node->row, buffer_bytes(&row)) == 0) {
		buffer_free(&row);
		return;
	}
	json_add_raw(changed, NULL, buffer_bytes(&row), buffer_size(&row) - 1);
	free(node->row);
	node->row = mem_string(buffer_bytes(&row));
	buffer_free(&row);
}

void shown_take(struct shown *all, const struct sample *sample, struct buffer *changed,
                struct buffer *removed)
{
	int64_t ms = all->at ? sample->at - all->at : 0;
	struct shown_node *node;
	struct shown_node *next;

	all->turn++;
	all->at = sample->at;
	for (size_t i = 0; i < sample->count; i++)
		shown_tell(shown_update(all, &sample->nodes[i], ms), changed);
	HASH_ITER (hh, all->nodes, node, next) {
		if (node->turn == all->turn)
			continue;
		json_add_int(removed, NULL, node->id);
		shown_node_free(all, node);
	}
}

void shown_rows(const struct shown *all, struct buffer *rows)
{
	for (const struct shown_node *node = all->nodes; node; node = node->hh.next)
		json_add_raw(rows, NULL, node->row, strlen(node->row));
}

static int64_t shown_number(const struct dtree_value *value, const char *name)
{
	long long number = 0;

	dtree_value_int(value, name, &number);
	return number;
}

/* Requests, their errors and times, of all kinds. */
static void shown_count(const struct dtree_value *metrics, uint64_t *errors, struct histogram *took)
{
	struct histogram h;

	for (const struct dtree_value *kind = dtree_value_first(metrics, "requests"); kind;
	     kind = dtree_value_next(kind)) {
		if (histogram_read(kind, "took", &h))
			continue;
		took->sum_ns += h.sum_ns;
		for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
			took->buckets[i] += h.buckets[i];
		for (const struct dtree_value *error = dtree_value_first(kind, "errors"); error;
		     error = dtree_value_next(error))
			*errors += (uint64_t)shown_number(error, "count");
	}
}

static void shown_add_states(const struct dtree_value *metrics, struct buffer *out)
{
	json_open_object(out, "states");
	for (const struct dtree_value *state = dtree_value_first(metrics, "states"); state;
	     state = dtree_value_next(state)) {
		const char *name = dtree_value_string(state, "state", NULL);
		if (name)
			json_add_int(out, name, shown_number(state, "nodes"));
	}
	json_close_object(out);
}

void shown_totals(struct shown *all, const struct sample *sample, struct buffer *out)
{
	const struct dtree_value *metrics = sample->metrics;
	int64_t ms = all->at ? sample->at - all->at : 0;
	int64_t cpu_us = shown_number(metrics, "cpu_us");
	struct histogram took = {0};
	struct histogram lately;
	uint64_t errors = 0;
	uint64_t requests;

	shown_count(metrics, &errors, &took);
	requests = histogram_count(&took);
	lately = ms ? shown_since(&took, &all->took) : (struct histogram){0};
	shown_add_states(metrics, out);
	json_add_int(out, "rate", shown_rate((int64_t)requests, (int64_t)all->requests, ms));
	json_add_int(out, "errors", shown_rate((int64_t)errors, (int64_t)all->errors, ms));
	json_add_int(out, "p50_us", histogram_quantile(&lately, 0.5));
	json_add_int(out, "p99_us", histogram_quantile(&lately, 0.99));
	json_add_int(out, "pending", shown_number(metrics, "pending"));
	json_add_int(out, "clients", shown_number(metrics, "clients"));
	json_add_int(out, "memory_bytes", shown_number(metrics, "memory_bytes"));
	json_add_int(out, "uptime_ms", shown_number(metrics, "uptime_ms"));
	json_add_int(out, "cpu", ms && cpu_us > all->cpu_us ? (cpu_us - all->cpu_us) / ms : 0);
	json_add_bool(out, "more", sample->more);
	all->requests = requests;
	all->errors = errors;
	all->took = took;
	all->cpu_us = cpu_us;
}

bool shown_node_facts(const struct shown *all, int id, struct buffer *out)
{
	const struct shown_node *node;

	HASH_FIND_INT(all->nodes, &id, node);
	if (!node)
		return false;
	json_add_raw(out, "row", node->row, strlen(node->row));
	if (node->now.pid)
		json_add_int(out, "pid", node->now.pid);
	json_add_int(out, "requests", node->now.requests);
	json_add_int(out, "count", (int64_t)histogram_count(&node->lately));
	json_add_int(out, "p50_us", histogram_quantile(&node->lately, 0.5));
	json_add_int(out, "p99_us", histogram_quantile(&node->lately, 0.99));
	json_open_array(out, "buckets");
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
		json_add_int(out, NULL, (int64_t)node->now.took.buckets[i]);
	json_close_array(out);
	json_open_array(out, "bounds_us");
	for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++)
		json_add_int(out, NULL, histogram_bounds_us[i]);
	json_close_array(out);
	return true;
}

void shown_clear(struct shown *all)
{
	while (all->nodes)
		shown_node_free(all, all->nodes);
	*all = (struct shown){0};
}
