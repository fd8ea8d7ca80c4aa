/* Traces that are kept, and the ids that they get. */
#include "ctl/trace_kept.h"

#include <criterion/criterion.h>
#include <string.h>

#include "ctl/test/trace_hand.h"
#include "ctl/trace_formats.h"
#include "ctl/trace_options.h"

TestSuite(trace_kept, .timeout = 60);

static struct trace one_step(void)
{
	const struct trace_span span = hand_span("ping", SPENT_LINK, 3, 0, 1000, HAND_NONE);

	return hand_trace(&span, 1);
}

Test(trace_kept, all_are_in_the_form_that_was_asked_for)
{
	const struct trace_options options = {.repeat = 2};
	struct trace_kept kept = {0};
	struct buffer out = {0};
	struct trace trace;
	struct error err;

	cr_assert_eq(trace_kept_write(&kept, &options, &out, &err), 0);
	cr_assert_eq(buffer_size(&out), 0);
	for (int i = 0; i < 2; i++) {
		trace = one_step();
		trace_kept_add(&kept, &trace);
		cr_assert_eq(trace.count, 0);
	}
	cr_assert_eq(trace_kept_write(&kept, &options, &out, &err), 0);
	buffer_add(&out, "", 1);
	cr_assert(strstr(buffer_bytes(&out), "total of 2: link 100 %"));
	buffer_free(&out);
	trace_kept_clear(&kept);
}

Test(trace_kept, more_steps_than_a_million_are_an_error)
{
	const struct trace_options options = {.repeat = 3};
	struct trace_kept kept = {0};
	struct buffer out = {0};
	struct error err;

	for (int i = 0; i < 2; i++) {
		/* Without names, which nobody reads. */
		struct trace trace = {.count = TRACE_KEPT_STEPS / 2 + 1};
		trace.spans = mem_new_array(trace.count, sizeof *trace.spans);
		trace_kept_add(&kept, &trace);
	}
	cr_assert_eq(kept.count, 1);
	cr_assert_eq(trace_kept_write(&kept, &options, &out, &err), -1);
	cr_assert_eq(err.code, ERR_LIMIT);
	cr_assert_eq(buffer_size(&out), 0);
	trace_kept_clear(&kept);
}

static void reads_back(const struct trace_ids *ids, size_t number)
{
	char text[TRACEPARENT_SIZE + 1];
	char read[TRACEPARENT_SIZE + 1];
	struct error err;

	trace_ids_traceparent(ids, number, text);
	cr_assert_eq(traceparent_read(text, strlen(text), read, &err), 0, "%s", err.text);
	cr_assert_str_eq(text, read);
}

Test(trace_kept, ids_are_those_of_the_caller_or_new_ones)
{
	struct trace_ids caller;
	struct trace_ids one;
	struct trace_ids other;

	trace_ids_make(&caller, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
	cr_assert_str_eq(caller.trace, "0af7651916cd43dd8448eb211c80319c");
	cr_assert_str_eq(caller.parent, "b7ad6b7169203331");
	cr_assert_str_eq(caller.flags, "00");
	trace_ids_make(&one, NULL);
	trace_ids_make(&other, NULL);
	cr_assert_str_neq(one.trace, other.trace);
	cr_assert_str_eq(one.parent, "");
	for (size_t number = 0; number < 1000; number++) {
		reads_back(&caller, number);
		reads_back(&one, number);
		cr_assert_neq(trace_ids_span(&one, number), trace_ids_span(&other, number));
	}
}
