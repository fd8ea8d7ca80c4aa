/* Samples. Owns nothing beside what they hold. */
#include "ctl/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/member.h"
#include "ctl/usage_proc.h"

/* So many nodes are asked for at once, and so long is waited for them. */
#define SAMPLE_NODES 500
#define SAMPLE_MS    2000

static void sample_read_took(struct sample_row *row, const struct dtree_value *took)
{
	const struct dtree_value *bucket = took ? dtree_value_first(took, "buckets") : NULL;

	row->took_ns = took ? member_int(took, "sum_ns") : 0;
	for (size_t i = 0; bucket && i < SAMPLE_BUCKETS; i++, bucket = dtree_value_next(bucket))
		row->buckets[i] = member_int(bucket, NULL);
}

void sample_add(struct sample *sample, const struct dtree_value *node)
{
	const char *name = dtree_value_string(node, "name", NULL);
	struct sample_row *row;

	/* The array is full when the count is a power of two. */
	if ((sample->count & (sample->count - 1)) == 0)
		sample->rows = mem_resize(sample->rows, (sample->count ? sample->count * 2 : 1) *
		                                            sizeof *sample->rows);
	row = &sample->rows[sample->count++];
	*row = (struct sample_row){
	    .id = (int)member_int(node, "id"),
	    .name = name ? member_text(node, "name", "") : NULL,
	    .state = member_text(node, "state", "?"),
	    .service = member_text(node, "service", "?"),
	    .requests = member_int(node, "requests"),
	    .pending = member_int(node, "pending"),
	    .restarts = member_int(node, "restarts"),
	    .rate = -1,
	    .mean_us = -1,
	    .p99_us = -1,
	    .cpu = -1,
	    .memory = -1,
	    .cpu_ticks = -1,
	};
	sample_read_took(row, member_find(node, "took"));
}

static int sample_by_id(const void *a, const void *b)
{
	const struct sample_row *x = a;
	const struct sample_row *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static const struct sample_row *sample_find(const struct sample *sample, int id)
{
	const struct sample_row key = {.id = id};

	return sample->count ? bsearch(&key, sample->rows, sample->count, sizeof key, sample_by_id)
	                     : NULL;
}

/* The upper bound of the bucket with the 99th of a hundred; that of what took longer than all
 * bounds is the last of these. */
static double sample_p99(const int64_t *counts, int64_t all, const struct sample_bounds *bounds)
{
	int64_t left = all - all / 100;

	for (size_t i = 0; i < bounds->count; i++) {
		left -= counts[i];
		if (left <= 0)
			return (double)bounds->us[i];
	}
	return bounds->count ? (double)bounds->us[bounds->count - 1] : -1;
}

static void sample_compare_row(struct sample_row *row, const struct sample_row *was,
                               const struct sample_bounds *bounds, double seconds)
{
	int64_t counts[SAMPLE_BUCKETS];
	int64_t all = 0;

	/* A dtreed that was started in between counts anew. */
	if (row->requests < was->requests || row->took_ns < was->took_ns)
		return;
	row->rate = (double)(row->requests - was->requests) / seconds;
	for (size_t i = 0; i < SAMPLE_BUCKETS; i++)
		all += counts[i] = row->buckets[i] - was->buckets[i];
	if (all > 0) {
		row->mean_us = (double)(row->took_ns - was->took_ns) / (double)all / 1000;
		row->p99_us = sample_p99(counts, all, bounds);
	}
	/* Another process has begun anew. */
	if (row->cpu_ticks >= was->cpu_ticks && was->cpu_ticks >= 0)
		row->cpu = 100 * (double)(row->cpu_ticks - was->cpu_ticks) /
		           (double)sysconf(_SC_CLK_TCK) / seconds;
}

void sample_compare(struct sample *sample, const struct sample *former,
                    const struct sample_bounds *bounds, uint64_t ns)
{
	qsort(sample->rows, sample->count, sizeof *sample->rows, sample_by_id);
	for (size_t i = 0; ns && i < sample->count; i++) {
		const struct sample_row *was = sample_find(former, sample->rows[i].id);
		if (was)
			sample_compare_row(&sample->rows[i], was, bounds, (double)ns / 1e9);
	}
}

/* The reply to a request; NULL with *err where there is none, or it is an error. */
static struct dtree_reply *sample_ask(struct dtree_client *client, struct dtree_request *request,
                                      struct dtree_error *err)
{
	struct dtree_reply *reply = dtree_client_call(client, request, SAMPLE_MS, err);

	if (!reply || dtree_reply_code(reply) == DTREE_OK)
		return reply;
	err->code = dtree_reply_code(reply);
	snprintf(err->text, sizeof err->text, "%s", dtree_reply_message(reply));
	dtree_reply_free(reply);
	return NULL;
}

int sample_ask_bounds(struct dtree_client *client, struct sample_bounds *bounds,
                      struct dtree_error *err)
{
	struct dtree_reply *reply = sample_ask(client, dtree_request_new("metrics"), err);
	const struct dtree_value *bound =
	    reply ? dtree_value_first(dtree_reply_result(reply), "bounds_us") : NULL;

	bounds->count = 0;
	for (; bound && bounds->count + 1 < SAMPLE_BUCKETS; bound = dtree_value_next(bound))
		bounds->us[bounds->count++] = member_int(bound, NULL);
	dtree_reply_free(reply);
	return reply ? 0 : -1;
}

static void sample_add_nodes(struct sample *sample, const struct dtree_value *result)
{
	const struct dtree_value *node = dtree_value_first(result, "nodes");

	for (; node; node = dtree_value_next(node)) {
		struct sample_row *row;
		sample_add(sample, node);
		row = &sample->rows[sample->count - 1];
		usage_proc_read((pid_t)member_int(node, "pid"), &row->cpu_ticks, &row->memory);
	}
}

int sample_take(struct dtree_client *client, const struct sample_bounds *bounds,
                const struct sample *former, struct sample *sample, struct dtree_error *err)
{
	long long next = 0;
	bool more = true;

	sample->at = clock_ns();
	while (more) {
		struct dtree_request *request = dtree_request_new("node_metrics");
		struct dtree_reply *reply;
		dtree_request_int(request, "count", SAMPLE_NODES);
		dtree_request_int(request, "after", next);
		reply = sample_ask(client, request, err);
		if (!reply)
			return -1;
		sample_add_nodes(sample, dtree_reply_result(reply));
		more = dtree_value_int(dtree_reply_result(reply), "next", &next) == 0;
		dtree_reply_free(reply);
	}
	sample_compare(sample, former, bounds, former->at ? sample->at - former->at : 0);
	return 0;
}

void sample_free(struct sample *sample)
{
	for (size_t i = 0; i < sample->count; i++) {
		free(sample->rows[i].name);
		free(sample->rows[i].state);
		free(sample->rows[i].service);
	}
	free(sample->rows);
	*sample = (struct sample){0};
}
