/* exec of a group: which node is chosen, what is tried at another, and what is not. */
#include "controller/exec/pool.h"

#include <criterion/criterion.h>

#include "base/clock.h"
#include "controller/exec/dispatch.h"
#include "controller/exec/test/sweep_fixture.h"
#include "controller/exec/window.h"
#include "controller/node/names.h"
#include "controller/node/program.h"

static struct node *const group[] = {&node, &fellows[0], &fellows[1]};

static void pool_set_up(void)
{
	exec_set_up();
	for (size_t i = 0; i < ARRAY_SIZE(group); i++)
		names_enter(&world, group[i], NULL, "g", NULL);
}

static void pool_tear_down(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(group); i++) {
		names_leave(&world, group[i]);
		node_label_free(group[i]->label);
	}
	exec_tear_down();
}

TestSuite(pool, .timeout = 60, .init = pool_set_up, .fini = pool_tear_down);

static void ask_group(const char *name, size_t size, uintptr_t who)
{
	char *args = mem_new(size + 1);

	pool_exec(session, &(struct exec_request){.group = name, .args = args, .size = size},
	          exec_note, (void *)who);
	free(args);
}

static void assert_posted(size_t place, enum message_type type, int id)
{
	cr_assert_gt(posted_count, place);
	cr_assert_eq(posted[place].type, type);
	cr_assert_eq(posted[place].node, id, "to %d", posted[place].node);
}

static void assert_told(size_t place, int id, enum error_code code, enum error_outcome outcome)
{
	cr_assert_gt(told_count, place);
	cr_assert_eq(told[place].error.code, code, "%s", told[place].error.text);
	cr_assert_eq(told[place].error.outcome, outcome);
	cr_assert_eq(told[place].id, id, "%d", told[place].id);
}

Test(pool, the_least_to_do_is_chosen_and_equals_take_turns)
{
	static const int turns[] = {5, 6, 7, 5, 6, 7};

	for (size_t i = 0; i < ARRAY_SIZE(turns); i++) {
		ask_group("g", 1, i);
		assert_posted(i, MSG_EXEC, turns[i]);
	}
	/* 6 is done with both, 7 with one: each choice makes that one's longer. */
	exec_answer(1, 0, "b");
	exec_answer(5, 0, "f");
	exec_answer(4, 0, "e");
	posted_count = 0;
	ask_group("g", 1, 6);
	assert_posted(posted_count - 1, MSG_EXEC, 6);
	ask_group("g", 1, 7);
	assert_posted(posted_count - 1, MSG_EXEC, 7);
	ask_group("g", 1, 8);
	assert_posted(posted_count - 1, MSG_EXEC, 6);
	exec_turn();
	assert_told(0, 6, ERR_NONE, OUTCOME_NONE);
	cr_assert_str_eq(told[0].result, "b");
	cr_assert_eq(told[0].who, 1);
}

Test(pool, one_at_a_time_goes_around)
{
	for (size_t i = 0; i < 6; i++) {
		ask_group("g", 1, i);
		cr_assert_eq(posted[posted_count - 1].node, 5 + (int)(i % 3));
		exec_answer(posted_count - 1, 0, "x");
		exec_turn();
	}
}

Test(pool, what_waits_for_room_counts_too)
{
	/* 5 has a full window of another session, and as much again behind it. */
	for (size_t i = 0; i < 2 * LANE_REQUESTS; i++)
		exec_ask(other, 1, i);
	cr_assert_eq(node.label->queued, LANE_REQUESTS);
	for (size_t i = 0; i < 3 * LANE_REQUESTS; i++)
		ask_group("g", 1, i);
	cr_assert_eq(node.label->pool.requests, 0);
	cr_assert_eq(fellows[0].label->pool.requests, LANE_REQUESTS);
	cr_assert_eq(fellows[0].label->queued, LANE_REQUESTS / 2);
	cr_assert_eq(fellows[1].label->queued, LANE_REQUESTS / 2);
}

Test(pool, what_is_in_no_lane_is_told_when_it_is_ready)
{
	exec_ask(session, 1, 1);
	ask_group("g", 1, 2);
	ask_group("g", 1, 3);
	exec_answer(2, 0, "c");
	exec_turn();
	exec_answer(1, 0, "b");
	exec_turn();
	exec_answer(0, 0, "a");
	exec_turn();
	cr_assert_eq(told[0].who, 3);
	cr_assert_eq(told[1].who, 2);
	cr_assert_eq(told[2].who, 1);
	cr_assert_eq(requests_count(world.requests), 0);
	for (size_t i = 0; i < ARRAY_SIZE(group); i++)
		cr_assert_eq(group[i]->traffic.execs.requests + group[i]->label->pool.requests, 0);
}

Test(pool, nodes_that_are_down_are_passed_over)
{
	node.life = LIFE_DEAD;
	node_set_link(&fellows[0], LINK_ORPHANED, "a test");
	node_set_link(&fellows[0], LINK_SILENT, "a test");
	for (size_t i = 0; i < 4; i++) {
		ask_group("g", 1, i);
		assert_posted(i, MSG_EXEC, 7);
	}
}

Test(pool, an_orphan_is_asked_only_where_all_are)
{
	node_set_link(&node, LINK_ORPHANED, "a test");
	node_set_link(&fellows[0], LINK_ORPHANED, "a test");
	ask_group("g", 1, 1);
	ask_group("g", 1, 2);
	assert_posted(1, MSG_EXEC, 7);
	node_set_link(&fellows[1], LINK_ORPHANED, "a test");
	ask_group("g", 1, 3);
	assert_posted(2, MSG_EXEC, 5);
}

/* Its program has ended, and will be started again. */
static void program_is_away(struct node *n, struct node_program *program)
{
	*program = (struct node_program){.report = {.state = PROGRAM_BACKING_OFF}};
	n->program = program;
}

Test(pool, a_node_whose_program_is_away_is_asked_only_where_all_are)
{
	struct node_program programs[3];

	program_is_away(&node, &programs[0]);
	ask_group("g", 1, 1);
	ask_group("g", 1, 2);
	ask_group("g", 1, 3);
	assert_posted(0, MSG_EXEC, 6);
	assert_posted(1, MSG_EXEC, 7);
	assert_posted(2, MSG_EXEC, 6);
	program_is_away(&fellows[0], &programs[1]);
	program_is_away(&fellows[1], &programs[2]);
	ask_group("g", 1, 4);
	assert_posted(3, MSG_EXEC, 5);
	for (size_t i = 0; i < ARRAY_SIZE(group); i++)
		group[i]->program = NULL;
}

Test(pool, where_none_is_available_one_that_is_coming_is_waited_for)
{
	node.life = LIFE_DEAD;
	fellows[0].life = LIFE_RESTARTING;
	fellows[1].life = LIFE_STOPPED;
	ask_group("g", 1, 1);
	cr_assert_eq(posted_count, 0);
	exec_turn();
	cr_assert_eq(told_count, 0);
	fellows[0].life = LIFE_RUNNING;
	requests_restart(world.requests, &fellows[0].traffic.waiters);
	assert_posted(0, MSG_EXEC, 6);
}

Test(pool, nobody_there_is_one_error)
{
	ask_group("h", 1, 1);
	node.life = LIFE_DEAD;
	fellows[0].life = LIFE_STOPPED;
	fellows[1].life = LIFE_BACKOFF;
	fellows[1].restart.due = clock_ms() + 100000;
	ask_group("g", 1, 2);
	exec_turn();
	assert_told(0, -1, ERR_NOT_FOUND, OUTCOME_NONE);
	cr_assert_str_eq(told[0].error.text, "no node is in a group 'h'");
	assert_told(1, -1, ERR_NODE_UNAVAILABLE, OUTCOME_NOT_RUN);
	cr_assert_str_eq(told[1].error.text, "no node of the group 'g' is available");
	cr_assert_gt(told[1].error.retry_ms, 1000);
}

Test(pool, what_was_not_run_is_tried_at_each_of_the_others_once)
{
	ask_group("g", 2 * MESSAGE_PAYLOAD_MAX, 1);
	for (int i = 0; i < 3; i++) {
		size_t first = exec_place(MSG_EXEC, (size_t)i);
		assert_posted(first, MSG_EXEC, 5 + i);
		assert_posted(first + 1, MSG_DATA, 5 + i);
		exec_answer(first, FLAG_LATE | FLAG_REFUSED, "the program is away");
		cr_assert_eq(group[i]->traffic.execs.requests, 0);
	}
	cr_assert_eq(exec_posted(MSG_EXEC), 3);
	exec_turn();
	cr_assert_eq(told_count, 1);
	assert_told(0, 7, ERR_SERVICE, OUTCOME_NOT_RUN);
	cr_assert_str_eq(told[0].error.text, "the program is away");
	cr_assert_eq(requests_count(world.requests), 0);
}

Test(pool, the_next_one_does_it)
{
	ask_group("g", 1, 1);
	exec_answer(0, FLAG_LATE | FLAG_REFUSED, "away");
	exec_answer(exec_place(MSG_EXEC, 1), 0, "6");
	/* The first one says it again. */
	exec_answer(0, 0, "5");
	exec_turn();
	cr_assert_eq(told_count, 1);
	assert_told(0, 6, ERR_NONE, OUTCOME_NONE);
	cr_assert_str_eq(told[0].result, "6");
}

Test(pool, what_may_have_run_is_not_tried_again)
{
	ask_group("g", 1, 1);
	exec_answer(0, FLAG_REFUSED, "no");
	ask_group("g", 1, 2);
	exec_answer(1, FLAG_UNKNOWN | FLAG_REFUSED, "the program died");
	ask_group("g", 1, 3);
	dispatch_fail(&world, &fellows[1], true, "died");
	exec_turn();
	cr_assert_eq(exec_posted(MSG_EXEC), 3);
	assert_told(0, 5, ERR_SERVICE, OUTCOME_NONE);
	assert_told(1, 6, ERR_SERVICE, OUTCOME_UNKNOWN);
	assert_told(2, 7, ERR_NODE_UNAVAILABLE, OUTCOME_UNKNOWN);
}

Test(pool, what_waits_at_a_node_that_dies_goes_to_another)
{
	fellows[0].life = fellows[1].life = LIFE_STOPPED;
	for (size_t i = 0; i < LANE_REQUESTS + 2; i++)
		ask_group("g", 1, i);
	cr_assert_eq(node.label->queued, 2);
	fellows[0].life = LIFE_RUNNING;
	node.life = LIFE_DEAD;
	dispatch_fail(&world, &node, true, "died");
	cr_assert_eq(node.label->queued, 0);
	cr_assert_eq(fellows[0].traffic.execs.requests, 2);
	exec_turn();
	cr_assert_eq(told_count, LANE_REQUESTS);
}

Test(pool, a_deadline_ends_the_search)
{
	world.config.request_timeout_ms = 5;
	requests_free(world.requests);
	world.requests = requests_new(world.loop, &world, 5);
	session = requests_session(world.requests, &world);
	other = requests_session(world.requests, &world);
	ask_group("g", 1, 1);
	node.life = fellows[0].life = fellows[1].life = LIFE_RESTARTING;
	ask_group("g", 1, 2);
	sweep_await_told(2);
	assert_told(0, 5, ERR_NODE_UNAVAILABLE, OUTCOME_UNKNOWN);
	assert_told(1, -1, ERR_NODE_UNAVAILABLE, OUTCOME_NOT_RUN);
	cr_assert_str_eq(told[1].error.text,
	                 "no node of the group 'g' became available within 5 ms");
	/* The node comes to the first one too late: it has been answered. */
	exec_answer(0, FLAG_LATE, "");
	cr_assert_eq(exec_posted(MSG_EXEC), 1);
	exec_turn();
	cr_assert_eq(told_count, 2);
	cr_assert_eq(requests_count(world.requests), 0);
}

Test(pool, a_stream_gets_the_node_whose_turn_it_is)
{
	struct error err;
	int id = 0;

	ask_group("g", 1, 1);
	cr_assert_eq(pool_choose(&world, "g", &id, &err), 0);
	cr_assert_eq(id, 6);
	cr_assert_eq(pool_choose(&world, "g", &id, &err), 0);
	cr_assert_eq(id, 7);
	node.life = fellows[0].life = fellows[1].life = LIFE_DEAD;
	cr_assert_eq(pool_choose(&world, "g", &id, &err), -1);
	cr_assert_eq(err.code, ERR_NODE_UNAVAILABLE);
	cr_assert_eq(pool_choose(&world, "h", &id, &err), -1);
	cr_assert_eq(err.code, ERR_NOT_FOUND);
}
