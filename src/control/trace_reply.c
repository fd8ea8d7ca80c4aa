/* Spans as JSON. Owns nothing. */
#include "control/trace_reply.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "wire/json_write.h"
#include "wire/spans.h"

static void trace_add_span(struct buffer *b, const struct span *span, uint64_t start)
{
	struct buffer detail = {0};

	json_open_object(b, NULL);
	json_add_text(b, "name", span->name);
	json_add_text(b, "kind", step_kind_name(step_kind(span->what)));
	json_add_text(b, "process", span->process);
	json_add_int(b, "pid", span->pid);
	if (span->node != SPAN_DTREED)
		json_add_int(b, "node", span->node);
	json_add_int(b, "depth", span->depth);
	json_add_int(b, "begin_ns", (int64_t)(span->begin - start));
	json_add_int(b, "end_ns", (int64_t)(span->end - start));
	if (span->parent != SPAN_TOP)
		json_add_int(b, "parent", (int64_t)span->parent);
	span_detail(span, &detail);
	if (buffer_size(&detail))
		json_add_string(b, "detail", buffer_bytes(&detail), buffer_size(&detail));
	buffer_free(&detail);
	json_close_object(b);
}

static void trace_add_shares(struct buffer *b, const struct span *spans, size_t count)
{
	uint64_t shares[STEP_KINDS];

	spans_shares(spans, count, shares);
	json_open_object(b, "shares");
	for (size_t i = 0; i < STEP_KINDS; i++)
		if (shares[i])
			json_add_int(b, step_kind_name((enum step_kind)i), (int64_t)shares[i]);
	json_close_object(b);
}

/* The controller's part of dtreed, with what was before and is behind it. */
static struct visit trace_own_visit(const char *method, uint64_t read,
                                    const struct outcome_trace *trace)
{
	struct visit own = {.node = SPAN_DTREED, .depth = 1, .in = read};
	uint64_t now = clock_ns();

	if (trace && trace->visits) {
		own = trace->visits[0];
		steps_add(&own.steps, STEP_READ, read, own.in, 0, 0);
		steps_add(&own.steps, STEP_WRITE, own.out, now, 0, 0);
		own.in = read < own.in ? read : own.in;
	}
	own.pid = (int)getpid();
	own.name = method;
	own.out = now;
	return own;
}

void trace_reply_add(struct buffer *b, const char *method, uint64_t read, uint64_t waited,
                     const struct outcome_trace *trace)
{
	size_t count = trace && trace->visits ? trace->count : 1;
	struct visit *visits = mem_new_array(count, sizeof *visits);
	struct span *spans;

	if (count > 1)
		memcpy(visits + 1, trace->visits + 1, (count - 1) * sizeof *visits);
	visits[0] = trace_own_visit(method, read, trace);
	count = spans_make(visits, count, &spans);
	json_open_object(b, "trace");
	json_add_int(b, "request", trace ? (int64_t)trace->request : 0);
	json_add_int(b, "start_us", (int64_t)(visits[0].in / 1000));
	if (waited)
		json_add_int(b, "waited_ns", (int64_t)waited);
	json_open_array(b, "spans");
	for (size_t i = 0; i < count; i++)
		trace_add_span(b, &spans[i], visits[0].in / 1000 * 1000);
	json_close_array(b);
	trace_add_shares(b, spans, count);
	json_close_object(b);
	free(spans);
	free(visits);
}
