#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ctl/test/trace_sample.h"
#include "ctl/trace.h"
#include "ctl/trace_text.h"
#include "ctl/tracing.h"
#include "wire/json.h"

static int read_text(const char *text, struct trace *trace)
{
	struct error err;
	struct cJSON *json = json_parse(text, strlen(text), 1000, NULL, &err);
	int rc;

	cr_assert(json, "%s", err.text);
	rc = trace_read((const struct dtree_value *)json, trace, &err);
	json_free(json);
	return rc;
}

/* One span of 100 ns with the others in it. */
static int read_spans(const char *others, struct trace *trace)
{
	char text[2048];

	snprintf(text, sizeof text,
	         "{\"start_us\":5,\"spans\":[{\"name\":\"a\",\"kind\":\"control\",\"process\":"
	         "\"dtreed\",\"pid\":1,\"depth\":1,\"begin_ns\":0,\"end_ns\":100}%s]}",
	         others);
	return read_text(text, trace);
}

#define SPAN(kind, begin, end, parent) \
	",{\"name\":\"b\",\"kind\":\"" kind "\",\"process\":\"worker\",\"pid\":2,\"node\":3," \
	"\"depth\":2,\"begin_ns\":" #begin ",\"end_ns\":" #end ",\"parent\":" #parent "}"

Test(trace, reads_all_of_a_span)
{
	struct trace trace;

	cr_assert_eq(read_text(trace_sample, &trace), 0);
	cr_expect_eq(trace.request, 17);
	cr_expect_eq(trace.start_us, 7301000123);
	cr_assert_eq(trace.count, 13);
	cr_expect_str_eq(trace.spans[2].name, "window");
	cr_expect_eq(trace.spans[2].kind, SPENT_QUEUE);
	cr_expect_str_eq(trace.spans[2].process, "dtreed");
	cr_expect_eq(trace.spans[2].node, TRACE_NO_NODE);
	cr_expect_str_eq(trace.spans[2].detail, "behind 3 requests of 2 sessions");
	cr_expect_eq(trace.spans[10].node, 3);
	cr_expect_eq(trace.spans[10].pid, 655);
	cr_expect_eq(trace.spans[10].depth, 3);
	cr_expect_eq(trace.spans[10].parent, 7);
	cr_expect_eq(trace.spans[0].parent, TRACE_NO_PARENT);
	trace_clear(&trace);
	cr_expect_eq(trace.count, 0);
}

Test(trace, shares_add_up)
{
	struct trace trace;
	int64_t sum = 0;

	cr_assert_eq(read_text(trace_sample, &trace), 0);
	for (size_t i = 0; i < STEP_KINDS; i++)
		sum += trace.shares[i];
	cr_expect_eq(trace.total, 310000);
	cr_expect_eq(sum, trace.total);
	cr_expect_eq(trace.shares[SPENT_CONTROL], 44000);
	cr_expect_eq(trace.shares[SPENT_LINK], 142000);
	cr_expect_eq(trace.shares[SPENT_CPU_WAIT], 10000);
	cr_expect_eq(trace.shares[SPENT_DISK], 65500);
	trace_clear(&trace);
}

Test(trace, shares_in_percent_make_a_hundred)
{
	struct buffer out = {0};
	struct trace trace;

	cr_assert_eq(read_spans(SPAN("link", 0, 33, 0) SPAN("disk", 33, 66, 0)
	                            SPAN("queue", 66, 99, 0) SPAN("service", 99, 99, 0),
	                        &trace),
	             0);
	trace.total = 99;
	trace.shares[SPENT_CONTROL] = 0;
	trace_text_write(&out, &trace);
	buffer_add(&out, "", 1);
	cr_expect(strstr(buffer_bytes(&out), "queues 34 %, links 33 %, disk 33 %\n"), "%s",
	          buffer_bytes(&out));
	buffer_free(&out);
	trace_clear(&trace);
}

/* Two branches: the one that ends last is the path, with what is around its steps, and none of the
 * other's, which was under way when that one's first step ended. */
Test(trace, the_critical_path_is_one_branch)
{
	struct buffer out = {0};
	struct trace trace;
	const char *text;

	cr_assert_eq(read_spans(SPAN("link", 0, 40, 0) SPAN("link", 0, 30, 0)
	                            SPAN("cpu wait", 0, 30, 2) SPAN("running", 30, 100, 0)
	                                SPAN("disk", 40, 60, 0),
	                        &trace),
	             0);
	trace_text_write(&out, &trace);
	buffer_add(&out, "", 1);
	text = buffer_bytes(&out);
	cr_expect(strstr(text, "\n       0     worker 3(2): -> b\n       0 *   worker 3(2): -> b\n"
	                       "       0 *     worker 3(2): -> b\n"),
	          "%s", text);
	buffer_free(&out);
	trace_json_write(&out, &trace);
	buffer_add(&out, "", 1);
	text = buffer_bytes(&out);
	cr_expect(strstr(text, "\"end_ns\":30,\"own_ns\":30,\"parent\":2}"), "%s", text);
	cr_expect(strstr(text, "\"end_ns\":30,\"parent\":0}"), "%s", text);
	buffer_free(&out);
	trace_clear(&trace);
}

/* The way back is 20 us, of which dtreectl waited 5; the way there 10, and dtreed had waited
 * longer. */
Test(trace, waits_at_the_ends_of_the_ways_between_dtreectl_and_dtreed_are_named)
{
	const uint64_t start = UINT64_C(7301000123000);
	const struct loop_wake woke = {.at = start + 330000, .waited = 5000};
	const struct trace_span *wait;
	struct trace trace;

	cr_assert_eq(read_text(trace_sample, &trace), 0);
	trace.waited = 15000;
	trace_wrap(&trace, "exec", start - 10000, &woke, start + 340000);
	cr_assert_eq(trace.count, 18);
	wait = &trace.spans[2];
	cr_expect_eq(wait->kind, SPENT_CPU_WAIT);
	cr_expect_str_eq(wait->process, "dtreed");
	cr_expect_eq(wait->pid, 640);
	cr_expect_eq(wait->parent, 1);
	cr_expect(wait->begin == 0 && wait->end == 10000);
	wait = &trace.spans[17];
	cr_expect_eq(wait->kind, SPENT_CPU_WAIT);
	cr_expect_str_eq(wait->process, "dtreectl");
	cr_expect_eq(wait->parent, 16);
	cr_expect(wait->begin == 335000 && wait->end == 340000);
	cr_expect_eq(trace.shares[SPENT_CPU_WAIT], 25000);
	trace_clear(&trace);
}

Test(trace, of_children_at_once_the_last_counts)
{
	struct trace trace;

	cr_assert_eq(read_spans(SPAN("link", 10, 40, 0) SPAN("disk", 20, 90, 0)
	                            SPAN("queue", 30, 50, 0),
	                        &trace),
	             0);
	cr_expect_eq(trace.spans[0].own, 20);
	cr_expect_eq(trace.spans[1].own, 10);
	cr_expect_eq(trace.spans[2].own, 70);
	cr_expect_eq(trace.spans[3].own, 0);
	trace_clear(&trace);
}

Test(trace, refuses_what_cannot_be)
{
	static const char *const bad[] = {
	    SPAN("link", 10, 101, 0),                        /* longer than its parent */
	    SPAN("link", 30, 20, 0),                         /* ends before it begins */
	    SPAN("link", 30, 40, 0) SPAN("link", 20, 30, 0), /* out of order */
	    SPAN("link", 30, 40, 1),                         /* within itself */
	    SPAN("link", 30, 40, 7),                         /* within none */
	    SPAN("luck", 30, 40, 0),
	    ",7",
	};
	struct trace trace;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_expect_eq(read_spans(bad[i], &trace), -1, "%s", bad[i]);
		cr_expect_eq(trace.count, 0);
	}
	cr_expect_eq(read_text("{\"spans\":[]}", &trace), -1);
	cr_expect_eq(read_text("[]", &trace), -1);
}
