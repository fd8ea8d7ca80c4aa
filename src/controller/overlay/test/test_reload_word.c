/* Nodes are told to read something anew until they have answered. */
#include "controller/overlay/reload_word.h"

#include <criterion/criterion.h>
#include <string.h>

#include "controller/overlay/overlay.h"
#include "controller/overlay/test/overlay_fixture.h"

TestSuite(reload_word, .init = fixture_begin, .fini = fixture_end, .timeout = 60);

static void answer(struct node *n, uint64_t revision, unsigned flags)
{
	reload_word_take(&world, n,
	                 &(struct message){.type = MSG_RELOADED,
	                                   .flags = flags,
	                                   .reloaded.revision = revision,
	                                   .reloaded.controller_epoch = world.controller_epoch,
	                                   .payload = flags ? "why" : NULL,
	                                   .payload_size = flags ? 3 : 0});
}

static uint64_t told(const struct node *n)
{
	return fixture_last_sent(MSG_RELOAD, n->id)->m.reload.revision;
}

static size_t told_in_all(void)
{
	size_t count = 0;

	for (int id = 1; id < FIXTURE_NODES; id++)
		count += fixture_sent(MSG_RELOAD, id);
	return count;
}

Test(reload_word, a_node_is_told_until_it_answers)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	reload_word_owe(&world, n);
	cr_assert_eq(fixture_sent(MSG_RELOAD, 1), 0, "never from inside a call");
	fixture_turn();
	cr_assert_eq(fixture_sent(MSG_RELOAD, 1), 1);
	cr_assert_eq(fixture_last_sent(MSG_RELOAD, 1)->m.reload.controller_epoch,
	             world.controller_epoch);
	fixture_pass(500);
	cr_assert_eq(fixture_sent(MSG_RELOAD, 1), 1);
	fixture_pass(1000);
	cr_assert_eq(fixture_sent(MSG_RELOAD, 1), 2);
	answer(n, told(n), 0);
	fixture_pass(5000);
	cr_assert_eq(fixture_sent(MSG_RELOAD, 1), 2);
}

Test(reload_word, an_answer_to_what_was_before_or_of_another_dtreed_is_none)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	uint64_t before;

	reload_word_owe(&world, n);
	fixture_turn();
	before = told(n);
	reload_word_anew(&world);
	reload_word_owe(&world, n);
	fixture_turn();
	cr_assert_gt(told(n), before);
	answer(n, before, 0);
	world.controller_epoch++;
	reload_word_take(
	    &world, n,
	    &(struct message){.type = MSG_RELOADED,
	                      .reloaded.revision = told(n),
	                      .reloaded.controller_epoch = world.controller_epoch - 1});
	world.controller_epoch--;
	fixture_clear();
	fixture_pass(1500);
	cr_assert_eq(fixture_sent(MSG_RELOAD, 1), 1);
	answer(n, told(n), FLAG_REFUSED);
	fixture_clear();
	fixture_pass(5000);
	cr_assert_eq(fixture_sent(MSG_RELOAD, 1), 0, "one that refuses is not asked again");
}

Test(reload_word, one_that_cannot_hear_is_told_when_it_can)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	struct node *below = fixture_add(2, 1);

	fixture_kill(n);
	reload_word_owe(&world, below);
	fixture_turn();
	cr_assert_eq(told_in_all(), 0);
	orphan_returned(&world, below, below->link.generation + 1);
	fixture_pass(1500);
	cr_assert_geq(fixture_sent(MSG_RELOAD, 2), 1);
}

Test(reload_word, so_many_are_told_in_a_turn)
{
	for (int id = 1; id < 31; id++)
		reload_word_owe(&world, fixture_add(id, NODE_CONTROLLER));
	fixture_run_deferred();
	cr_assert_eq(told_in_all(), 16);
	fixture_turn();
	cr_assert_eq(told_in_all(), 30);
}

Test(reload_word, one_without_a_process_is_not_told)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	struct node *dead = fixture_add(2, NODE_CONTROLLER);

	reload_word_owe(&world, n);
	fixture_kill(n);
	fixture_kill(dead);
	reload_word_owe(&world, dead);
	fixture_pass(3000);
	cr_assert_eq(told_in_all(), 0);
}
