/* Owns nothing but what it has seen. Invariant: at most one question is under way. */
#include "exporter/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loop/timer.h"
#include "wire/trace.h"
#include "wire/trace_ids.h"
#include "wire/trace_otlp.h"

/* Until it is asked: many come together. */
#define PAUSE_MS 300
/* Steps of one request: dtreed tells fewer. */
#define STEPS_MOST ((size_t)64)

struct kept {
	struct source *source; /* borrowed */
	struct otlp *otlp;     /* borrowed */
	struct timer pause;
	bool began; /* what was there before is known */
	bool again; /* something came meanwhile */
	bool asked;
	uint64_t connection; /* of the source, that it was asked over */
	int pid;             /* of dtreed */
	long long seen;      /* slow requests */
};

/* "2026-11-20T19:01:05.123456Z" as microseconds since 1970: 0, or -1. */
static int kept_time(const char *text, int64_t *us)
{
	struct tm tm = {0};
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	int micro;

	if (!rest || sscanf(rest, ".%6dZ", &micro) != 1)
		return -1;
	*us = (int64_t)timegm(&tm) * 1000000 + micro;
	return 0;
}

static void kept_add_span(struct trace *trace, const char *name, int pid, int64_t begin,
                          int64_t end)
{
	trace->spans[trace->count] =
	    (struct trace_span){.name = mem_string(name),
	                        .process = mem_string("dtreed"),
	                        .pid = pid,
	                        .node = TRACE_NO_NODE,
	                        .depth = 1,
	                        .begin = begin,
	                        .end = end,
	                        .parent = trace->count ? 0 : TRACE_NO_PARENT};
	trace->count++;
}

/* Into the request's span, which is there. */
static void kept_add_step(struct trace *trace, const struct dtree_value *step, int pid)
{
	const char *name = dtree_value_string(step, "name", NULL);
	const char *word = dtree_value_string(step, "kind", NULL);
	enum step_kind kind;
	long long begin, end;

	if (!name || !word || step_kind_read(word, &kind) ||
	    dtree_value_int(step, "begin_ns", &begin) || dtree_value_int(step, "end_ns", &end) ||
	    begin < 0 || end < begin || end > trace->spans[0].end || trace->count > STEPS_MOST)
		return;
	kept_add_span(trace, name, pid, begin, end);
	trace->spans[trace->count - 1].kind = kind;
}

int kept_write(const struct dtree_value *slow, int pid, struct buffer *out)
{
	const char *method = dtree_value_string(slow, "method", NULL);
	const char *why = dtree_value_string(slow, "why", NULL);
	const char *step = dtree_value_string(slow, "step", NULL);
	struct trace trace = {0};
	const struct trace *traces[] = {&trace};
	struct trace_ids ids;
	const struct trace_set set = {
	    .traces = traces, .count = 1, .teller = "dtree-exporter", .ids = &ids};
	long long request, id, total;
	int64_t told;

	if (!method || !why || !step || dtree_value_int(slow, "request", &request) ||
	    dtree_value_int(slow, "id", &id) || dtree_value_int(slow, "total_ns", &total) ||
	    total <= 0 || kept_time(dtree_value_string(slow, "time", NULL), &told))
		return -1;
	trace.request = (uint64_t)request;
	trace.start_us = told - total / 1000;
	trace.spans = mem_new_array(STEPS_MOST + 2, sizeof *trace.spans);
	kept_add_span(&trace, method, pid, 0, total);
	trace.spans[0].kind = SPENT_CONTROL;
	trace.spans[0].detail = id == -1 ? mem_format("%s: %s", step, why)
	                                 : mem_format("node %lld: %s: %s", id, step, why);
	for (const struct dtree_value *at = dtree_value_first(slow, "steps"); at;
	     at = dtree_value_next(at))
		kept_add_step(&trace, at, pid);
	trace_account(&trace);
	trace_ids_make(&ids, dtree_value_string(slow, "traceparent", NULL));
	trace_otlp_write(out, &set);
	trace_clear(&trace);
	return 0;
}

/* The newest of them: those that were not there before. */
static void kept_take(struct kept *k, const struct dtree_value *result, long long fresh)
{
	long long there = 0;

	for (const struct dtree_value *slow = dtree_value_first(result, "newest"); slow;
	     slow = dtree_value_next(slow))
		there++;
	if (fresh > there)
		otlp_miss(k->otlp, (uint64_t)(fresh - there));
	for (const struct dtree_value *slow = dtree_value_first(result, "newest"); slow;
	     slow = dtree_value_next(slow)) {
		struct buffer text = {0};
		if (there-- > fresh)
			continue;
		if (kept_write(slow, k->pid, &text))
			otlp_miss(k->otlp, 1);
		else
			otlp_put(k->otlp, &text);
	}
}

static void kept_on_slow(void *arg, const struct dtree_reply *reply)
{
	struct kept *k = arg;
	const struct dtree_value *result = dtree_reply_result(reply);
	long long count;

	k->asked = false;
	if (dtree_value_int(result, "count", &count)) {
		k->again = false;
		return;
	}
	if (k->began && count > k->seen)
		kept_take(k, result, count - k->seen);
	k->began = true;
	k->seen = count;
	if (k->again)
		timer_start(&k->pause, PAUSE_MS);
	k->again = false;
}

static void kept_on_hello(void *arg, const struct dtree_reply *reply)
{
	struct kept *k = arg;
	long long pid = 0;

	dtree_value_int(dtree_reply_result(reply), "pid", &pid);
	/* Another dtreed counts anew. */
	if (k->pid && k->pid != pid)
		k->seen = 0;
	k->pid = (int)pid;
	if (source_ask(k->source, dtree_request_new("slow"), kept_on_slow, k))
		k->asked = false;
}

static void kept_on_pause(void *arg)
{
	struct kept *k = arg;
	bool known = k->connection == source_connections(k->source);
	struct dtree_request *request = dtree_request_new(known ? "slow" : "hello");

	k->connection = source_connections(k->source);
	k->asked = source_ask(k->source, request, known ? kept_on_slow : kept_on_hello, k) == 0;
}

struct kept *kept_new(struct ev_loop *loop, struct source *source, struct otlp *otlp)
{
	struct kept *k = mem_new(sizeof *k);

	k->source = source;
	k->otlp = otlp;
	timer_init(&k->pause, loop, kept_on_pause, k);
	return k;
}

void kept_free(struct kept *k)
{
	if (!k)
		return;
	timer_stop(&k->pause);
	source_forget(k->source, k);
	free(k);
}

/* The first time at once: what is slow from then on is new. */
void kept_look(struct kept *k)
{
	if (!k)
		return;
	if (k->asked)
		k->again = true;
	else if (!timer_runs(&k->pause))
		timer_start(&k->pause, k->began ? PAUSE_MS : 0);
}
