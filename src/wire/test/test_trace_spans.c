/* Spans as a trace. */
#include "wire/trace_spans.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "wire/trace_ids.h"
#include "wire/trace_otlp.h"

TestSuite(trace_spans, .timeout = 60);

static size_t made(struct span **spans)
{
	struct visit visits[2] = {{.node = SPAN_DTREED,
	                           .up = SPAN_DTREED,
	                           .depth = 1,
	                           .pid = 640,
	                           .name = "exec",
	                           .in = 7001500,
	                           .left = 7002000,
	                           .back = 7009000,
	                           .out = 7010000},
	                          {.node = 3,
	                           .up = SPAN_DTREED,
	                           .depth = 2,
	                           .pid = 655,
	                           .name = "nap",
	                           .in = 7003000,
	                           .out = 7008000,
	                           .heard = 7009000}};

	steps_add(&visits[1].steps, STEP_QUEUE, 7003000, 7004000, 2, 1);
	steps_add(&visits[1].steps, STEP_PROGRAM, 7004000, 7007500, 4711, 0);
	return spans_make(visits, 2, spans);
}

Test(trace_spans, all_of_a_span_is_told_from_the_start_on)
{
	struct span *spans;
	size_t count = made(&spans);
	struct trace trace;
	int64_t sum = 0;

	trace_of_spans(&trace, spans, count);
	cr_assert_eq(trace.count, count);
	cr_expect_eq(trace.start_us, 7001);
	cr_expect_str_eq(trace.spans[0].name, "exec");
	cr_expect_eq(trace.spans[0].begin, 500);
	cr_expect_eq(trace.spans[0].end, 9000);
	cr_expect_eq(trace.spans[0].parent, TRACE_NO_PARENT);
	cr_expect_eq(trace.spans[0].node, TRACE_NO_NODE);
	for (size_t i = 1; i < count; i++)
		cr_expect_lt(trace.spans[i].parent, i);
	for (size_t i = 0; i < STEP_KINDS; i++)
		sum += trace.shares[i];
	cr_expect_eq(sum, 8500);
	cr_expect_eq(trace.total, 8500);
	cr_expect_eq(trace.shares[SPENT_PROGRAM], 3500);
	cr_expect_eq(trace.shares[SPENT_QUEUE], 1000);
	trace_clear(&trace);
	free(spans);
}

Test(trace_spans, who_tells_them_and_what_they_say_is_in_the_form_of_opentelemetry)
{
	struct span *spans;
	size_t count = made(&spans);
	struct trace_ids ids;
	struct trace trace;
	const struct trace *traces[] = {&trace};
	struct buffer out = {0};

	trace_of_spans(&trace, spans, count);
	trace_ids_make(&ids, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
	trace_otlp_write(
	    &out,
	    &(struct trace_set){
	        .traces = traces, .count = 1, .teller = "dtreed", .ids = &ids, .wall_us = 1000000});
	buffer_add(&out, "", 1);
	cr_expect(strstr(buffer_bytes(&out), "{\"name\":\"dtreed\",\"version\":\""));
	cr_expect(strstr(buffer_bytes(&out), "0af7651916cd43dd8448eb211c80319c"));
	cr_expect(strstr(buffer_bytes(&out), "\"parentSpanId\":\"b7ad6b7169203331\""));
	cr_expect(strstr(buffer_bytes(&out), "\"startTimeUnixNano\":\"1007001500\""));
	cr_expect(strstr(buffer_bytes(&out), "behind 2 requests of 1 session"));
	buffer_free(&out);
	trace_clear(&trace);
	free(spans);
}
