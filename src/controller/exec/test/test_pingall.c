/* pingall: which nodes are unavailable, which the sweep missed, and how many rounds there are. */
#include "controller/exec/pingall.h"

#include <criterion/criterion.h>

#include "base/parse.h"
#include "controller/exec/test/sweep_fixture.h"

static int missing[8];
static size_t missing_count;

TestSuite(pingall, .timeout = 60, .init = sweep_set_up, .fini = sweep_tear_down);

static void note(void *arg, const struct outcome *outcome)
{
	exec_note(arg, outcome);
	cr_assert_leq(outcome->id_count, ARRAY_SIZE(missing));
	missing_count = outcome->id_count;
	for (size_t i = 0; i < missing_count; i++)
		missing[i] = outcome->ids[i];
}

static void ask(uintptr_t who)
{
	pingall_ask(session, note, (void *)who);
}

/* The node says that these live. */
static void say(int id, size_t nth, const int *ids, size_t count, unsigned flags)
{
	struct tally t = {.kind = TALLY_PING};

	for (size_t i = 0; i < count; i++)
		tally_add_id(&t, ids[i]);
	sweep_say(id, sweep_sent(id, nth), &t, flags);
}

static void say_own(int id, size_t nth)
{
	say(id, nth, &id, 1, FLAG_LAST);
}

Test(pingall, names_those_that_are_down)
{
	sweep_die(&fellows[1]);
	ask(1);
	say_own(5, 0);
	cr_assert_eq(told_count, 0);
	say_own(6, 0);
	exec_turn();
	cr_assert_eq(told_count, 1);
	cr_assert_eq(told[0].error.code, ERR_NONE);
	cr_assert(missing_count == 1 && missing[0] == 7);
}

Test(pingall, is_told_as_soon_as_all_are_heard_of)
{
	const int both[] = {5, 6};

	sweep_link_below();
	ask(1);
	say(5, 0, both, ARRAY_SIZE(both), 0);
	say_own(7, 0);
	exec_turn();
	cr_assert_eq(told_count, 1);
	cr_assert_eq(missing_count, 0);
}

Test(pingall, pings_one_that_the_sweep_missed)
{
	sweep_link_below();
	ask(1);
	say_own(5, 0);
	cr_assert_eq(exec_posted(MSG_PING), 0);
	say_own(7, 0);
	cr_assert_eq(exec_posted(MSG_PING), 1);
	cr_assert_eq(posted[exec_place(MSG_PING, 0)].node, 6);
	exec_answer(exec_place(MSG_PING, 0), 0, "");
	sweep_await_told(1);
	cr_assert_eq(missing_count, 0);
}

Test(pingall, counts_one_once_that_is_heard_of_twice)
{
	ask(1);
	say_own(5, 0);
	say_own(5, 0);
	say_own(6, 0);
	exec_turn();
	cr_assert_eq(told_count, 0);
	say_own(7, 0);
	exec_turn();
	cr_assert_eq(told_count, 1);
}

Test(pingall, believes_nobody_who_speaks_of_what_is_not_there)
{
	const int strangers[] = {99, -5};

	ask(1);
	say(5, 0, strangers, ARRAY_SIZE(strangers), 0);
	exec_turn();
	cr_assert_eq(told_count, 0);
}

Test(pingall, leaves_out_one_that_is_being_created)
{
	fellows[1].life = LIFE_STARTING;
	ask(1);
	say_own(5, 0);
	say_own(6, 0);
	exec_turn();
	cr_assert_eq(told_count, 1);
	cr_assert_eq(missing_count, 0);
}

Test(pingall, that_come_when_many_are_under_way_share_the_next)
{
	for (size_t i = 0; i < PINGALL_ROUNDS + 3; i++)
		ask(i);
	cr_assert_eq(sweep_sent_count(5), PINGALL_ROUNDS);
	for (int id = 5; id <= 7; id++)
		say_own(id, 0);
	exec_turn();
	cr_assert_eq(told_count, 1);
	cr_assert_eq(sweep_sent_count(5), PINGALL_ROUNDS + 1);
	for (int id = 5; id <= 7; id++)
		say_own(id, PINGALL_ROUNDS);
	exec_turn();
	cr_assert_eq(told_count, 4);
}
