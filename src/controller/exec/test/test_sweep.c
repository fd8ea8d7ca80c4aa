/* Sweeps: who is sent them, and when their user hears that nobody is waited for any more. */
#include "controller/exec/sweep.h"

#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/parse.h"
#include "controller/exec/test/sweep_fixture.h"

static size_t heard; /* tallies */
static size_t lasts; /* of them */
static size_t rests;
static struct sweep *sweep;

static void set_up(void)
{
	sweep_set_up();
	heard = lasts = rests = 0;
}

TestSuite(sweep, .timeout = 60, .init = set_up, .fini = sweep_tear_down);

static void on_heard(void *arg, int from, const struct tally_view *view, bool last)
{
	(void)arg;
	cr_assert_eq(view->kind, TALLY_PING);
	cr_assert_neq(from, NODE_CONTROLLER);
	heard++;
	lasts += last;
}

static void on_rest(void *arg)
{
	(void)arg;
	rests++;
}

static const struct sweep_user user = {.heard = on_heard, .rest = on_rest};

static void start(const int *ids, size_t count)
{
	const struct sweep_order order = {
	    .kind = TALLY_PING, .deadline = clock_ms() + 60000, .ids = ids, .count = count};

	sweep = sweep_start(&world, &order, &user, NULL);
}

static const int all[] = {5, 6, 7};

static void say_nothing(int id, size_t nth, unsigned flags)
{
	struct tally t = {.kind = TALLY_PING};

	sweep_say(id, sweep_sent(id, nth), &t, flags);
}

static void await_rest(void)
{
	while (!rests)
		ev_run(world.loop, EVRUN_ONCE);
}

Test(sweep, goes_to_those_whose_parent_is_not_in_its_set)
{
	sweep_link_below();
	start(all, ARRAY_SIZE(all));
	cr_assert_eq(posted_count, 2);
	cr_assert_eq(sweep_sent_count(5), 1);
	cr_assert_eq(sweep_sent_count(7), 1);
	cr_assert_eq(sweep_sent(5, 0)->request, sweep_sent(7, 0)->request);
}

Test(sweep, goes_to_a_node_below_one_that_is_not_in_its_set)
{
	const int some[] = {6, 7};

	sweep_link_below();
	start(some, ARRAY_SIZE(some));
	cr_assert_eq(posted_count, 2);
	cr_assert_eq(sweep_sent_count(6), 1);
}

Test(sweep, goes_to_no_head_below_which_hangs_what_has_moved_elsewhere)
{
	const int some[] = {5, 7};

	/* The link of 6 leads to 5, and its place is below the controller. */
	sweep_link_below();
	start(some, ARRAY_SIZE(some));
	cr_assert_eq(sweep_sent_count(5), 0);
	cr_assert_eq(sweep_sent_count(7), 1);
	say_nothing(7, 0, FLAG_LAST);
	await_rest();
	sweep_alone(sweep, node_find(world.nodes, 5));
	cr_assert_eq(sweep_sent_count(5), 1);
}

Test(sweep, rests_when_each_head_has_said_its_last)
{
	start(all, ARRAY_SIZE(all));
	say_nothing(5, 0, 0);
	say_nothing(5, 0, FLAG_LAST);
	say_nothing(6, 0, FLAG_LAST);
	cr_assert_eq(rests, 0);
	say_nothing(7, 0, FLAG_LAST);
	cr_assert_eq(rests, 1);
	cr_assert_eq(heard, 4);
	cr_assert_eq(lasts, 3);
}

Test(sweep, without_a_head_rests_when_the_loop_has_turned)
{
	sweep_die(&node);
	start(all, 1);
	cr_assert_eq(posted_count, 0);
	cr_assert_eq(rests, 0);
	exec_turn();
	cr_assert_geq(rests, 1);
}

Test(sweep, is_not_for_what_has_not_adopted_this_controller)
{
	sweep_link_below();
	fellows[0].link.unadopted = true;
	start(all, ARRAY_SIZE(all));
	cr_assert_eq(posted_count, 1);
	cr_assert_eq(sweep_sent_count(7), 1);
}

Test(sweep, does_not_wait_for_a_head_that_got_another_link)
{
	start(all, 1);
	node.link.generation++;
	await_rest();
	cr_assert_eq(heard, 0);
}

Test(sweep, does_not_wait_for_a_head_whose_way_was_cut)
{
	start(all, 1);
	node.traffic.way++;
	await_rest();
}

Test(sweep, does_not_wait_for_a_head_that_died)
{
	start(all, 1);
	sweep_die(&node);
	await_rest();
}

Test(sweep, does_not_wait_for_another_life_of_a_head)
{
	start(all, 1);
	sweep_live_again(&node);
	say_nothing(5, 0, FLAG_LAST);
	cr_assert_eq(rests, 0);
	await_rest();
}

Test(sweep, is_not_sent_to_one_that_has_not_answered_the_last_ones)
{
	for (size_t i = 0; i <= SWEEP_OWED; i++)
		start(all, 1);
	cr_assert_eq(sweep_sent_count(5), SWEEP_OWED);
	sweep_alone(sweep, &node);
	cr_assert_eq(sweep_sent_count(5), SWEEP_OWED);
	say_nothing(5, 0, FLAG_LAST);
	start(all, 1);
	cr_assert_eq(sweep_sent_count(5), SWEEP_OWED + 1);
}

Test(sweep, over_another_link_is_sent_again)
{
	for (size_t i = 0; i <= SWEEP_OWED; i++)
		start(all, 1);
	node.link.generation++;
	start(all, 1);
	cr_assert_eq(sweep_sent_count(5), SWEEP_OWED + 1);
}

Test(sweep, names_the_newest_life_that_it_is_for)
{
	sweep_die(&fellows[1]); /* the youngest, which may live when it gets there */
	start(all, ARRAY_SIZE(all));
	cr_assert_eq(sweep_sent(5, 0)->newest, INCARNATION(7));
	sweep_live_again(&fellows[0]);
	sweep_alone(sweep, &fellows[0]);
	cr_assert_eq(sweep_sent(6, 1)->newest, INCARNATION(6) + 10);
	cr_assert_eq(sweep_sent(6, 1)->flags, FLAG_ALONE);
}

Test(sweep, drops_what_is_no_tally_of_its_kind)
{
	struct tally t = {.kind = TALLY_COUNT};

	start(all, 1);
	sweep_say(5, sweep_sent(5, 0), &t, FLAG_LAST);
	cr_assert_eq(heard, 0);
	cr_assert_eq(rests, 0);
}

Test(sweep, that_has_ended_hears_nothing)
{
	start(all, 1);
	sweep_end(sweep);
	say_nothing(5, 0, FLAG_LAST);
	cr_assert_eq(heard, 0);
	cr_assert_eq(rests, 0);
}
