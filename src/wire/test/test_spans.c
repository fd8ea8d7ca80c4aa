/* Visits become spans that lie within each other and add up, whatever nodes say. */
#include "wire/spans.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "wire/test/message_random.h"

static void expect_sound(const struct span *spans, size_t count, uint64_t total)
{
	uint64_t shares[STEP_KINDS];
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		const struct span *span = &spans[i];

		cr_assert_lt(span->begin, span->end);
		if (i)
			cr_assert_leq(spans[i - 1].begin, span->begin);
		if (span->parent == SPAN_TOP)
			continue;
		cr_assert_lt(span->parent, i);
		cr_assert_leq(spans[span->parent].begin, span->begin);
		cr_assert_geq(spans[span->parent].end, span->end);
	}
	spans_shares(spans, count, shares);
	for (size_t i = 0; i < STEP_KINDS; i++)
		sum += shares[i];
	cr_assert_eq(sum, total);
}

static const struct span *span_of(const struct span *spans, size_t count, enum step_what what,
                                  int node)
{
	for (size_t i = 0; i < count; i++)
		if (spans[i].what == what && spans[i].node == node)
			return &spans[i];
	cr_assert_fail("no %s of %d", step_name(what), node);
	return NULL;
}

static void expect_span(const struct span *span, uint64_t begin, uint64_t end, uint64_t own)
{
	cr_expect_eq(span->begin, begin, "%s begins at %llu", span->name,
	             (unsigned long long)span->begin);
	cr_expect_eq(span->end, end, "%s ends at %llu", span->name, (unsigned long long)span->end);
	cr_expect_eq(span->own, own, "%s has %llu", span->name, (unsigned long long)span->own);
}

/* dtreed, node 1, node 2; the visits come in the order in which they are heard of. */
Test(spans, a_way_there_and_back)
{
	struct visit visits[] = {
	    {.node = SPAN_DTREED, .depth = 1, .name = "exec", .in = 100, .left = 120, .out = 300},
	    {.node = 2,
	     .up = 1,
	     .depth = 3,
	     .name = "sum",
	     .in = 160,
	     .out = 200,
	     .heard = 275,
	     .steps = {2, {{STEP_CPU_WAIT, 155, 160, 0, 0}, {STEP_SERVICE, 170, 180, 1, 0}}}},
	    {.node = 1,
	     .up = SPAN_DTREED,
	     .depth = 2,
	     .in = 140,
	     .left = 145,
	     .back = 220,
	     .out = 225,
	     .heard = 280,
	     .steps = {1, {{STEP_CPU_WAIT, 210, 220, 0, 0}}}},
	};
	struct span *spans;
	size_t count = spans_make(visits, 3, &spans);

	expect_sound(spans, count, 200);
	cr_assert_eq(count, 10);
	expect_span(span_of(spans, count, STEP_CONTROL, SPAN_DTREED), 100, 300, 40);
	cr_expect_str_eq(spans[0].name, "exec");
	expect_span(span_of(spans, count, STEP_LINK_DOWN, 1), 120, 140, 20);
	expect_span(span_of(spans, count, STEP_RELAY, 1), 140, 225, 10);
	expect_span(span_of(spans, count, STEP_LINK_DOWN, 2), 145, 160, 10);
	expect_span(span_of(spans, count, STEP_NODE, 2), 160, 200, 30);
	expect_span(span_of(spans, count, STEP_SERVICE, 2), 170, 180, 10);
	cr_expect_str_eq(span_of(spans, count, STEP_SERVICE, 2)->name, "sum");
	expect_span(span_of(spans, count, STEP_CPU_WAIT, 2), 155, 160, 5);
	expect_span(span_of(spans, count, STEP_LINK_UP, 1), 200, 220, 10);
	expect_span(span_of(spans, count, STEP_CPU_WAIT, 1), 210, 220, 10);
	expect_span(span_of(spans, count, STEP_LINK_UP, SPAN_DTREED), 225, 280, 55);
	free(spans);
}

Test(spans, a_node_whose_parent_said_nothing_is_within_the_one_above)
{
	struct visit visits[] = {
	    {.node = SPAN_DTREED, .depth = 1, .in = 100, .left = 120, .out = 300},
	    {.node = 9, .up = 8, .depth = 4, .in = 160, .out = 200, .heard = 250},
	};
	struct span *spans;
	size_t count = spans_make(visits, 2, &spans);

	expect_sound(spans, count, 200);
	expect_span(span_of(spans, count, STEP_LINK_DOWN, 9), 120, 160, 40);
	expect_span(span_of(spans, count, STEP_LINK_UP, SPAN_DTREED), 200, 250, 50);
	free(spans);
}

Test(spans, what_the_program_did_is_its_own)
{
	struct visit visits[] = {
	    {.node = SPAN_DTREED, .depth = 1, .in = 100, .left = 120, .out = 300},
	    {.node = 9,
	     .up = SPAN_DTREED,
	     .depth = 2,
	     .pid = 50,
	     .in = 160,
	     .out = 200,
	     .heard = 250,
	     .steps = {1, {{STEP_PROGRAM, 165, 190, 4711, 0}}}},
	};
	struct span *spans;
	size_t count = spans_make(visits, 2, &spans);
	const struct span *program = span_of(spans, count, STEP_PROGRAM, 9);

	cr_expect_str_eq(program->process, "program");
	cr_expect_eq(program->pid, 4711);
	cr_expect_eq(program->depth, 3);
	expect_span(program, 165, 190, 25);
	free(spans);
}

static uint64_t near(void)
{
	return random_next() % 8 ? 1000 + random_next() % 1000 : random_number();
}

/* Any numbers in any visits. */
Test(spans, are_sound_whatever_nodes_say)
{
	random_open();
	for (int round = 0; round < 2000; round++) {
		struct visit visits[12] = {
		    {.node = SPAN_DTREED, .depth = 1, .in = 1000, .left = 1100, .out = 2000}};
		size_t count = 1 + random_next() % 12;
		struct span *spans;

		for (size_t i = 1; i < count; i++) {
			struct visit *v = &visits[i];

			v->node = (int)(random_next() % 6);
			v->up = (int)(random_next() % 6) - 1;
			v->depth = 2 + (int)(random_next() % 5);
			v->in = near();
			v->left = near();
			v->back = near();
			v->out = near();
			v->heard = near();
			v->steps.count = random_next() % STEPS_MAX;
			for (size_t k = 0; k < v->steps.count; k++)
				v->steps.items[k] =
				    (struct step){(enum step_what)(random_next() % STEP_WHATS),
				                  near(), near(), 1, 1};
		}
		count = spans_make(visits, count, &spans);
		expect_sound(spans, count, 1000);
		free(spans);
	}
}

static void expect_detail(enum step_what what, uint32_t a, uint32_t b, const char *wanted)
{
	struct buffer text = {0};

	span_detail(&(struct span){.what = what, .a = a, .b = b}, &text);
	buffer_add(&text, "", 1);
	cr_expect_str_eq(buffer_bytes(&text), wanted);
	buffer_free(&text);
}

Test(spans, a_queue_says_behind_whom)
{
	expect_detail(STEP_QUEUE, 3, 2, "behind 3 requests of 2 sessions");
	expect_detail(STEP_QUEUE, 1, 1, "behind 1 request of 1 session");
	expect_detail(STEP_WINDOW, 128, 0, "behind 128 requests");
	expect_detail(STEP_QUEUE, 0, 0, "");
	expect_detail(STEP_SERVICE, 1, 0, "1 page fault");
	expect_detail(STEP_PROGRAM, 4711, 0, "");
}
