/* Creations: what is recorded before what, who is answered when, and that a failed one leaves
 * nothing. */
#include "controller/lifecycle/create.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "base/parse.h"
#include "controller/check.h"
#include "controller/lifecycle/start_queue.h"
#include "controller/lifecycle/test/fakes.h"

TestSuite(create, .timeout = 60, .init = fakes_set_up, .fini = fakes_tear_down);

static void ask(int parent, int id, struct answer *answer)
{
	controller_create(fakes.session,
	                  &(struct create_request){.id = id, .has_parent = true, .parent = parent},
	                  fakes_answer, answer);
	fakes_turn();
}

/* The row of a create that failed is REGISTRY_DOOMED until the process has ended, then gone. */
static void assert_erased(int id)
{
	if (!fakes_row(id))
		return;
	cr_assert_eq(fakes_row(id)->phase, REGISTRY_DOOMED);
	if (fakes_process(id))
		fakes_end(id, "signal 9 (Killed)");
	fakes_written();
	fakes_turn();
	cr_assert_null(fakes_row(id));
}

/* The asker was told so, and nothing is left of the node. */
static void assert_gone(int id, const struct answer *answer, enum error_code code, const char *why)
{
	fakes_turn();
	cr_assert_eq(answer->calls, 1);
	cr_assert_eq(answer->outcome.error.code, code);
	cr_assert(strstr(answer->outcome.error.text, why), "%s", answer->outcome.error.text);
	cr_assert_null(fakes_node(id));
	assert_erased(id);
	cr_assert_eq(answer->calls, 1);
	cr_assert(!tree_has(fakes.controller->tree, id));
	cr_assert_null(controller_valid(fakes.controller));
}

Test(create, a_process_begins_when_its_row_is_written)
{
	struct answer answer = {0};

	ask(NODE_CONTROLLER, 1, &answer);
	cr_assert_eq(fakes_node(1)->life, LIFE_STARTING);
	cr_assert_eq(fakes_row(1)->phase, REGISTRY_STARTING);
	cr_assert(!fakes_process(1)->let_go);
	fakes_written();
	cr_assert(fakes_process(1)->let_go);
	cr_assert_eq(answer.calls, 0);
}

Test(create, is_answered_when_it_is_recorded_that_the_node_has_joined)
{
	struct answer answer = {0};

	ask(NODE_CONTROLLER, 1, &answer);
	fakes_written();
	fakes_join(1);
	cr_assert_eq(fakes_node(1)->life, LIFE_COMMITTING);
	cr_assert_eq(fakes_row(1)->phase, REGISTRY_KEPT);
	cr_assert_eq(answer.calls, 0);
	fakes_join(1); /* its parent says so twice */
	fakes_written();
	cr_assert_eq(fakes_node(1)->life, LIFE_RUNNING);
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_NONE);
	cr_assert_eq(answer.outcome.pid, fakes_process(1)->id.pid);
	cr_assert_eq(answer.outcome.parent, NODE_CONTROLLER);
	cr_assert_null(controller_valid(fakes.controller));
}

Test(create, fails_where_its_row_cannot_be_written)
{
	struct answer answer = {0};

	ask(NODE_CONTROLLER, 1, &answer);
	fakes_not_written("no space");
	cr_assert_eq(fakes_process(1)->signal, SIGKILL);
	assert_gone(1, &answer, ERR_INTERNAL, "no space");
}

Test(create, fails_where_it_cannot_be_recorded_that_the_node_has_joined)
{
	struct answer answer = {0};

	ask(NODE_CONTROLLER, 1, &answer);
	fakes_written();
	fakes_join(1);
	fakes_not_written("no space");
	cr_assert_eq(fakes_process(1)->signal, SIGKILL);
	assert_gone(1, &answer, ERR_INTERNAL, "no space");
}

Test(create, fails_when_its_process_ends_before_it_has_joined)
{
	struct answer answer = {0};

	ask(NODE_CONTROLLER, 1, &answer);
	fakes_written();
	fakes_end(1, "exit status 1");
	assert_gone(1, &answer, ERR_INTERNAL, "exit status 1");
}

/* It has joined, which may be written; then it fails, and nothing of that is. */
static void fail_after_joining(struct answer *answer)
{
	ask(NODE_CONTROLLER, 1, answer);
	fakes_written();
	fakes_join(1);
	fakes_end(1, "signal 9 (Killed)");
	fakes_turn();
	cr_assert_null(fakes_node(1));
	cr_assert_eq(answer->calls, 0);
}

Test(create, that_failed_when_it_may_be_recorded_is_answered_when_its_removal_is)
{
	struct answer answer = {0};

	fail_after_joining(&answer);
	fakes_written();
	assert_gone(1, &answer, ERR_INTERNAL, "signal 9 (Killed)");
	cr_assert_eq(answer.outcome.error.outcome, OUTCOME_NONE);
}

Test(create, whose_removal_cannot_be_recorded_is_unknown)
{
	struct answer answer = {0};

	fail_after_joining(&answer);
	fakes_not_written("no space");
	assert_gone(1, &answer, ERR_INTERNAL, "signal 9 (Killed); that is not recorded: no space");
	cr_assert_eq(answer.outcome.error.outcome, OUTCOME_UNKNOWN);
}

Test(create, whose_removal_is_not_recorded_in_time_is_unknown)
{
	struct answer answer = {0};

	fail_after_joining(&answer);
	fakes_pass(TIMEOUT_MS);
	assert_gone(1, &answer, ERR_INTERNAL, "signal 9 (Killed); that is not recorded: it takes");
	cr_assert_eq(answer.outcome.error.outcome, OUTCOME_UNKNOWN);
	fakes_written(); /* comes too late */
	cr_assert_eq(answer.calls, 1);
}

Test(create, that_was_not_recorded_in_time_is_answered_a_moment_later)
{
	struct answer answer = {0};

	ask(NODE_CONTROLLER, 1, &answer);
	fakes_written();
	fakes_join(1);
	fakes_pass(TIMEOUT_MS);
	cr_assert_eq(answer.calls, 0);
	fakes_written();
	assert_gone(1, &answer, ERR_PARENT_UNAVAILABLE, "did not join within 10000 ms");
	cr_assert_eq(answer.outcome.error.outcome, OUTCOME_NONE);
}

Test(create, of_a_node_that_is_killed_is_answered_when_the_kill_is_recorded)
{
	struct answer answer = {0};
	struct session *other = session_open(fakes.controller);

	ask(NODE_CONTROLLER, 1, &answer);
	fakes_written();
	fakes_join(1);
	controller_kill(other, 1, NULL, NULL);
	fakes_turn();
	cr_assert_null(fakes_node(1));
	cr_assert_eq(answer.calls, 0);
	fakes_written();
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_PARENT_NOT_FOUND);
	session_close(other);
}

Test(create, fails_where_no_process_can_be_started)
{
	struct answer answer = {0};

	fakes.start_fails = "no room";
	ask(NODE_CONTROLLER, 1, &answer);
	assert_gone(1, &answer, ERR_LIMIT, "no room");
}

Test(create, fails_at_its_deadline)
{
	struct answer answer = {0};

	ask(NODE_CONTROLLER, 1, &answer);
	fakes_written();
	fakes_pass(TIMEOUT_MS - 1);
	cr_assert_eq(answer.calls, 0);
	fakes_pass(1);
	cr_assert_eq(fakes_process(1)->signal, SIGKILL);
	assert_gone(1, &answer, ERR_PARENT_UNAVAILABLE, "did not join within 10000 ms");
}

Test(create, fails_when_its_parent_is_lost)
{
	struct answer answer = {0};

	fakes_create(NODE_CONTROLLER, 1);
	ask(1, 2, &answer);
	fakes_written();
	fakes_end(1, "signal 9 (Killed)");
	cr_assert_eq(fakes_process(2)->signal, SIGKILL);
	assert_gone(2, &answer, ERR_PARENT_UNAVAILABLE, "node 1 is");
}

Test(create, of_a_node_that_exists_is_refused)
{
	struct answer answer = {0};

	fakes_create(NODE_CONTROLLER, 1);
	ask(NODE_CONTROLLER, 1, &answer);
	cr_assert_eq(answer.outcome.error.code, ERR_ALREADY_EXISTS);
	cr_assert_eq(fakes.started, 1);
}

Test(create, waits_for_one_that_is_being_created)
{
	struct answer first = {0};
	struct answer second = {0};
	struct session *other = session_open(fakes.controller);

	ask(NODE_CONTROLLER, 1, &first);
	controller_create(
	    other, &(struct create_request){.id = 1, .has_parent = true, .parent = NODE_CONTROLLER},
	    fakes_answer, &second);
	fakes_turn();
	cr_assert_eq(second.calls, 0);
	fakes_written();
	fakes_end(1, "exit status 1");
	/* Its own turn has come. */
	cr_assert_eq(first.calls, 1);
	cr_assert_eq(second.calls, 0);
	cr_assert_eq(fakes_node(1)->life, LIFE_STARTING);
	fakes_written();
	fakes_join(1);
	fakes_written();
	cr_assert_eq(second.calls, 1);
	cr_assert_eq(second.outcome.error.code, ERR_NONE);
	session_close(other);
}

Test(create, of_what_nobody_knows_is_refused)
{
	struct answer service = {0};
	struct answer policy = {0};
	struct answer parent = {0};

	controller_create(fakes.session, &(struct create_request){.id = 1, .service = "nothing"},
	                  fakes_answer, &service);
	controller_create(fakes.session,
	                  &(struct create_request){.id = 1, .settings.restart = "maybe"},
	                  fakes_answer, &policy);
	ask(7, 1, &parent);
	assert_gone(1, &service, ERR_PARAMS, "nothing");
	assert_gone(1, &policy, ERR_PARAMS, "maybe");
	assert_gone(1, &parent, ERR_PARENT_NOT_FOUND, "7");
}

Test(create, starts_few_processes_in_a_turn_of_the_loop)
{
	struct answer answers[STARTS_A_TURN + 1] = {{0}};

	for (int i = 0; i <= STARTS_A_TURN; i++)
		controller_create(fakes.session,
		                  &(struct create_request){
		                      .id = i, .has_parent = true, .parent = NODE_CONTROLLER},
		                  fakes_answer, &answers[i]);
	cr_assert_eq(fakes.started, STARTS_A_TURN);
	fakes_turn();
	cr_assert_eq(fakes.started, STARTS_A_TURN + 1);
	fakes_pass(TIMEOUT_MS);
}

static void ask_named(int id, const char *name, struct answer *answer)
{
	controller_create(
	    fakes.session,
	    &(struct create_request){.id = id, .settings = {.name = name, .group = "workers"}},
	    fakes_answer, answer);
}

static void assert_named(const char *name, int id)
{
	struct error err;
	int found = 0;

	cr_assert_eq(controller_find(fakes.controller, name, &found, &err), id ? 0 : -1);
	cr_assert_eq(found, id);
}

Test(create, a_name_can_be_said_at_once_and_is_recorded)
{
	struct answer answer = {0};

	ask_named(1, "first", &answer);
	assert_named("first", 1);
	fakes_turn();
	cr_assert_str_eq(fakes_row(1)->name, "first");
	cr_assert_str_eq(fakes_row(1)->group, "workers");
	fakes_written();
	fakes_join(1);
	fakes_written();
	assert_named("first", 1);
	cr_assert_str_eq(node_name(fakes_node(1)), "first");
}

Test(create, a_name_that_is_taken_is_refused_and_says_by_whom)
{
	struct answer first = {0};
	struct answer second = {0};

	ask_named(1, "one", &first);
	ask_named(2, "one", &second);
	assert_gone(2, &second, ERR_NAME_TAKEN, "node 1 has the name 'one'");
	assert_named("one", 1);
}

Test(create, that_fails_frees_its_name)
{
	struct answer answer = {0};
	struct answer again = {0};

	ask_named(1, "one", &answer);
	fakes_turn();
	fakes_not_written("no space");
	assert_gone(1, &answer, ERR_INTERNAL, "no space");
	assert_named("one", 0);
	ask_named(2, "one", &again);
	fakes_turn();
	assert_named("one", 2);
}

Test(create, what_cannot_be_a_name_is_refused)
{
	struct answer answer = {0};

	ask_named(1, "no name", &answer);
	assert_gone(1, &answer, ERR_PARAMS, "name 'no name' is not a letter");
	assert_named("no name", 0);
}
