/* What other programs are given of a trace, as they read it. */
#include "ctl/trace_formats.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/parse.h"
#include "ctl/test/trace_hand.h"
#include "wire/trace_otlp.h"

TestSuite(trace_formats, .timeout = 60);

#define TRACE_ID "0af7651916cd43dd8448eb211c80319c"
#define CALLER   "b7ad6b7169203331"
static const struct trace_ids ids = {
    .trace = TRACE_ID, .parent = CALLER, .flags = "01", .seed = 99};
/* Bytes that no format may give on as they are. */
#define HOSTILE "a\"b'<c>&\\ \x01\x1b\x7f\n\xff\xef\xbf\xbe]]>"

static char *written(trace_write_fn *write, const struct trace *const *traces, size_t count)
{
	const struct trace_set set = {.teller = "dtreectl",
	                              .traces = traces,
	                              .count = count,
	                              .ids = &ids,
	                              .wall_us = 1000000};
	struct buffer out = {0};
	char *text;

	write(&out, &set);
	cr_assert(parse_utf8(buffer_bytes(&out), buffer_size(&out)));
	text = mem_copy(buffer_bytes(&out), buffer_size(&out));
	buffer_free(&out);
	return text;
}

static cJSON *json_of(trace_write_fn *write, const struct trace *const *traces, size_t count)
{
	cleanup_free char *text = written(write, traces, count);
	cJSON *json = cJSON_Parse(text);

	cr_assert(json, "no JSON: %s", text);
	cr_assert_eq(strchr(text, '\n'), text + strlen(text) - 1, "more lines than one");
	return json;
}

static cJSON *json_one(trace_write_fn *write, const struct trace *trace)
{
	return json_of(write, &trace, 1);
}

/* A request with a step that takes no time at its end, two at one time, and a child of one of
 * these. */
static struct trace nested(void)
{
	const struct trace_span spans[] = {
	    hand_span("exec", SPENT_CONTROL, TRACE_NO_NODE, 0, 1000, HAND_NONE),
	    hand_span("read", SPENT_CONTROL, TRACE_NO_NODE, 0, 300, 0),
	    hand_span("link", SPENT_LINK, 3, 300, 900, 0),
	    hand_span("none", SPENT_QUEUE, 3, 500, 500, 2),
	    hand_span("none again", SPENT_QUEUE, 3, 500, 500, 2),
	    hand_span("in none", SPENT_QUEUE, 3, 500, 500, 4),
	    hand_span("sum", SPENT_SERVICE, 3, 500, 900, 2),
	    hand_span("end", SPENT_RUNNING, 3, 900, 900, 6),
	    hand_span("write", SPENT_CONTROL, TRACE_NO_NODE, 1000, 1000, 0),
	};

	return hand_trace(spans, ARRAY_SIZE(spans));
}

static const cJSON *first(const cJSON *list)
{
	return list ? list->child : NULL;
}

static double number_of(const cJSON *object, const char *name)
{
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, name);

	cr_assert(cJSON_IsNumber(number), "no number %s", name);
	return number->valuedouble;
}

static const char *text_of(const cJSON *object, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	cr_assert(text, "no text %s", name);
	return text;
}

/* In nanoseconds: exact, as the numbers have three digits behind the point. */
static int64_t ns_of(const cJSON *event, const char *name)
{
	double ns = number_of(event, name) * 1000;
	int64_t whole = (int64_t)(ns + 0.5);

	cr_assert(ns - (double)whole < 1e-3 && (double)whole - ns < 1e-3);
	return whole;
}

/* The rules by which the viewers keep all that there is. */
static const cJSON *check_chrome(const cJSON *json, size_t count)
{
	const cJSON *events = cJSON_GetObjectItemCaseSensitive(json, "traceEvents");
	const cJSON *a;
	const cJSON *b;

	cr_assert_eq((size_t)cJSON_GetArraySize(events), count);
	for (a = first(events); a; a = a->next) {
		/* As a reader adds them. */
		double begin = number_of(a, "ts");
		double end = begin + number_of(a, "dur");
		cr_assert_str_eq(text_of(a, "ph"), "X");
		cr_assert(*text_of(a, "name"));
		cr_assert_eq(number_of(a, "pid"), 1);
		cr_assert_eq(number_of(a, "tid"), (int)number_of(a, "tid"));
		cr_assert_geq(ns_of(a, "ts"), 0);
		cr_assert_gt(ns_of(a, "dur"), 0);
		for (b = a->next; b; b = b->next) {
			double from = number_of(b, "ts");
			double to = from + number_of(b, "dur");
			bool apart = to < begin || from > end;
			bool within = (from >= begin && to < end) || (begin >= from && end < to);
			if (number_of(a, "tid") == number_of(b, "tid"))
				cr_assert(apart || within, "%s and %s overlap", text_of(a, "name"),
				          text_of(b, "name"));
		}
	}
	return events;
}

static const cJSON *named(const cJSON *list, const char *name)
{
	const cJSON *item;

	for (item = first(list); item; item = item->next)
		if (strcmp(text_of(item, "name"), name) == 0)
			return item;
	cr_assert_fail("there is no %s", name);
	return NULL;
}

Test(trace_formats, chrome_gives_each_span_as_it_is)
{
	struct trace trace = nested();
	cJSON *json = json_one(trace_chrome_write, &trace);
	const cJSON *events = check_chrome(json, trace.count);
	const cJSON *sum = named(events, "sum (worker 3, 1003)");

	cr_assert_eq(ns_of(named(events, "exec (dtreed, 640)"), "ts"), 0);
	cr_assert_leq(llabs(ns_of(sum, "ts") - 500), 8, "moved by what takes no time, not more");
	cr_assert_leq(llabs(ns_of(sum, "dur") - 400), 8);
	cr_assert_str_eq(text_of(sum, "cat"), "service");
	cr_assert_eq(number_of(sum, "tid"), 1);
	cJSON_Delete(json);
	trace_clear(&trace);
}

Test(trace_formats, chrome_keeps_a_child_within_the_parent_whose_begin_and_end_it_shares)
{
	struct trace trace = nested();
	cJSON *json = json_one(trace_chrome_write, &trace);
	const cJSON *events = check_chrome(json, trace.count);
	const cJSON *parent = named(events, "none again (worker 3, 1003)");
	const cJSON *child = named(events, "in none (worker 3, 1003)");

	cr_assert_geq(ns_of(child, "ts"), ns_of(parent, "ts"));
	cr_assert_leq(ns_of(child, "ts") + ns_of(child, "dur"),
	              ns_of(parent, "ts") + ns_of(parent, "dur"));
	cJSON_Delete(json);
	trace_clear(&trace);
}

Test(trace_formats, chrome_cuts_a_child_that_leaves_its_parent)
{
	const struct trace_span spans[] = {
	    hand_span("a", SPENT_CONTROL, TRACE_NO_NODE, 100, 200, HAND_NONE),
	    hand_span("b", SPENT_LINK, 1, 50, 400, 0),
	    hand_span("c", SPENT_LINK, 1, 300, 400, 1),
	};
	struct trace trace = hand_trace(spans, ARRAY_SIZE(spans));
	cJSON *json = json_one(trace_chrome_write, &trace);
	const cJSON *events = check_chrome(json, 3);

	cr_assert_eq(ns_of(named(events, "b (worker 1, 1001)"), "ts"), 100);
	cr_assert_leq(ns_of(named(events, "b (worker 1, 1001)"), "dur"), 104);
	cJSON_Delete(json);
	trace_clear(&trace);
}

/* 300 branches that are all under way at once, each with a step in it. */
static struct trace branched(void)
{
	struct trace_span spans[601];

	spans[0] = hand_span("pingall", SPENT_CONTROL, TRACE_NO_NODE, 0, 1000000, HAND_NONE);
	for (int i = 0; i < 300; i++)
		spans[1 + i] =
		    hand_span("link", SPENT_LINK, i, 10 * i, 500000 + (i * 7919) % 1000, 0);
	for (int i = 0; i < 300; i++)
		spans[301 + i] = hand_span("node", SPENT_RUNNING, i, 4000 + 10 * i, 4000 + 20 * i,
		                           (size_t)(1 + i));
	return hand_trace(spans, 601);
}

Test(trace_formats, chrome_puts_what_is_under_way_at_once_into_threads_of_its_own)
{
	struct trace trace = branched();
	cJSON *json = json_one(trace_chrome_write, &trace);
	const cJSON *event;
	int most = 0;

	for (event = first(check_chrome(json, trace.count)); event; event = event->next)
		if (number_of(event, "tid") > most)
			most = (int)number_of(event, "tid");
	cr_assert_eq(most, 300);
	cJSON_Delete(json);
	trace_clear(&trace);
}

Test(trace_formats, chrome_sets_requests_apart_by_their_starts)
{
	struct trace first = nested();
	struct trace second = nested();
	const struct trace *both[] = {&first, &second};
	const cJSON *events;
	cJSON *json;

	second.start_us = first.start_us + 70;
	json = json_of(trace_chrome_write, both, 2);
	events = check_chrome(json, 2 * first.count);
	cr_assert_eq(ns_of(cJSON_GetArrayItem(events, (int)first.count), "ts"), 70000);
	cr_assert_eq(number_of(cJSON_GetArrayItem(events, (int)first.count), "tid"), 1);
	cJSON_Delete(json);
	trace_clear(&first);
	trace_clear(&second);
}

static struct trace hostile(void)
{
	struct trace_span span = hand_span(HOSTILE, SPENT_SERVICE, 3, 0, 100, HAND_NONE);

	span.detail = mem_string(HOSTILE);
	free(span.process);
	span.process = mem_string(HOSTILE);
	return hand_trace(&span, 1);
}

Test(trace_formats, json_of_hostile_names_is_json_with_what_is_no_text_replaced)
{
	struct trace trace = hostile();
	cJSON *chrome = json_one(trace_chrome_write, &trace);
	cJSON *otlp = json_one(trace_otlp_write, &trace);
	const cJSON *event = cJSON_GetArrayItem(cJSON_GetObjectItem(chrome, "traceEvents"), 0);

	cr_assert_eq(strncmp(text_of(event, "name"), "a\"b'<c>&\\ \x01\x1b\x7f\n\xef\xbf\xbd", 17),
	             0, "%s", text_of(event, "name"));
	cJSON_Delete(chrome);
	cJSON_Delete(otlp);
	trace_clear(&trace);
}

/* Each '<' of a text must be markup of ours, each '&' an entity. */
static void check_xml(const char *text)
{
	static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
	size_t open = 0;

	for (const char *s = text; *s; s++) {
		bool good = (unsigned char)*s >= 0x20 || *s == '\n';
		cr_assert(good && *s != 0x7f, "a control byte at %.40s", s);
		cr_assert(strncmp(s, "\xef\xbf\xbe", 3) && strncmp(s, "\xef\xbf\xbf", 3));
		if (*s == '<')
			cr_assert(open++ == 0 && strchr("?/abcdefghijklmnopqrstuvwxyz", s[1]),
			          "not ours: %.40s", s);
		if (*s == '>')
			cr_assert(open-- == 1, "not ours: %.40s", s);
		if (*s != '&')
			continue;
		good = false;
		for (size_t i = 0; i < ARRAY_SIZE(entities); i++)
			good |= strncmp(s, entities[i], strlen(entities[i])) == 0;
		cr_assert(good, "no entity: %.40s", s);
	}
}

Test(trace_formats, svg_of_hostile_names_has_no_markup_but_its_own)
{
	struct trace trace = hostile();
	const struct trace *one = &trace;
	cleanup_free char *text = written(trace_svg_write, &one, 1);

	check_xml(text);
	cr_assert(strstr(
	    text, "a&quot;b&#39;&lt;c&gt;&amp;\\ \\x01\\x1b\\x7f\\n\\xff\xef\xbf\xbd]]&gt;"));
	trace_clear(&trace);
}

static size_t times_in(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		n++;
	}
	return n;
}

Test(trace_formats, svg_has_a_lane_for_each_process_and_a_title_for_each_span)
{
	struct trace trace = branched();
	const struct trace *one = &trace;
	cleanup_free char *text = written(trace_svg_write, &one, 1);

	check_xml(text);
	cr_assert_eq(times_in(text, "<g>"), 601);
	cr_assert_eq(times_in(text, "<g>"), times_in(text, "</g>"));
	cr_assert_eq(times_in(text, "<title>"), 602);
	cr_assert_eq(times_in(text, ">worker "), 300);
	cr_assert(strstr(text, ">worker 299</tspan>"));
	trace_clear(&trace);
}

Test(trace_formats, svg_has_a_legend_of_the_kinds_that_there_are)
{
	struct trace trace = nested();
	const struct trace *one = &trace;
	cleanup_free char *text = written(trace_svg_write, &one, 1);

	cr_assert(strstr(text, ">service 0.4 us, 40.0 %<"), "%s", text);
	cr_assert(strstr(text, ">link 0.2 us, 20.0 %<"));
	cr_assert_not(strstr(text, ">disk "));
	trace_clear(&trace);
}

/* x of the full bars of a kind, one after the other. */
Test(trace_formats, svg_draws_a_span_full_only_where_the_time_is_its_own)
{
	const struct trace_span spans[] = {
	    hand_span("exec", SPENT_CONTROL, TRACE_NO_NODE, 0, 1026, HAND_NONE),
	    hand_span("link", SPENT_LINK, 3, 100, 900, 0),
	};
	struct trace trace = hand_trace(spans, ARRAY_SIZE(spans));
	const struct trace *one = &trace;
	cleanup_free char *text = written(trace_svg_write, &one, 1);

	/* 1,026 pixels from 150 on: one for each nanosecond. */
	cr_assert(
	    strstr(text, "x=\"150.00\" y=\"69\" width=\"100.00\" height=\"17\" fill=\"url(#k0)\""),
	    "%s", text);
	cr_assert(strstr(
	    text, "x=\"1050.00\" y=\"69\" width=\"126.00\" height=\"17\" fill=\"url(#k0)\""));
	cr_assert(
	    strstr(text, "x=\"250.00\" y=\"99\" width=\"800.00\" height=\"17\" fill=\"url(#k2)\""));
	trace_clear(&trace);
}

Test(trace_formats, a_trace_without_a_span_or_without_a_time_is_no_fault)
{
	const struct trace_span nothing = hand_span("a", SPENT_CONTROL, 1, 0, 0, HAND_NONE);
	struct trace traces[] = {hand_trace(NULL, 0), hand_trace(&nothing, 1)};

	for (size_t i = 0; i < ARRAY_SIZE(traces); i++) {
		for (size_t f = 0; trace_format_at(f); f++) {
			const struct trace *one = &traces[i];
			cleanup_free char *text = written(trace_format_at(f)->write, &one, 1);
			cr_assert(*text);
			cr_assert_not(strstr(text, "nan") || strstr(text, "inf\""), "%s", text);
		}
		trace_clear(&traces[i]);
	}
}

static bool is_hex(const char *text, size_t n)
{
	return strlen(text) == n && strspn(text, "0123456789abcdef") == n && strspn(text, "0") < n;
}

/* Checks the shape, and gives the spans of all resources in one list. */
static cJSON *otlp_spans(const cJSON *json)
{
	const cJSON *resources = cJSON_GetObjectItemCaseSensitive(json, "resourceSpans");
	cJSON *all = cJSON_CreateArray();
	const cJSON *resource;
	const cJSON *scope;
	const cJSON *span;

	for (resource = first(resources); resource; resource = resource->next)
		for (scope = first(cJSON_GetObjectItem(resource, "scopeSpans")); scope;
		     scope = scope->next)
			for (span = first(cJSON_GetObjectItem(scope, "spans")); span;
			     span = span->next) {
				cr_assert(is_hex(text_of(span, "traceId"), 32));
				cr_assert(is_hex(text_of(span, "spanId"), 16));
				cr_assert(strlen(text_of(span, "startTimeUnixNano")) >= 10);
				cr_assert(cJSON_IsNumber(cJSON_GetObjectItem(span, "kind")));
				cJSON_AddItemReferenceToArray(all, (cJSON *)span);
			}
	return all;
}

Test(trace_formats, otlp_has_a_resource_for_each_process_and_the_ids_that_were_asked_for)
{
	struct trace trace = nested();
	cJSON *json = json_one(trace_otlp_write, &trace);
	cJSON *spans = otlp_spans(json);
	const cJSON *exec = named(spans, "exec");
	char id[17];

	cr_assert_eq(cJSON_GetArraySize(cJSON_GetObjectItem(json, "resourceSpans")), 2);
	cr_assert_eq((size_t)cJSON_GetArraySize(spans), trace.count);
	snprintf(id, sizeof id, "%016llx", (unsigned long long)trace_ids_span(&ids, 0));
	cr_assert_str_eq(text_of(exec, "spanId"), id);
	cr_assert_str_eq(text_of(exec, "parentSpanId"), CALLER);
	cr_assert_str_eq(text_of(exec, "traceId"), TRACE_ID);
	cr_assert_str_eq(text_of(named(spans, "link"), "parentSpanId"), id);
	cr_assert_str_eq(text_of(named(spans, "sum"), "parentSpanId"),
	                 text_of(named(spans, "link"), "spanId"));
	/* The start, and the wall clock's lead of a second. */
	cr_assert_str_eq(text_of(exec, "startTimeUnixNano"), "6000000000");
	cr_assert_str_eq(text_of(named(spans, "sum"), "startTimeUnixNano"), "6000000500");
	cr_assert_str_eq(text_of(named(spans, "sum"), "endTimeUnixNano"), "6000000900");
	cJSON_Delete(spans);
	cJSON_Delete(json);
	trace_clear(&trace);
}

Test(trace_formats, otlp_gives_no_two_spans_one_id)
{
	struct trace trace = branched();
	const struct trace *both[] = {&trace, &trace};
	cJSON *json = json_of(trace_otlp_write, both, 2);
	cJSON *spans = otlp_spans(json);
	const cJSON *a;
	const cJSON *b;

	cr_assert_eq(cJSON_GetArraySize(spans), 1202);
	for (a = first(spans); a; a = a->next)
		for (b = a->next; b; b = b->next)
			cr_assert_str_neq(text_of(a, "spanId"), text_of(b, "spanId"));
	cJSON_Delete(spans);
	cJSON_Delete(json);
	trace_clear(&trace);
}
