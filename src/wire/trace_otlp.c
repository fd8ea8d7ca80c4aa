/*
 * OTLP/JSON, as a collector takes it at /v1/traces and from a file: ids in hexadecimal, numbers of
 * 64 bits as strings, enums as numbers, one message on one line. Each process is a resource.
 */
#include "wire/trace_otlp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "wire/json_write.h"
#include "wire/trace_ids.h"

/* opentelemetry/proto/trace/v1/trace.proto: Span.SpanKind. */
enum { SPAN_INTERNAL = 1, SPAN_CLIENT = 3 };

static void otlp_add_id(struct buffer *out, const char *key, uint64_t id)
{
	char text[17];

	snprintf(text, sizeof text, "%016" PRIx64, id);
	json_add_text(out, key, text);
}

static void otlp_add_number(struct buffer *out, const char *key, int64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, number);
	json_add_text(out, key, text);
}

static void otlp_add_text(struct buffer *out, const char *key, const char *text)
{
	json_open_object(out, NULL);
	json_add_text(out, "key", key);
	json_open_object(out, "value");
	json_add_text(out, "stringValue", text);
	json_close_object(out);
	json_close_object(out);
}

static void otlp_add_int(struct buffer *out, const char *key, int64_t number)
{
	json_open_object(out, NULL);
	json_add_text(out, "key", key);
	json_open_object(out, "value");
	otlp_add_number(out, "intValue", number);
	json_close_object(out);
	json_close_object(out);
}

static void otlp_write_resource(struct buffer *out, const struct trace_span *span)
{
	json_open_object(out, "resource");
	json_open_array(out, "attributes");
	otlp_add_text(out, "service.name", span->process);
	otlp_add_text(out, "service.namespace", "dtree");
	otlp_add_int(out, "process.pid", span->pid);
	if (span->node != TRACE_NO_NODE)
		otlp_add_int(out, "dtree.node", span->node);
	json_close_array(out);
	json_close_object(out);
}

static void otlp_write_span(struct buffer *out, const struct trace_set *set,
                            const struct trace *trace, size_t i, size_t number)
{
	const struct trace_span *span = &trace->spans[i];
	int64_t start = (set->wall_us + trace->start_us) * 1000;
	bool outermost = span->parent == TRACE_NO_PARENT;

	json_open_object(out, NULL);
	json_add_text(out, "traceId", set->ids->trace);
	otlp_add_id(out, "spanId", trace_ids_span(set->ids, number + i));
	if (!outermost)
		otlp_add_id(out, "parentSpanId", trace_ids_span(set->ids, number + span->parent));
	else if (*set->ids->parent)
		json_add_text(out, "parentSpanId", set->ids->parent);
	json_add_int(out, "flags", set->ids->flags[1] - '0');
	json_add_text(out, "name", span->name);
	json_add_int(out, "kind", outermost ? SPAN_CLIENT : SPAN_INTERNAL);
	otlp_add_number(out, "startTimeUnixNano", start + span->begin);
	otlp_add_number(out, "endTimeUnixNano", start + span->end);
	json_open_array(out, "attributes");
	otlp_add_text(out, "dtree.kind", step_kind_name(span->kind));
	otlp_add_int(out, "dtree.depth", span->depth);
	if (span->own > 0)
		otlp_add_int(out, "dtree.own_ns", span->own);
	if (span->detail)
		otlp_add_text(out, "dtree.detail", span->detail);
	if (outermost && trace->request)
		otlp_add_int(out, "dtree.request", (int64_t)trace->request);
	json_close_array(out);
	json_close_object(out);
}

/* The spans of the process of span `first`. */
static void otlp_write_process(struct buffer *out, const struct trace_set *set,
                               const struct trace *trace, size_t first, size_t number)
{
	json_open_object(out, NULL);
	otlp_write_resource(out, &trace->spans[first]);
	json_open_array(out, "scopeSpans");
	json_open_object(out, NULL);
	json_open_object(out, "scope");
	json_add_text(out, "name", set->teller);
	json_add_text(out, "version", PACKAGE_VERSION);
	json_close_object(out);
	json_open_array(out, "spans");
	for (size_t i = first; i < trace->count; i++)
		if (trace_same_process(&trace->spans[first], &trace->spans[i]))
			otlp_write_span(out, set, trace, i, number);
	json_close_array(out);
	json_close_object(out);
	json_close_array(out);
	json_close_object(out);
}

static bool otlp_is_first(const struct trace *trace, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (trace_same_process(&trace->spans[j], &trace->spans[i]))
			return false;
	return true;
}

void trace_otlp_write(struct buffer *out, const struct trace_set *set)
{
	size_t number = 0;

	json_open_object(out, NULL);
	json_open_array(out, "resourceSpans");
	for (size_t t = 0; t < set->count; t++) {
		const struct trace *trace = set->traces[t];
		for (size_t i = 0; i < trace->count; i++)
			if (otlp_is_first(trace, i))
				otlp_write_process(out, set, trace, i, number);
		number += trace->count;
	}
	json_close_array(out);
	json_close_object(out);
	buffer_add(out, "\n", 1);
}
