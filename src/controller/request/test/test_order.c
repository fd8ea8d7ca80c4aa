/* The order of a session's requests: what starts when, and which answer waits for which. */
#include "controller/request/test/request_fixture.h"

#include <criterion/criterion.h>

TestSuite(order, .timeout = 60);

Test(order, outcomes_leave_a_lane_in_its_order, .init = set_up, .fini = tear_down)
{
	struct request *first = ask(&later, 1);
	struct request *second = ask(&later, 2);
	struct request *third = ask(&later, 3);

	finish(third);
	turn();
	finish(second);
	turn();
	cr_assert_eq(told_count, 0);
	finish(first);
	turn();
	cr_assert_eq(told_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_told(i, i + 1, ERR_NONE);
}

Test(order, a_barrier_starts_when_what_stood_before_it_is_told, .init = set_up, .fini = tear_down)
{
	struct request *first = ask(&later, 1);
	const struct request *second = ask(&barrier, 2);

	ask(&at_once, 3);
	finish(first);
	cr_assert_eq(second->phase, PHASE_WAITING);
	turn();
	cr_assert_eq(second->phase, PHASE_SENT);
	cr_assert_eq(told_count, 1);
	finish(request_find(all, second->id));
	turn();
	assert_told(1, 2, ERR_NONE);
	assert_told(2, 3, ERR_NONE);
}

Test(order, what_ends_as_it_is_asked_holds_up_no_barrier, .init = set_up, .fini = tear_down)
{
	struct request *create;

	ask(&at_once, 1);
	ask(&brief_barrier, 2);
	create = ask(&barrier, 3);
	cr_assert_eq(create->phase, PHASE_SENT);
	cr_assert_eq(told_count, 0);
	finish(create);
	turn();
	for (size_t i = 0; i < 3; i++)
		assert_told(i, i + 1, ERR_NONE);
	cr_assert_eq(session->barriers, 0);
}

Test(order, what_waits_for_barriers_starts_when_the_last_is_told, .init = set_up, .fini = tear_down)
{
	struct request *create = ask(&barrier, 1);
	struct request *kill = request_submit(
	    all, session,
	    &(struct request_spec){
	        .kind = &barrier, .node = 7, .in_lane = true, .done = note, .arg = (void *)2});

	request_submit(all, session,
	               &(struct request_spec){
	                   .kind = &behind_barriers, .node = -1, .done = note, .arg = (void *)3});
	/* This one it does not wait for. */
	request_submit(all, session,
	               &(struct request_spec){.kind = &barrier, .node = 8, .in_lane = true});
	finish(kill);
	turn();
	assert_told(0, 2, ERR_NONE);
	cr_assert_eq(told_count, 1);
	finish(create);
	turn();
	assert_told(1, 1, ERR_NONE);
	assert_told(2, 3, ERR_NONE);
}

static void never_sent(struct controller *c, struct node *n, struct request *r)
{
	(void)c;
	(void)n;
	(void)r;
}

static bool complete;

static void start_stream(struct controller *c, struct request *r)
{
	(void)c;
	complete = request_may_complete(r);
}

Test(order, a_stream_does_not_overtake_what_is_not_sent, .init = set_up, .fini = tear_down)
{
	static const struct request_kind exec = {
	    .name = "exec", .start = start, .expire = expire, .send = never_sent};
	static const struct request_kind stream = {
	    .name = "stream", .stream = true, .start = start, .expire = expire, .send = never_sent};
	static const struct request_kind restarted = {.name = "stream",
	                                              .stream = true,
	                                              .start = start_stream,
	                                              .expire = expire,
	                                              .send = never_sent};
	struct request *first = ask(&exec, 1);
	struct request *second = ask(&stream, 2);

	second->at_node = true;
	second->kind = &restarted;
	cr_assert(!request_may_complete(second));
	turn();
	cr_assert(!complete);
	first->at_node = true;
	request_sent(all, first);
	turn();
	cr_assert(complete);
}

static struct request *ask_unordered(const struct request_kind *kind, uintptr_t who)
{
	return request_submit(all, session,
	                      &(struct request_spec){.kind = kind,
	                                             .node = NODE,
	                                             .in_lane = true,
	                                             .unordered = true,
	                                             .done = note,
	                                             .arg = (void *)who});
}

Test(order, what_is_unordered_is_told_when_it_is_known, .init = set_up, .fini = tear_down)
{
	struct request *first = ask(&later, 1);
	struct request *second = ask_unordered(&later, 2);
	struct request *third = ask(&later, 3);

	finish(second);
	turn();
	cr_assert_eq(told_count, 1);
	assert_told(0, 2, ERR_NONE);
	finish(third);
	turn();
	cr_assert_eq(told_count, 1);
	finish(first);
	turn();
	cr_assert_eq(told_count, 3);
	assert_told(1, 1, ERR_NONE);
	assert_told(2, 3, ERR_NONE);
}

Test(order, what_is_unordered_holds_up_no_answer, .init = set_up, .fini = tear_down)
{
	struct request *first = ask_unordered(&later, 1);
	struct request *second = ask(&later, 2);

	finish(second);
	turn();
	cr_assert_eq(told_count, 1);
	assert_told(0, 2, ERR_NONE);
	finish(first);
	turn();
	assert_told(1, 1, ERR_NONE);
}

Test(order, barriers_and_what_is_unordered_wait_for_each_other, .init = set_up, .fini = tear_down)
{
	struct request *first = ask_unordered(&later, 1);
	struct request *create = ask(&barrier, 2);
	struct request *third = ask_unordered(&later, 3);

	cr_assert_eq(create->phase, PHASE_WAITING);
	finish(first);
	turn();
	cr_assert_eq(create->phase, PHASE_SENT);
	cr_assert_eq(third->phase, PHASE_WAITING);
	finish(create);
	turn();
	cr_assert_eq(third->phase, PHASE_SENT);
	finish(third);
	turn();
	cr_assert_eq(told_count, 3);
}

Test(order, a_barrier_waits_for_what_its_asker_has_still_to_read, .init = set_up, .fini = tear_down)
{
	const struct request *kill;

	ask(&read_later, 1);
	kill = ask(&barrier, 2);
	cr_assert_eq(kill->phase, PHASE_WAITING);
	turn();
	assert_told(0, 1, ERR_NONE);
	cr_assert_eq(kill->phase, PHASE_SENT);
}

/* A request that names no node. */
static struct request *ask_without_node(uintptr_t who)
{
	return request_submit(
	    all, session,
	    &(struct request_spec){.kind = &later, .node = -1, .done = note, .arg = (void *)who});
}

Test(order, a_barrier_waits_for_what_was_placed_at_its_node, .init = set_up, .fini = tear_down)
{
	struct request *placed = ask_without_node(1);
	struct request *kill;

	request_place(all, placed, NODE);
	kill = ask(&barrier, 2);
	cr_assert_eq(kill->phase, PHASE_WAITING);
	/* It goes to another node. */
	request_place(all, placed, NODE + 1);
	cr_assert_eq(kill->phase, PHASE_SENT);
	finish(placed);
	turn();
	assert_told(0, 1, ERR_NONE);
	finish(kill);
	turn();
	assert_told(1, 2, ERR_NONE);
	cr_assert_null(session->lanes);
}

Test(order, a_barrier_starts_when_what_was_placed_is_told, .init = set_up, .fini = tear_down)
{
	struct request *placed = ask_without_node(1);
	struct request *kill;

	request_place(all, placed, NODE);
	kill = ask(&barrier, 2);
	finish(placed);
	turn();
	assert_told(0, 1, ERR_NONE);
	cr_assert_eq(kill->phase, PHASE_SENT);
}

Test(order, what_waits_for_barriers_starts_before_a_later_barrier, .init = set_up,
     .fini = tear_down)
{
	struct request *create = ask(&barrier, 1);

	request_submit(all, session,
	               &(struct request_spec){
	                   .kind = &behind_barriers, .node = -1, .done = note, .arg = (void *)2});
	ask(&brief_barrier, 3);
	finish(create);
	turn();
	assert_told(0, 1, ERR_NONE);
	assert_told(1, 2, ERR_NONE);
	assert_told(2, 3, ERR_NONE);
}

Test(order, what_waits_for_a_barrier_starts_and_lets_an_answer_go, .init = set_up,
     .fini = tear_down)
{
	struct request *create = ask(&barrier, 1);
	const struct request *second = ask_unordered(&later, 2);
	struct request *third = ask(&later, 3);

	/* Cancelled while it waited. */
	cr_assert(request_cancel(all, session, (void *)3));
	cr_assert(request_answered(third));
	finish(create);
	turn();
	cr_assert_eq(second->phase, PHASE_SENT);
	turn();
	cr_assert_eq(told_count, 2);
	assert_told(1, 3, ERR_CANCELLED);
}
