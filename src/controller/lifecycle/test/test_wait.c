/* Requests that wait for what becomes of a node. */
#include "controller/lifecycle/wait.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/parse.h"
#include "controller/lifecycle/test/fakes.h"

#define KILLED "signal 9 (Killed)"

TestSuite(wait, .timeout = 60, .init = fakes_set_up, .fini = fakes_tear_down);

static void wait_for(struct answer *answer, int id, const char *what, int64_t timeout_ms)
{
	controller_wait(fakes.session,
	                &(struct wait_request){.id = id, .what = what, .timeout_ms = timeout_ms},
	                fakes_answer, answer);
	fakes_turn();
}

static void check_answer(const struct answer *answer, enum error_code code)
{
	cr_assert_eq(answer->calls, 1);
	cr_assert_eq(answer->outcome.error.code, code, "%s", answer->outcome.error.text);
}

Test(wait, what_is_so_is_answered_at_once)
{
	struct answer available = {0};
	struct answer removed = {0};

	fakes_create(NODE_CONTROLLER, 1);
	wait_for(&available, 1, NULL, 0);
	check_answer(&available, ERR_NONE);
	cr_assert_eq(available.outcome.pid, fakes_node(1)->worker.pid);
	wait_for(&removed, 2, "removed", 0);
	check_answer(&removed, ERR_NONE);
	cr_assert_eq(removed.outcome.pid, 0);
}

Test(wait, a_death_is_told_in_the_turn_in_which_it_is_seen)
{
	struct answer answer = {0};

	fakes_create(NODE_CONTROLLER, 1);
	fakes_node(1)->restart.policy = RESTART_NO;
	wait_for(&answer, 1, "dead", 0);
	cr_assert_eq(answer.calls, 0);
	fakes_end(1, KILLED);
	check_answer(&answer, ERR_NONE);
}

/* With a policy of restart it is dead only once it is given up. */
Test(wait, a_node_that_is_to_live_again_is_not_dead)
{
	struct session *other = session_open(fakes.controller);
	struct answer dead = {0};
	struct answer available = {0};

	fakes_create(NODE_CONTROLLER, 1);
	wait_for(&dead, 1, "dead", 0);
	fakes_end(1, KILLED);
	controller_wait(other, &(struct wait_request){.id = 1}, fakes_answer, &available);
	fakes_turn();
	cr_assert_eq(dead.calls + available.calls, 0);
	fakes_written();
	fakes_join(1);
	cr_assert_eq(dead.calls, 0);
	check_answer(&available, ERR_NONE);
	session_close(other);
}

Test(wait, one_that_is_not_there_yet_is_waited_for_by_its_id)
{
	struct session *other = session_open(fakes.controller);
	struct answer answer = {0};

	controller_wait(other, &(struct wait_request){.id = 1}, fakes_answer, &answer);
	fakes_turn();
	cr_assert_eq(answer.calls, 0);
	fakes_create(NODE_CONTROLLER, 1);
	check_answer(&answer, ERR_NONE);
	session_close(other);
}

Test(wait, what_is_not_there_does_not_die)
{
	struct session *other = session_open(fakes.controller);
	struct answer absent = {0};
	struct answer killed = {0};
	struct answer kill = {0};

	wait_for(&absent, 1, "dead", 0);
	check_answer(&absent, ERR_NOT_FOUND);
	fakes_create(NODE_CONTROLLER, 1);
	wait_for(&killed, 1, "dead", 0);
	controller_kill(other, 1, fakes_answer, &kill);
	fakes_turn();
	check_answer(&killed, ERR_NOT_FOUND);
	fakes_written();
	fakes_end(1, KILLED);
	session_close(other);
}

/* The same id may be another node's: what was waited for is the id. */
Test(wait, who_waits_for_the_end_of_an_id_hears_of_it_once)
{
	struct session *other = session_open(fakes.controller);
	struct answer removed = {0};
	struct answer kill = {0};

	fakes_create(NODE_CONTROLLER, 1);
	wait_for(&removed, 1, "removed", 0);
	cr_assert_eq(removed.calls, 0);
	controller_kill(other, 1, fakes_answer, &kill);
	fakes_turn();
	check_answer(&removed, ERR_NONE);
	fakes_written();
	fakes_end(1, KILLED);
	session_close(other);
}

Test(wait, at_its_deadline_it_says_what_the_node_is)
{
	struct answer answer = {0};
	struct answer absent = {0};

	fakes_create(NODE_CONTROLLER, 1);
	wait_for(&answer, 1, "removed", 500);
	wait_for(&absent, 2, NULL, 500);
	fakes_pass(499);
	cr_assert_eq(answer.calls + absent.calls, 0);
	fakes_pass(1);
	check_answer(&answer, ERR_TIMED_OUT);
	cr_assert_str_eq(answer.outcome.error.text, "node 1 is available after 500 ms");
	check_answer(&absent, ERR_TIMED_OUT);
	cr_assert_str_eq(absent.outcome.error.text, "there is no node 2 after 500 ms");
}

Test(wait, without_a_deadline_it_waits_as_long_as_somebody_listens)
{
	struct session *other = session_open(fakes.controller);
	struct answer answer = {0};

	controller_wait(other, &(struct wait_request){.id = 1}, fakes_answer, &answer);
	fakes_pass(10 * (int64_t)TIMEOUT_MS);
	cr_assert_eq(answer.calls, 0);
	cr_assert_eq(requests_count(fakes.controller->requests), 1);
	session_close(other);
	fakes_pass(TIMEOUT_MS);
	cr_assert_eq(requests_count(fakes.controller->requests), 0);
}

/* They have their own time from then on. */
Test(wait, what_its_session_asks_of_the_node_behind_it_waits)
{
	struct session *other = session_open(fakes.controller);
	struct answer answer = {0};
	struct answer stop = {0};

	fakes_create(NODE_CONTROLLER, 2);
	controller_wait(other, &(struct wait_request){.id = 1}, fakes_answer, &answer);
	controller_stop(other, 1, fakes_answer, &stop);
	fakes_pass(3 * (int64_t)TIMEOUT_MS);
	cr_assert_eq(answer.calls + stop.calls, 0);
	fakes_create(NODE_CONTROLLER, 1);
	check_answer(&answer, ERR_NONE);
	fakes_written();
	cr_assert_eq(fakes_node(1)->life, LIFE_STOPPING);
	fakes_end(1, KILLED);
	fakes_written();
	check_answer(&stop, ERR_NONE);
	session_close(other);
}

static bool nothing_goes_on(const void *request)
{
	(void)request;
	return false;
}

Test(wait, one_whose_client_goes_away_is_forgotten)
{
	struct answer answer = {0};

	wait_for(&answer, 1, NULL, 0);
	session_cancel(fakes.session, nothing_goes_on);
	fakes_turn();
	check_answer(&answer, ERR_CANCELLED);
	cr_assert_eq(requests_count(fakes.controller->requests), 0);
}

Test(wait, the_end_of_the_tree_ends_it)
{
	struct answer answer = {0};

	wait_for(&answer, 1, NULL, 0);
	controller_end(fakes.controller, free, NULL);
	fakes_turn();
	check_answer(&answer, ERR_NODE_UNAVAILABLE);
}

Test(wait, another_word_is_refused_with_the_choices)
{
	struct answer answer = {0};

	wait_for(&answer, 1, "gone", 0);
	check_answer(&answer, ERR_PARAMS);
	cr_assert(strstr(answer.outcome.error.text, "available"), "%s", answer.outcome.error.text);
}
