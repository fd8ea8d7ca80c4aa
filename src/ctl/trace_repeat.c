/*
 * The same request many times: each step's time in the middle and near its worst.
 *
 * A step is the same in two runs where its name, its process (but for the id, which a restart
 * changes) and the steps around it are; of several such the first is the first.
 */
#include "ctl/trace_repeat.h"

#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "ctl/trace_nest.h"
#include "wire/json_write.h"

/* Steps deeper than that are shown no deeper. */
#define REPEAT_LEVELS 40

struct repeat_step {
	const struct trace_span *span; /* its first; borrowed */
	size_t parent;                 /* step; NEST_NONE: none */
	size_t next;                   /* step, in the order of the table; the same */
	size_t number;                 /* in that order, from 0 */
	size_t run;                    /* the last that has it */
	size_t count;                  /* runs that have it */
	int64_t *times;                /* of so many; ns */
	int64_t *own;
};

struct repeat {
	const struct trace *const *traces; /* borrowed */
	size_t count;
	struct repeat_step *steps;
	size_t step_count;
	size_t first;    /* step of the table */
	size_t *step_of; /* by span, of the run that is being added */
};

static bool repeat_same(const struct repeat_step *step, const struct trace_span *span,
                        size_t parent, size_t run)
{
	return step->parent == parent && (step->run != run || step->count == 0) &&
	       step->span->node == span->node && step->span->kind == span->kind &&
	       strcmp(step->span->name, span->name) == 0 &&
	       strcmp(step->span->process, span->process) == 0;
}

/* `guess`: the step that it probably is. NEST_NONE: it is a new one. */
static size_t repeat_find(const struct repeat *r, const struct trace_span *span, size_t parent,
                          size_t run, size_t guess)
{
	if (guess < r->step_count && repeat_same(&r->steps[guess], span, parent, run))
		return guess;
	for (size_t i = 0; i < r->step_count; i++)
		if (repeat_same(&r->steps[i], span, parent, run))
			return i;
	return NEST_NONE;
}

/* Behind the step `before`. */
static size_t repeat_insert(struct repeat *r, const struct trace_span *span, size_t parent,
                            size_t before)
{
	struct repeat_step step = {.span = span, .parent = parent};
	size_t *link;

	step.times = mem_new_array(r->count, sizeof *step.times);
	step.own = mem_new_array(r->count, sizeof *step.own);
	r->steps = mem_resize(r->steps, (r->step_count + 1) * sizeof *r->steps);
	link = before == NEST_NONE ? &r->first : &r->steps[before].next;
	step.next = *link;
	*link = r->step_count;
	r->steps[r->step_count] = step;
	return r->step_count++;
}

static void repeat_add(struct repeat *r, size_t run)
{
	const struct trace *trace = r->traces[run];
	size_t before = NEST_NONE;

	r->step_of = mem_new_array(trace->count + 1, sizeof *r->step_of);
	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_span *span = &trace->spans[i];
		size_t parent =
		    span->parent == TRACE_NO_PARENT ? NEST_NONE : r->step_of[span->parent];
		size_t at = repeat_find(r, span, parent, run, i);
		struct repeat_step *step;
		if (at == NEST_NONE)
			at = repeat_insert(r, span, parent, before);
		step = &r->steps[at];
		step->run = run;
		step->times[step->count] = span->end - span->begin;
		step->own[step->count++] = span->own;
		r->step_of[i] = before = at;
	}
	free(r->step_of);
}

static void repeat_count(struct repeat *r)
{
	size_t number = 0;

	for (size_t i = r->first; i != NEST_NONE; i = r->steps[i].next)
		r->steps[i].number = number++;
}

static int repeat_by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The value that so many per cent do not exceed, of sorted ones. */
static int64_t repeat_rank(const int64_t *sorted, size_t count, size_t percent)
{
	return sorted[(count * percent + 99) / 100 - 1];
}

struct repeat_numbers {
	int64_t median;
	int64_t p99;
};

/* Sorts them. */
static struct repeat_numbers repeat_sum_up(int64_t *values, size_t count)
{
	qsort(values, count, sizeof *values, repeat_by_size);
	return (struct repeat_numbers){.median = repeat_rank(values, count, 50),
	                               .p99 = repeat_rank(values, count, 99)};
}

static struct repeat_numbers repeat_total(const struct repeat *r)
{
	cleanup_free int64_t *totals = mem_new_array(r->count, sizeof *totals);

	for (size_t i = 0; i < r->count; i++)
		totals[i] = r->traces[i]->total;
	return repeat_sum_up(totals, r->count);
}

static int64_t repeat_share(const struct repeat *r, size_t kind)
{
	int64_t sum = 0;

	for (size_t i = 0; i < r->count; i++)
		sum += r->traces[i]->shares[kind];
	return sum / (int64_t)r->count;
}

static size_t repeat_level(const struct repeat *r, size_t i)
{
	size_t level = 0;

	while ((i = r->steps[i].parent) != NEST_NONE && level < REPEAT_LEVELS)
		level++;
	return level;
}

/* "   391.3     802.1      41.0". */
static void repeat_add_numbers(struct buffer *out, const struct repeat_numbers *time, int64_t own)
{
	buffer_format(out, "%10.1f %10.1f %10.1f  ", (double)time->median / 1e3,
	              (double)time->p99 / 1e3, (double)own / 1e3);
}

static void repeat_write_step(struct buffer *out, const struct repeat *r, size_t i)
{
	struct repeat_step *step = &r->steps[i];
	struct repeat_numbers time = repeat_sum_up(step->times, step->count);
	struct buffer process = {0};

	repeat_add_numbers(out, &time, repeat_sum_up(step->own, step->count).median);
	buffer_format(out, "%*s", (int)(2 * repeat_level(r, i)), "");
	parse_escape(out, step->span->name, strlen(step->span->name));
	trace_add_process(&process, step->span);
	buffer_add_string(out, " (");
	parse_escape(out, buffer_bytes(&process), buffer_size(&process));
	buffer_add_string(out, ")");
	if (step->count < r->count)
		buffer_format(out, ", in %zu of %zu", step->count, r->count);
	buffer_add_string(out, "\n");
	buffer_free(&process);
}

static void repeat_write_text(struct buffer *out, const struct repeat *r)
{
	struct repeat_numbers total = repeat_total(r);
	int64_t sum = 0;
	const char *comma = "";

	buffer_format(out, "%10s %10s %10s\n", "median us", "p99 us", "own us");
	for (size_t i = r->first; i != NEST_NONE; i = r->steps[i].next)
		repeat_write_step(out, r, i);
	repeat_add_numbers(out, &total, total.median);
	buffer_format(out, "total of %zu: ", r->count);
	for (size_t kind = 0; kind < STEP_KINDS; kind++)
		sum += repeat_share(r, kind);
	for (size_t kind = 0; kind < STEP_KINDS; kind++) {
		int64_t share = repeat_share(r, kind);
		if (!share)
			continue;
		buffer_format(out, "%s%s %.0f %%", comma, step_kind_name((enum step_kind)kind),
		              100.0 * (double)share / (double)sum);
		comma = ", ";
	}
	buffer_add_string(out, "\n");
}

static void repeat_add_json(struct buffer *out, struct repeat_numbers time)
{
	json_add_int(out, "median_ns", time.median);
	json_add_int(out, "p99_ns", time.p99);
}

static void repeat_write_json_step(struct buffer *out, const struct repeat *r, size_t i)
{
	struct repeat_step *step = &r->steps[i];
	struct repeat_numbers own = repeat_sum_up(step->own, step->count);

	json_open_object(out, NULL);
	json_add_text(out, "name", step->span->name);
	json_add_text(out, "kind", step_kind_name(step->span->kind));
	json_add_text(out, "process", step->span->process);
	if (step->span->node != TRACE_NO_NODE)
		json_add_int(out, "node", step->span->node);
	if (step->parent != NEST_NONE)
		json_add_int(out, "parent", (int64_t)r->steps[step->parent].number);
	json_add_int(out, "runs", (int64_t)step->count);
	repeat_add_json(out, repeat_sum_up(step->times, step->count));
	json_add_int(out, "own_median_ns", own.median);
	json_add_int(out, "own_p99_ns", own.p99);
	json_close_object(out);
}

static void repeat_write_json(struct buffer *out, const struct repeat *r)
{
	json_open_object(out, NULL);
	json_add_int(out, "runs", (int64_t)r->count);
	json_open_object(out, "total");
	repeat_add_json(out, repeat_total(r));
	json_close_object(out);
	json_open_array(out, "steps");
	for (size_t i = r->first; i != NEST_NONE; i = r->steps[i].next)
		repeat_write_json_step(out, r, i);
	json_close_array(out);
	json_open_object(out, "shares");
	for (size_t kind = 0; kind < STEP_KINDS; kind++)
		if (repeat_share(r, kind))
			json_add_int(out, step_kind_name((enum step_kind)kind),
			             repeat_share(r, kind));
	json_close_object(out);
	json_close_object(out);
	buffer_add(out, "\n", 1);
}

void trace_repeat_write(struct buffer *out, const struct trace *const *traces, size_t count,
                        bool json)
{
	struct repeat r = {.traces = traces, .count = count, .first = NEST_NONE};

	for (size_t run = 0; run < count; run++)
		repeat_add(&r, run);
	repeat_count(&r);
	(json ? repeat_write_json : repeat_write_text)(out, &r);
	for (size_t i = 0; i < r.step_count; i++) {
		free(r.steps[i].times);
		free(r.steps[i].own);
	}
	free(r.steps);
}
