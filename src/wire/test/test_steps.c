/* The payload of MSG_TRACE. */
#include "wire/steps.h"

#include <criterion/criterion.h>
#include <string.h>

#include "wire/bytes.h"

Test(steps, what_is_written_is_read)
{
	struct steps steps = {0};
	struct buffer bytes = {0};
	struct steps back;
	struct error err;

	steps_add(&steps, STEP_QUEUE, 10, 20, 3, 2);
	steps_add(&steps, STEP_SERVICE, 20, UINT64_MAX, UINT32_MAX, 0);
	steps_write(&steps, &bytes);
	cr_assert_eq(steps_read(buffer_bytes(&bytes), buffer_size(&bytes), &back, &err), 0);
	cr_assert_eq(back.count, 2);
	cr_expect_eq(back.items[0].what, STEP_QUEUE);
	cr_expect_eq(back.items[0].begin, 10);
	cr_expect_eq(back.items[0].end, 20);
	cr_expect_eq(back.items[0].a, 3);
	cr_expect_eq(back.items[0].b, 2);
	cr_expect_eq(back.items[1].end, UINT64_MAX);
	cr_expect_eq(back.items[1].a, UINT32_MAX);
	buffer_free(&bytes);
}

Test(steps, what_took_no_time_and_what_finds_no_room_is_left_out)
{
	struct steps steps = {0};

	steps_add(&steps, STEP_QUEUE, 0, 20, 0, 0);
	steps_add(&steps, STEP_QUEUE, 20, 20, 0, 0);
	steps_add(&steps, STEP_QUEUE, 21, 20, 0, 0);
	cr_assert_eq(steps.count, 0);
	for (uint64_t i = 1; i < 2 * STEPS_MAX; i++)
		steps_add(&steps, STEP_QUEUE, i, i + 1, 0, 0);
	cr_assert_eq(steps.count, STEPS_MAX);
}

static void expect_refused(const char *bytes, size_t size)
{
	struct steps steps;
	struct error err = {0};

	cr_expect_eq(steps_read(bytes, size, &steps, &err), -1, "%zu bytes", size);
	cr_expect_eq(err.code, ERR_PARSE);
}

Test(steps, what_cannot_be_is_refused)
{
	char bytes[(STEPS_MAX + 1) * STEP_SIZE] = {0};

	for (size_t size = 1; size < STEP_SIZE; size++)
		expect_refused(bytes, size);
	expect_refused(bytes, sizeof bytes);
	put32(bytes, STEP_WHATS);
	expect_refused(bytes, STEP_SIZE);
	put32(bytes, UINT32_MAX);
	expect_refused(bytes, STEP_SIZE);
	put32(bytes, STEP_QUEUE);
	put64(bytes + 4, 7);
	put64(bytes + 12, 6);
	expect_refused(bytes, STEP_SIZE);
}

Test(steps, each_has_a_name_and_a_kind)
{
	for (int what = 0; what < STEP_WHATS; what++) {
		cr_assert(step_name((enum step_what)what), "%d", what);
		cr_assert(step_kind_name(step_kind((enum step_what)what)), "%d", what);
	}
}

Test(steps, a_kind_is_read_by_its_name)
{
	enum step_kind back;

	for (int kind = 0; kind < STEP_KINDS; kind++) {
		cr_assert_eq(step_kind_read(step_kind_name((enum step_kind)kind), &back), 0);
		cr_expect_eq((int)back, kind);
	}
	cr_assert_eq(step_kind_read("links", &back), -1);
	cr_assert_eq(step_kind_read("", &back), -1);
}
