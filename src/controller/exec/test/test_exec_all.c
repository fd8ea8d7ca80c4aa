/* exec_all: what becomes of each node's answer, and of one that does not answer. */
#include "controller/exec/exec_all.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "controller/exec/test/sweep_fixture.h"

/* What was told last. */
static struct {
	int ids[8];
	struct error errors[8];
	char results[8][16];
	size_t count;
	size_t done;
	bool valued;
	int64_t value;
} last;

TestSuite(exec_all, .timeout = 60, .init = sweep_set_up, .fini = sweep_tear_down);

static void note(void *arg, const struct outcome *outcome)
{
	const struct exec_all_result *all = outcome->exec_all;

	exec_note(arg, outcome);
	if (!all)
		return;
	cr_assert_leq(all->word_count, ARRAY_SIZE(last.ids));
	last.count = all->word_count;
	last.done = all->count;
	last.valued = all->valued;
	last.value = all->value;
	for (size_t i = 0; i < all->word_count; i++) {
		const struct node_word *word = &all->words[i];

		last.ids[i] = word->id;
		last.errors[i] = word->error ? *word->error : (struct error){0};
		snprintf(last.results[i], sizeof last.results[i], "%.*s", (int)word->size,
		         word->result ? word->result : "");
	}
}

static void ask(const char *reduce)
{
	exec_all_ask(session, &(struct exec_all_request){.reduce = reduce, .args = "x", .size = 1},
	             note, NULL);
}

/* The node says that it has done it, with that result. */
static void say_to(size_t nth, int id, enum tally_kind kind, const char *result)
{
	struct tally t = {.kind = kind};

	tally_add_result(&t, id, result, strlen(result), 100);
	sweep_say(id, sweep_sent(id, nth), &t, FLAG_LAST);
}

static void say(int id, enum tally_kind kind, const char *result)
{
	say_to(0, id, kind, result);
}

static void assert_told(size_t done, size_t words)
{
	sweep_await_told(1);
	cr_assert_eq(told_count, 1);
	cr_assert_eq(told[0].error.code, ERR_NONE, "%s", told[0].error.text);
	cr_assert_eq(last.done, done);
	cr_assert_eq(last.count, words);
}

static void assert_failed(size_t place, int id, enum error_outcome outcome, const char *why)
{
	cr_assert_eq(last.ids[place], id);
	cr_assert_eq(last.errors[place].code, ERR_NODE_UNAVAILABLE);
	cr_assert_eq(last.errors[place].outcome, outcome);
	cr_assert(strstr(last.errors[place].text, why), "%s", last.errors[place].text);
}

Test(exec_all, lists_the_results_by_id)
{
	ask("list");
	say(7, TALLY_LIST, "seven");
	say(5, TALLY_LIST, "five");
	exec_turn();
	cr_assert_eq(told_count, 0);
	say(6, TALLY_LIST, "six");
	assert_told(3, 3);
	cr_assert_str_eq(last.results[0], "five");
	cr_assert_str_eq(last.results[1], "six");
	cr_assert_str_eq(last.results[2], "seven");
}

Test(exec_all, reduces_the_results_to_a_value)
{
	ask("sum");
	say(5, TALLY_SUM, "3");
	say(6, TALLY_SUM, "4");
	say(7, TALLY_SUM, "-10");
	assert_told(3, 0);
	cr_assert(last.valued);
	cr_assert_eq(last.value, -3);
}

Test(exec_all, a_node_that_is_dead_is_not_asked)
{
	sweep_die(&fellows[1]);
	ask("list");
	cr_assert_eq(sweep_sent_count(7), 0);
	say(5, TALLY_LIST, "a");
	say(6, TALLY_LIST, "b");
	assert_told(2, 3);
	assert_failed(2, 7, OUTCOME_NOT_RUN, "node 7 is dead");
}

Test(exec_all, a_node_that_dies_may_have_done_it)
{
	ask("list");
	say(5, TALLY_LIST, "a");
	say(6, TALLY_LIST, "b");
	sweep_die(&fellows[1]);
	assert_told(2, 3);
	assert_failed(2, 7, OUTCOME_UNKNOWN, "node 7 died");
}

Test(exec_all, a_node_that_lives_again_is_not_asked_again)
{
	ask("list");
	say(5, TALLY_LIST, "a");
	say(6, TALLY_LIST, "b");
	sweep_live_again(&fellows[1]);
	assert_told(2, 3);
	assert_failed(2, 7, OUTCOME_UNKNOWN, "node 7 died");
	cr_assert_eq(sweep_sent_count(7), 1);
}

Test(exec_all, a_node_whose_way_was_cut_is_asked_by_itself)
{
	ask("list");
	say(5, TALLY_LIST, "a");
	say(6, TALLY_LIST, "b");
	fellows[1].traffic.way++;
	while (sweep_sent_count(7) < 2)
		ev_run(world.loop, EVRUN_ONCE);
	cr_assert_eq(sweep_sent(7, 1)->flags, FLAG_ALONE);
	say(7, TALLY_LIST, "c");
	assert_told(3, 3);
}

Test(exec_all, one_that_did_it_before_it_was_asked_by_itself_has_lost_its_answer)
{
	struct tally nothing = {.kind = TALLY_LIST};

	ask("list");
	say(5, TALLY_LIST, "a");
	say(6, TALLY_LIST, "b");
	fellows[1].traffic.way++;
	while (sweep_sent_count(7) < 2)
		ev_run(world.loop, EVRUN_ONCE);
	sweep_say(7, sweep_sent(7, 1), &nothing, FLAG_LAST);
	assert_told(2, 3);
	assert_failed(2, 7, OUTCOME_UNKNOWN, "its answer is lost");
}

Test(exec_all, a_reduced_value_that_names_a_node_twice_counts_for_none)
{
	struct tally t = {.kind = TALLY_SUM};

	ask("sum");
	tally_add_result(&t, 5, "1", 1, 100);
	tally_add_result(&t, 5, "1", 1, 100);
	sweep_say(5, sweep_sent(5, 0), &t, 0);
	say(5, TALLY_SUM, "3");
	say(6, TALLY_SUM, "4");
	say(7, TALLY_SUM, "5");
	assert_told(3, 0);
	cr_assert_eq(last.value, 12);
}

/* Node 7 was not there as it began, and is told of in a value that counts for none. */
static void tell_of_a_node_that_came(uint32_t life)
{
	struct tally t = {.kind = TALLY_SUM};

	HASH_DEL(world.nodes, &fellows[1]);
	ask("sum");
	fellows[1].incarnation = life;
	HASH_ADD_INT(world.nodes, id, &fellows[1]);
	tally_add_result(&t, 5, "1", 1, 100);
	tally_add_result(&t, 5, "1", 1, 100);
	tally_add_result(&t, 7, "1", 1, 100);
	sweep_say(5, sweep_sent(5, 0), &t, 0);
	say(5, TALLY_SUM, "3");
	say(6, TALLY_SUM, "4");
}

Test(exec_all, a_node_that_came_and_whose_value_does_not_count_is_asked_by_itself)
{
	tell_of_a_node_that_came(INCARNATION(6));
	while (sweep_sent_count(7) < 1)
		ev_run(world.loop, EVRUN_ONCE);
	cr_assert_eq(sweep_sent(7, 0)->flags, FLAG_ALONE);
	say(7, TALLY_SUM, "5");
	assert_told(3, 0);
	cr_assert_eq(last.value, 12);
}

Test(exec_all, a_later_life_of_a_node_that_came_and_did_it_is_not_asked)
{
	tell_of_a_node_that_came(INCARNATION(7));
	assert_told(2, 1);
	assert_failed(0, 7, OUTCOME_UNKNOWN, "node 7 died");
	cr_assert_eq(sweep_sent_count(7), 0);
}

Test(exec_all, of_an_unknown_reduction_is_refused)
{
	ask("product");
	sweep_await_told(1);
	cr_assert_eq(told[0].error.code, ERR_PARAMS);
	cr_assert_eq(posted_count, 0);
}

/* It begins when it is the first in the lanes of its nodes. */
Test(exec_all, that_comes_when_its_session_has_many_waits_for_them)
{
	for (size_t i = 0; i <= EXEC_ALLS_SESSION; i++)
		ask("list");
	for (size_t i = 0; i < EXEC_ALLS_SESSION; i++) {
		cr_assert_eq(sweep_sent_count(5), EXEC_ALLS_SESSION);
		for (int id = 5; id <= 7; id++)
			say_to(i, id, TALLY_LIST, "a");
		sweep_await_told(i + 1);
	}
	exec_turn();
	cr_assert_eq(sweep_sent_count(5), EXEC_ALLS_SESSION + 1);
}
