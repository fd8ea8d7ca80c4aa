/* Nodes that are started after others: when they are, and what is refused. */
#include "controller/node/after.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/check.h"
#include "controller/lifecycle/revivals.h"
#include "controller/lifecycle/test/fakes.h"

#define KILLED "signal 9 (Killed)"

static struct answer answer;

static void after_set_up(void)
{
	fakes_set_up_with("tree", "no");
	fakes_create(NODE_CONTROLLER, 1);
}

static void after_tear_down(void)
{
	cr_assert_null(controller_valid(fakes.controller));
	fakes_tear_down();
}

TestSuite(after, .timeout = 60, .init = after_set_up, .fini = after_tear_down);

static void create_after(int id, int other, enum node_declared declared)
{
	answer = (struct answer){0};
	controller_create(
	    fakes.session,
	    &(struct create_request){
	        .id = id, .settings = {.declared = declared, .after = &other, .after_count = 1}},
	    fakes_answer, &answer);
	fakes_turn();
}

/* Node 1 has no process, and gets one again. */
static void lose_first(void)
{
	fakes_end(1, KILLED);
	cr_assert_eq(fakes_node(1)->life, LIFE_DEAD);
}

static void start_first(void)
{
	static struct answer started;

	controller_start(fakes.session, 1, fakes_answer, &started);
	fakes_written();
	fakes_join(1);
	fakes_written();
	cr_assert_eq(fakes_node(1)->life, LIFE_RUNNING);
}

/* Its process is started and joins. */
static void after_live(int id)
{
	fakes_pass(REVIVALS_LOOK_MS);
	cr_assert(fakes_process(id), "it is started");
	fakes_written();
	fakes_join(id);
	fakes_written();
	cr_assert_eq(fakes_node(id)->life, LIFE_RUNNING);
}

Test(after, one_whose_others_are_there_is_created_at_once)
{
	create_after(2, 1, NODE_BY_HAND);
	cr_assert(fakes_process(2));
	fakes_written();
	fakes_join(2);
	fakes_written();
	cr_assert_eq(answer.calls, 1);
	cr_assert(after_same(&fakes_node(2)->after, (const int[]){1}, 1));
}

Test(after, a_create_waits_without_a_node)
{
	lose_first();
	create_after(2, 1, NODE_BY_HAND);
	fakes_pass(TIMEOUT_MS / 2);
	cr_assert_null(fakes_node(2));
	cr_assert_eq(answer.calls, 0);
	start_first();
	after_live(2);
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_NONE);
}

Test(after, a_create_that_waits_too_long_leaves_nothing)
{
	lose_first();
	create_after(2, 1, NODE_BY_HAND);
	fakes_pass(TIMEOUT_MS);
	cr_assert_eq(answer.outcome.error.code, ERR_NODE_UNAVAILABLE);
	cr_assert_null(fakes_node(2));
	start_first();
	fakes_pass(TIMEOUT_MS);
	cr_assert_null(fakes_process(2));
}

Test(after, a_declared_one_is_there_at_once_and_waits_for_ever)
{
	lose_first();
	create_after(2, 1, NODE_DECLARED);
	cr_assert_eq(answer.calls, 0);
	fakes_written();
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_NONE);
	cr_assert_eq(answer.outcome.pid, 0);
	cr_assert_str_eq(node_state_name(fakes_node(2)), "starting");
	cr_assert_eq(after_awaits(fakes.controller, fakes_node(2)), fakes_node(1));
	cr_assert(after_is_stuck(fakes.controller, fakes_node(2)));
	cr_assert_eq(fakes_row(2)->phase, REGISTRY_KEPT);
	cr_assert_eq(fakes_row(2)->life, REGISTRY_LIFE_RUNS);
	cr_assert_null(controller_valid(fakes.controller));
	fakes_pass(10 * TIMEOUT_MS);
	cr_assert_null(fakes_process(2));
	start_first();
	after_live(2);
}

Test(after, what_waits_below_one_that_waits_is_started_all_the_same)
{
	static struct answer below;

	lose_first();
	create_after(2, 1, NODE_DECLARED);
	fakes_written();
	controller_create(
	    fakes.session,
	    &(struct create_request){
	        .id = 3, .has_parent = true, .parent = 2, .settings.declared = NODE_DECLARED},
	    fakes_answer, &below);
	fakes_written();
	cr_assert_eq(below.calls, 1);
	fakes_pass(REVIVALS_LOOK_MS);
	cr_assert(fakes_process(3));
	cr_assert_null(fakes_process(2));
}

Test(after, a_kill_of_the_other_ends_the_wait)
{
	static struct answer killed;

	lose_first();
	create_after(2, 1, NODE_DECLARED);
	fakes_written();
	controller_kill(fakes.session, 1, fakes_answer, &killed);
	fakes_written();
	after_live(2);
}

Test(after, one_that_waits_may_be_killed_and_stopped)
{
	static struct answer ordered[2];

	lose_first();
	create_after(2, 1, NODE_DECLARED);
	create_after(3, 1, NODE_DECLARED);
	fakes_written();
	controller_kill(fakes.session, 2, fakes_answer, &ordered[0]);
	controller_stop(fakes.session, 3, fakes_answer, &ordered[1]);
	fakes_written();
	cr_assert_null(fakes_node(2));
	cr_assert_eq(fakes_node(3)->life, LIFE_STOPPED);
	start_first();
	fakes_pass(TIMEOUT_MS);
	cr_assert_null(fakes_process(3));
}

Test(after, no_node_is_after_itself)
{
	struct error err;
	const int itself = 1;
	const int last = 3;
	const int missing = 9;
	const int both[] = {1, 3};

	create_after(2, 1, NODE_DECLARED);
	fakes_written();
	fakes_join(2);
	fakes_written();
	create_after(3, 2, NODE_DECLARED);
	fakes_written();
	fakes_join(3);
	fakes_written();
	cr_assert_eq(after_check(fakes.controller, 1, &itself, 1, &err), -1);
	cr_assert_eq(after_check(fakes.controller, 1, &last, 1, &err), -1);
	cr_assert_eq(err.code, ERR_PARAMS);
	cr_assert_eq(after_check(fakes.controller, 1, &missing, 1, &err), -1);
	cr_assert_eq(err.code, ERR_NOT_FOUND);
	cr_assert_eq(after_check(fakes.controller, 4, &last, 1, &err), 0);
	cr_assert_eq(after_check(fakes.controller, 2, both, ARRAY_SIZE(both), &err), -1);
	cr_assert_str_eq(err.text, "node 2 cannot be after node 3, which is after it");
	cr_assert_eq(after_check(fakes.controller, 4, both, ARRAY_SIZE(both), &err), 0);
}

Test(after, its_text_is_read_as_it_is_written)
{
	const int ids[] = {10, -2147483647, 0};
	struct node_after after = {0};
	char text[AFTER_TEXT];
	int read[AFTER_MAX];
	size_t count;
	struct error err;

	after_set(&after, ids, ARRAY_SIZE(ids));
	after_text(&after, text);
	cr_assert_str_eq(text, "10,-2147483647,0");
	cr_assert_eq(after_parse(text, read, &count, &err), 0);
	cr_assert(after_same(&after, read, count));
	after_free(&after);
	after_text(&after, text);
	cr_assert_str_eq(text, "");
	cr_assert_eq(after_parse("1,x", read, &count, &err), -1);
	cr_assert_eq(after_parse("1,,2", read, &count, &err), -1);
}
