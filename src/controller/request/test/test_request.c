/* Requests: what becomes of an outcome, when it is told, and what ends it before. */
#include "controller/request/test/request_fixture.h"

#include <criterion/criterion.h>
#include <poll.h>

TestSuite(request, .timeout = 60);

Test(request, a_large_result_is_handed_over, .init = set_up, .fini = tear_down)
{
	struct request *r = ask(&later, 1);
	const char *bytes;

	buffer_add(&r->result, "large", sizeof "large" - 1);
	bytes = buffer_bytes(&r->result);
	request_finish_large(all, r, &(struct outcome){.id = NODE});
	cr_assert_eq(r->outcome->result, bytes);
	cr_assert_eq(r->outcome->result_size, sizeof "large" - 1);
	cr_assert_null(r->result.data);
	turn();
}

Test(request, an_outcome_is_copied, .init = set_up, .fini = tear_down)
{
	char result[] = "6";
	int ids[] = {1, 2};
	struct request *r = ask(&later, 1);

	request_finish(
	    all, r,
	    &(struct outcome){.result = result, .result_size = 1, .ids = ids, .id_count = 2});
	result[0] = 'x';
	ids[1] = 7;
	cr_assert_eq(r->outcome->result[0], '6');
	cr_assert_eq(r->outcome->ids[1], 2);
	turn();
	cr_assert_eq(told_count, 1);
}

Test(request, the_first_outcome_counts, .init = set_up, .fini = tear_down)
{
	struct request *r = ask(&later, 1);
	struct error err;

	finish(r);
	error_set(&err, ERR_SERVICE, "no");
	request_fail(all, r, &err);
	turn();
	cr_assert_eq(told_count, 1);
	assert_told(0, 1, ERR_NONE);
}

Test(request, what_waited_begins_before_it_is_too_late)
{
	set_up_with(0);
	ask(&later, 1);
	ask(&brief_barrier, 2);
	while (told_count < 2)
		turn();
	assert_told(0, 1, ERR_NODE_UNAVAILABLE);
	assert_told(1, 2, ERR_NONE);
	tear_down();
}

Test(request, a_kept_outcome_is_told_at_its_deadline)
{
	struct request *first;

	set_up_with(0);
	first = ask(&later, 1);
	request_due_in(all, first, 60000);
	finish(ask(&later, 2));
	while (!told_count)
		turn();
	assert_told(0, 2, ERR_NONE);
	tear_down();
}

/* As what its asker then reads takes a moment. */
static const struct request_kind two_in_turn = {
    .name = "two_in_turn", .read_when_told = true, .told_in_turn = 2, .start = start};

Test(request, few_of_a_kind_are_told_in_a_turn_and_a_barrier_waits_for_all, .init = set_up,
     .fini = tear_down)
{
	struct request *asked[5];
	const struct request *end;

	for (uintptr_t i = 0; i < ARRAY_SIZE(asked); i++)
		finish(asked[i] = ask(&two_in_turn, i));
	end = ask(&brief_barrier, 5);
	ask(&at_once, 6);
	while (told_count < 5) {
		size_t before = told_count;
		cr_assert_eq(end->phase, PHASE_WAITING);
		turn();
		cr_assert_leq(told_count, before == 4 ? 7 : before + 2);
	}
	cr_assert_eq(told_count, 7);
	for (uintptr_t i = 0; i < told_count; i++)
		assert_told(i, i, ERR_NONE);
}

Test(request, those_that_nobody_hears_fill_no_turn)
{
	set_up();
	for (uintptr_t i = 0; i < 5; i++)
		finish(ask(&two_in_turn, i));
	turn();
	requests_session_close(all, session);
	turn();
	cr_assert_eq(told_count, 2);
	cr_assert_eq(requests_count(all), 0);
	tear_down();
}

Test(request, what_its_asker_has_still_to_read_can_be_cancelled, .init = set_up, .fini = tear_down)
{
	struct request *first = ask(&later, 1);

	ask(&read_later, 2);
	ask(&at_once, 3);
	cr_assert(request_cancel(all, session, (void *)2));
	cr_assert_not(request_cancel(all, session, (void *)2), "it is");
	cr_assert_not(request_cancel(all, session, (void *)3), "it is done");
	finish(first);
	turn();
	assert_told(1, 2, ERR_CANCELLED);
	assert_told(2, 3, ERR_NONE);
}

Test(request, each_may_have_its_own_time, .init = set_up, .fini = tear_down)
{
	request_submit(all, session,
	               &(struct request_spec){
	                   .kind = &later, .timeout_ms = 20, .done = note, .arg = (void *)1});
	ask(&later, 2);
	while (!told_count) {
		poll(NULL, 0, 1);
		turn();
	}
	assert_told(0, 1, ERR_NODE_UNAVAILABLE);
	cr_assert_eq(told_count, 1);
}

Test(request, what_nobody_listens_to_waits_for_no_turn, .init = set_up, .fini = tear_down)
{
	ask(&later, 1);
	finish(ask(&later, 2));
	turn();
	cr_assert_eq(requests_count(all), 2);
	requests_session_close(all, session);
	turn();
	cr_assert_eq(requests_count(all), 1);
	cr_assert_eq(told_count, 0);
}
