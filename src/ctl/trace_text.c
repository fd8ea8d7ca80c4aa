/* Two forms of a trace. Owns nothing. */
#include "ctl/trace_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "wire/json_write.h"

/* Deeper steps are indented no further. */
#define TEXT_LEVELS 40
/* Of a name that is shown. */
#define TEXT_NAME 256

/* A line: a span begins, or ends. */
struct moment {
	int64_t at;
	size_t span;
	bool ends;
};

/* What a share is called. */
static const char *const share_names[STEP_KINDS] = {
    [SPENT_CONTROL] = "control",   [SPENT_QUEUE] = "queues",      [SPENT_LINK] = "links",
    [SPENT_SERVICE] = "service",   [SPENT_PROGRAM] = "program",   [SPENT_DISK] = "disk",
    [SPENT_RUNNING] = "running",   [SPENT_CPU_WAIT] = "cpu wait", [SPENT_WAKE_UP] = "wake-up",
    [SPENT_PROCESS] = "processes",
};

/* At one time ends come before begins, and inner ends before outer ones. */
static int text_by_time(const void *a, const void *b)
{
	const struct moment *x = a;
	const struct moment *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->ends != y->ends)
		return x->ends ? -1 : 1;
	if (x->ends)
		return (x->span < y->span) - (x->span > y->span);
	return (x->span > y->span) - (x->span < y->span);
}

static void text_add_process(struct buffer *out, const struct trace_span *span)
{
	cleanup_free char *process =
	    parse_printable(span->process, strlen(span->process), TEXT_NAME);

	buffer_add_string(out, process);
	if (span->node != TRACE_NO_NODE)
		buffer_format(out, " %d", span->node);
	buffer_format(out, "(%d)", span->pid);
}

/* In whole percent that make a hundred together: those that lose most by being cut get what is
 * left.
 */
static void text_round_shares(const struct trace *trace, int percent[STEP_KINDS])
{
	int left = 100;

	for (size_t i = 0; i < STEP_KINDS; i++) {
		percent[i] = (int)(trace->shares[i] * 100 / trace->total);
		left -= percent[i];
	}
	for (; left > 0; left--) {
		size_t most = 0;
		int64_t lost = INT64_MIN;
		for (size_t i = 0; i < STEP_KINDS; i++) {
			int64_t rest = trace->shares[i] * 100 - percent[i] * trace->total;
			if (rest > lost) {
				lost = rest;
				most = i;
			}
		}
		percent[most]++;
	}
}

static void text_add_shares(struct buffer *out, const struct trace *trace)
{
	const char *between = ": ";
	int percent[STEP_KINDS];

	buffer_format(out, "       total %lld us", (long long)(trace->total / 1000));
	if (!trace->total)
		return;
	text_round_shares(trace, percent);
	for (size_t i = 0; i < STEP_KINDS; i++) {
		if (!trace->shares[i])
			continue;
		buffer_format(out, "%s%s %d %%", between, share_names[i], percent[i]);
		between = ", ";
	}
}

/* How many spans are around it. */
static int text_level(const struct trace *trace, size_t i)
{
	int level = 0;

	while (level < TEXT_LEVELS && (i = trace->spans[i].parent) != TRACE_NO_PARENT)
		level++;
	return level;
}

/* path: is the span on the critical path? */
static void text_add_line(struct buffer *out, const struct trace *trace, const struct moment *m,
                          bool path)
{
	const struct trace_span *span = &trace->spans[m->span];
	cleanup_free char *name = parse_printable(span->name, strlen(span->name), TEXT_NAME);

	buffer_format(out, "%8lld %c %*s", (long long)(m->at / 1000), path ? '*' : ' ',
	              2 * text_level(trace, m->span), "");
	text_add_process(out, span);
	buffer_format(out, ": %s %s", m->ends ? "<-" : "->", name);
	if (span->detail && !m->ends) {
		cleanup_free char *detail =
		    parse_printable(span->detail, strlen(span->detail), TEXT_NAME);
		buffer_format(out, " (%s)", detail);
	}
	if (m->ends && m->span == 0)
		text_add_shares(out, trace);
	buffer_add_string(out, "\n");
}

void trace_text_write(struct buffer *out, const struct trace *trace)
{
	struct moment *moments = mem_new_array(2 * trace->count, sizeof *moments);
	bool *path = mem_new_array(trace->count, sizeof *path);

	for (size_t i = 0; i < trace->count; i++) {
		moments[2 * i] = (struct moment){trace->spans[i].begin, i, false};
		moments[2 * i + 1] = (struct moment){trace->spans[i].end, i, true};
	}
	qsort(moments, 2 * trace->count, sizeof *moments, text_by_time);
	/* So is what is around one that is. */
	for (size_t i = trace->count; i-- > 0;) {
		path[i] = path[i] || trace->spans[i].own;
		if (path[i] && trace->spans[i].parent != TRACE_NO_PARENT)
			path[trace->spans[i].parent] = true;
	}
	for (size_t i = 0; i < 2 * trace->count; i++)
		text_add_line(out, trace, &moments[i], path[moments[i].span]);
	free(path);
	free(moments);
}

static void json_add_span(struct buffer *out, const struct trace_span *span)
{
	json_open_object(out, NULL);
	json_add_text(out, "name", span->name);
	json_add_text(out, "kind", step_kind_name(span->kind));
	json_add_text(out, "process", span->process);
	json_add_int(out, "pid", span->pid);
	if (span->node != TRACE_NO_NODE)
		json_add_int(out, "node", span->node);
	json_add_int(out, "depth", span->depth);
	json_add_int(out, "begin_ns", span->begin);
	json_add_int(out, "end_ns", span->end);
	if (span->own)
		json_add_int(out, "own_ns", span->own);
	if (span->parent != TRACE_NO_PARENT)
		json_add_int(out, "parent", (int64_t)span->parent);
	if (span->detail)
		json_add_text(out, "detail", span->detail);
	json_close_object(out);
}

void trace_json_write(struct buffer *out, const struct trace *trace)
{
	json_open_object(out, NULL);
	json_add_int(out, "request", (int64_t)trace->request);
	json_add_int(out, "start_us", trace->start_us);
	json_open_array(out, "spans");
	for (size_t i = 0; i < trace->count; i++)
		json_add_span(out, &trace->spans[i]);
	json_close_array(out);
	json_open_object(out, "shares");
	for (size_t i = 0; i < STEP_KINDS; i++)
		if (trace->shares[i])
			json_add_int(out, step_kind_name((enum step_kind)i), trace->shares[i]);
	json_close_object(out);
	json_close_object(out);
	buffer_add_string(out, "\n");
}
