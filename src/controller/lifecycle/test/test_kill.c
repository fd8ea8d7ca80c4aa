/* Kills: who is asked to end in which order, what is removed, and when that is answered. */
#include "controller/lifecycle/kill.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "base/parse.h"
#include "controller/check.h"
#include "controller/lifecycle/failure.h"
#include "controller/lifecycle/test/fakes.h"
#include "controller/overlay/orphan.h"

/* 1 with 2 below it and 3 below that, and 4 beside 1. */
static void set_up(void)
{
	fakes_set_up();
	fakes_create(NODE_CONTROLLER, 1);
	fakes_create(1, 2);
	fakes_create(2, 3);
	fakes_create(NODE_CONTROLLER, 4);
}

TestSuite(kill, .timeout = 60, .init = set_up, .fini = fakes_tear_down);

static struct answer answer;

static void ask(int id)
{
	answer = (struct answer){0};
	controller_kill(fakes.session, id, fakes_answer, &answer);
	fakes_turn();
}

Test(kill, takes_the_whole_subtree_away_at_once)
{
	ask(1);
	for (int id = 1; id <= 3; id++) {
		cr_assert_null(fakes_node(id));
		cr_assert(!tree_has(fakes.controller->tree, id));
		cr_assert_eq(fakes_row(id)->phase, REGISTRY_DOOMED);
	}
	cr_assert_eq(fakes_node(4)->life, LIFE_RUNNING);
	cr_assert_eq(answer.calls, 0);
	cr_assert_null(controller_valid(fakes.controller));
}

Test(kill, asks_nobody_before_it_is_recorded)
{
	ask(1);
	cr_assert(!fakes_process(3)->signalled);
	fakes_written();
	cr_assert_eq(fakes_process(3)->signal, SIGUSR2);
}

Test(kill, asks_leaves_first)
{
	ask(1);
	fakes_written();
	cr_assert(!fakes_process(2)->signalled);
	fakes_end(3, "exit status 0");
	cr_assert_eq(fakes_process(2)->signal, SIGUSR2);
	cr_assert(!fakes_process(1)->signalled);
	fakes_end(2, "exit status 0");
	cr_assert_eq(fakes_process(1)->signal, SIGUSR2);
	cr_assert(!fakes_process(4)->signalled);
}

Test(kill, is_answered_when_all_are_gone_with_their_rows)
{
	const int ids[] = {1, 2, 3};

	ask(1);
	fakes_written();
	fakes_end(3, "exit status 0");
	fakes_end(2, "exit status 0");
	cr_assert_null(fakes_row(3));
	cr_assert_eq(answer.calls, 0);
	fakes_end(1, "exit status 0");
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_NONE);
	cr_assert_eq(answer.outcome.id_count, 3);
	cr_assert_arr_eq(answer.ids, ids, sizeof ids);
	cr_assert_null(fakes_row(1));
	cr_assert_null(controller_valid(fakes.controller));
}

Test(kill, ends_by_force_what_does_not_finish)
{
	ask(1);
	fakes_written();
	fakes_pass(GRACE_MS);
	for (int id = 1; id <= 3; id++)
		cr_assert_eq(fakes_process(id)->signal, SIGKILL);
	for (int id = 1; id <= 3; id++)
		fakes_end(id, "signal 9 (Killed)");
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_NONE);
}

Test(kill, gives_a_silent_node_no_time)
{
	failure_silent(fakes.controller, fakes_node(3), 4000);
	ask(1);
	fakes_written();
	cr_assert_eq(fakes_process(3)->signal, SIGKILL);
	cr_assert(!fakes_process(2)->signalled);
}

Test(kill, does_not_wait_for_ever_for_the_registry)
{
	ask(1);
	fakes_pass(1000);
	cr_assert_eq(fakes_process(3)->signal, SIGUSR2);
	for (int id = 3; id >= 1; id--)
		fakes_end(id, "exit status 0");
	cr_assert_eq(answer.calls, 0);
	fakes_written(); /* now the data may be removed */
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_INTERNAL);
	cr_assert_eq(answer.outcome.error.outcome, OUTCOME_UNKNOWN);
	cr_assert(strstr(answer.outcome.error.text, "was not written within 1000 ms"));
}

Test(kill, says_what_does_not_end_and_ends_it_all_the_same)
{
	ask(2);
	fakes_written();
	fakes_end(3, "exit status 0");
	fakes_pass(GRACE_MS + 999);
	cr_assert_eq(answer.calls, 0);
	fakes_pass(1);
	cr_assert_eq(answer.calls, 1);
	cr_assert(strstr(answer.outcome.error.text, "of node 2 did not end, though it was killed"),
	          "%s", answer.outcome.error.text);
	fakes_end(2, "signal 9 (Killed)");
	cr_assert_null(fakes_row(2));
	cr_assert_eq(answer.calls, 1);
}

Test(kill, of_a_node_that_is_being_created_answers_its_create)
{
	struct answer create = {0};
	struct session *other = session_open(fakes.controller);

	controller_create(other, &(struct create_request){.id = 5, .has_parent = true, .parent = 4},
	                  fakes_answer, &create);
	fakes_written();
	ask(4);
	cr_assert_eq(create.calls, 0);
	fakes_written();
	cr_assert_eq(create.calls, 1);
	cr_assert_eq(create.outcome.error.code, ERR_PARENT_NOT_FOUND);
	cr_assert_eq(fakes_process(5)->signal, SIGKILL);
	fakes_end(5, "signal 9 (Killed)");
	fakes_end(4, "exit status 0");
	cr_assert_eq(answer.calls, 1);
	cr_assert_null(controller_valid(fakes.controller));
	session_close(other);
}

Test(kill, of_a_node_that_is_being_stopped_leaves_nobody_unanswered)
{
	struct answer stop = {0};
	struct session *other = session_open(fakes.controller);

	controller_stop(other, 3, fakes_answer, &stop);
	fakes_written();
	cr_assert_eq(fakes_node(3)->life, LIFE_STOPPING);
	cr_assert_eq(fakes_process(3)->signal, SIGUSR2);
	ask(3);
	cr_assert_eq(stop.calls, 1);
	cr_assert_eq(stop.outcome.error.code, ERR_NOT_FOUND);
	fakes_written();
	fakes_end(3, "exit status 0");
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_NONE);
	session_close(other);
}

Test(kill, of_a_dead_node_removes_what_it_kept)
{
	fakes_end(4, "exit status 0");
	fakes_end(4, "exit status 0");
	cr_assert_eq(fakes_node(4)->life, LIFE_BACKOFF);
	ask(4);
	cr_assert_eq(answer.calls, 0);
	fakes_written();
	cr_assert_eq(answer.calls, 1);
	cr_assert_null(fakes_row(4));
	fakes_pass(TIMEOUT_MS);
	cr_assert_null(fakes_process(4));
}

/* The parent lost its way to the controller, and with it what it was told. */
Test(kill, is_told_again_to_a_parent_that_comes_back)
{
	struct node *parent = fakes_node(1);

	ask(2);
	/* The link of 3, too. */
	cr_assert_eq(fakes.forgets, 2);
	orphan_recall(fakes.controller, parent, "a test");
	orphan_returned(fakes.controller, parent, 9);
	cr_assert_eq(fakes.forgets, 3);
	cr_assert_eq(fakes.forgot.id, 2);
	cr_assert_eq(fakes.forgot.incarnation, fakes_process(2)->tag.incarnation);
	fakes_written();
	fakes_end(3, "exit status 0");
	fakes_end(2, "exit status 0");
	orphan_recall(fakes.controller, parent, "a test");
	orphan_returned(fakes.controller, parent, 10);
	cr_assert_eq(fakes.forgets, 3);
}

Test(kill, of_nobody_is_refused)
{
	ask(9);
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_NOT_FOUND);
}

static void declare(int id, enum node_declared declared)
{
	struct answer changed = {0};

	controller_change(fakes.session,
	                  &(struct change_request){
	                      .id = id, .what = CHANGE_DECLARED, .settings.declared = declared},
	                  fakes_answer, &changed);
	fakes_written();
	cr_assert_eq(changed.outcome.error.code, ERR_NONE);
}

static void ask_undeclared(int id)
{
	answer = (struct answer){0};
	controller_kill_undeclared(fakes.session, id, fakes_answer, &answer);
	fakes_turn();
}

static void assert_denied(const char *why)
{
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_DENIED);
	cr_assert_str_eq(answer.outcome.error.text, why);
	cr_assert_eq(tree_size(fakes.controller->tree), 4);
}

Test(kill, of_what_is_undeclared_refuses_above_what_is_wanted)
{
	ask_undeclared(1);
	assert_denied("node 1 was made by hand");
	declare(1, NODE_UNDECLARED);
	declare(2, NODE_UNDECLARED);
	ask_undeclared(1);
	assert_denied("node 3, which is below it, was made by hand");
	declare(3, NODE_DECLARED);
	ask_undeclared(1);
	assert_denied("node 3, which is below it, is declared");
	declare(3, NODE_UNDECLARED);
	ask_undeclared(1);
	cr_assert_eq(tree_size(fakes.controller->tree), 1);
	fakes_written();
}
