/* Lives after the first: when the next one is started, what a death counts for, and what is
 * recorded of it. */
#include "controller/lifecycle/restart.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/check.h"
#include "controller/lifecycle/failure.h"
#include "controller/lifecycle/test/fakes.h"
#include "controller/node/event.h"
#include "controller/node/restart_policy.h"

#define KILLED "signal 9 (Killed)"

static void set_up(void)
{
	fakes_set_up();
	fakes_create(NODE_CONTROLLER, 1);
}

TestSuite(restart, .timeout = 60, .init = set_up, .fini = fakes_tear_down);

static struct node *node(void)
{
	return fakes_node(1);
}

/* It joins its next life. */
static void live(void)
{
	fakes_written();
	fakes_join(1);
	cr_assert_eq(node()->life, LIFE_RUNNING);
}

Test(restart, a_death_is_followed_by_another_life_at_once)
{
	uint32_t incarnation = node()->incarnation;

	fakes_end(1, KILLED);
	cr_assert_eq(node()->life, LIFE_RESTARTING);
	cr_assert_neq(node()->incarnation, incarnation);
	cr_assert_str_eq(node_cause(node()), KILLED);
	cr_assert_null(controller_valid(fakes.controller));
	live();
	cr_assert_eq(node()->restart.count, 1);
	cr_assert_str_eq(node_cause(node()), "");
	cr_assert_null(controller_valid(fakes.controller));
}

Test(restart, a_life_begins_when_its_row_is_written)
{
	fakes_end(1, KILLED);
	cr_assert_eq(fakes_row(1)->incarnation, node()->incarnation);
	cr_assert_eq(fakes_row(1)->life, REGISTRY_LIFE_RUNS);
	cr_assert(!fakes_process(1)->let_go);
	fakes_written();
	cr_assert(fakes_process(1)->let_go);
}

Test(restart, delays_double_with_each_death_and_end_in_giving_up)
{
	const int64_t delays[] = {100, 200};
	unsigned started;

	fakes_end(1, KILLED);
	live();
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		fakes_end(1, KILLED);
		cr_assert_eq(node()->life, LIFE_BACKOFF);
		cr_assert_eq(node_retry_ms(node()), delays[i]);
		started = fakes.started;
		fakes_pass(delays[i] - 1);
		cr_assert_eq(fakes.started, started);
		fakes_pass(1);
		cr_assert_eq(node()->life, LIFE_RESTARTING);
		live();
	}
	fakes_end(1, KILLED);
	cr_assert_eq(node()->life, LIFE_GIVEN_UP);
	started = fakes.started;
	fakes_pass(10 * (int64_t)QUIET_MS);
	cr_assert_eq(fakes.started, started);
	cr_assert_eq(fakes_row(1)->life, REGISTRY_LIFE_GIVEN_UP);
}

/* What was told of nodes that are given up. */
static struct {
	unsigned count;
	int id;
	int64_t deaths;
	char cause[64];
} told;

static void given_up_heard(void *arg, const struct event *event)
{
	(void)arg;
	if (event->type != EVENT_NODE_GIVEN_UP)
		return;
	told.count++;
	told.id = event->id;
	told.deaths = event->deaths;
	snprintf(told.cause, sizeof told.cause, "%s", event->cause);
}

/* Its deaths are one more than are followed by a restart. */
static void be_given_up(void)
{
	fakes.controller->config.restart_limit = 1;
	fakes_end(1, "exit status 7");
	live();
	fakes_end(1, KILLED);
	cr_assert_eq(node()->life, LIFE_GIVEN_UP);
	fakes_pass(10 * (int64_t)QUIET_MS);
}

Test(restart, that_a_node_is_given_up_is_told_once_with_its_deaths_and_the_last_cause)
{
	event_listen(controller_events(fakes.controller), given_up_heard, NULL);
	be_given_up();
	cr_assert_eq(told.count, 1);
	cr_assert_eq(told.id, 1);
	cr_assert_eq(told.deaths, 2);
	cr_assert_str_eq(told.cause, KILLED);
	cr_assert_eq(fakes_row(1)->life, REGISTRY_LIFE_GIVEN_UP);
}

Test(restart, one_for_which_dtreed_ends_is_started_anew_by_the_next)
{
	fakes.controller->config.ends_at_give_up = true;
	be_given_up();
	cr_assert_eq(fakes_row(1)->life, REGISTRY_LIFE_RUNS);
	cr_assert_eq(fakes_row(1)->deaths, 0);
}

Test(restart, a_start_by_order_forgives_the_deaths_before_it)
{
	struct answer answer = {0};

	be_given_up();
	controller_start(fakes.session, 1, fakes_answer, &answer);
	fakes_turn();
	live();
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(fakes_row(1)->deaths, 0);
	fakes_end(1, KILLED);
	cr_assert_eq(node()->life, LIFE_RESTARTING);
	live();
	fakes_end(1, KILLED);
	cr_assert_eq(node()->life, LIFE_GIVEN_UP);
}

Test(restart, a_quiet_time_forgives_the_deaths_before_it)
{
	fakes_end(1, KILLED);
	live();
	fakes_end(1, KILLED);
	fakes_pass(100);
	live();
	fakes_pass(QUIET_MS - 1);
	fakes_end(1, KILLED);
	cr_assert_eq(node_retry_ms(node()), 200);
	fakes_pass(200);
	live();
	fakes_pass(QUIET_MS);
	fakes_end(1, KILLED);
	cr_assert_eq(node()->life, LIFE_RESTARTING); /* at once, as the first time */
}

Test(restart, a_policy_decides_who_lives_again)
{
	node()->restart.policy = RESTART_ON_FAILURE;
	fakes_end(1, "exit status 0");
	cr_assert_eq(node()->life, LIFE_DEAD);
	cr_assert_null(fakes_process(1));
	fakes_pass(QUIET_MS);
	cr_assert_eq(node()->life, LIFE_DEAD);
}

/* It hangs, and its process ends of that. */
static void hang(void)
{
	failure_hung(fakes.controller, node(), 5000);
	cr_assert_eq(fakes_process(1)->signal, SIGKILL);
	fakes_end(1, KILLED);
}

Test(restart, one_that_hung_lives_again_whatever_its_policy)
{
	node()->restart.policy = RESTART_NO;
	hang();
	cr_assert_eq(node()->life, LIFE_RESTARTING);
	cr_assert_str_eq(node_cause(node()), KILLED ", as it hung for 5000 ms");
	live();
	/* Another death is not a hang's. */
	fakes_end(1, KILLED);
	cr_assert_eq(node()->life, LIFE_DEAD);
	cr_assert_str_eq(node_cause(node()), KILLED);
}

Test(restart, hangs_count_as_deaths)
{
	node()->restart.policy = RESTART_NO;
	hang();
	live();
	for (unsigned i = 0; i < 2; i++) {
		hang();
		cr_assert_eq(node_retry_ms(node()), 100 << i);
		fakes_pass(100 << i);
		live();
	}
	hang();
	cr_assert_eq(node()->life, LIFE_GIVEN_UP);
}

Test(restart, a_stop_that_comes_before_a_hung_process_ends_is_no_restart)
{
	struct answer answer = {0};

	node()->restart.policy = RESTART_NO;
	failure_hung(fakes.controller, node(), 5000);
	controller_stop(fakes.session, 1, fakes_answer, &answer);
	fakes_written();
	fakes_end(1, KILLED);
	fakes_written();
	cr_assert_eq(node()->life, LIFE_STOPPED);
	controller_start(fakes.session, 1, fakes_answer, &answer);
	fakes_turn();
	live();
	fakes_end(1, KILLED);
	cr_assert_eq(node()->life, LIFE_DEAD);
}

Test(restart, a_death_counts_as_its_own_a_second_later)
{
	node()->restart.policy = RESTART_NO;
	fakes_end(1, KILLED);
	fakes_pass(POLICY_OWN_MS - 1);
	cr_assert_eq(fakes_row(1)->life, REGISTRY_LIFE_RUNS);
	fakes_pass(1);
	cr_assert_eq(fakes_row(1)->life, REGISTRY_LIFE_DEAD);
}

Test(restart, a_death_as_the_tree_ends_is_not_recorded)
{
	node()->restart.policy = RESTART_NO;
	fakes_end(1, KILLED);
	controller_end(fakes.controller, free, NULL);
	fakes_pass(POLICY_OWN_MS);
	cr_assert_eq(fakes_row(1)->life, REGISTRY_LIFE_RUNS);
}

Test(restart, a_start_that_fails_is_no_death_and_is_tried_again_for_ever)
{
	fakes.start_fails = "no room";
	fakes_end(1, KILLED);
	cr_assert_eq(node()->life, LIFE_BACKOFF);
	cr_assert_str_eq(node_cause(node()), "no room");
	cr_assert_eq(node_retry_ms(node()), 100);
	fakes_pass(20 * 30000);
	cr_assert_eq(node()->life, LIFE_BACKOFF);
	cr_assert_gt(node()->restart.failures, fakes.controller->config.restart_limit);
	cr_assert_leq(node_retry_ms(node()), 30000);
	cr_assert_eq(node()->restart.deaths, 1);
	fakes.start_fails = NULL;
	fakes_pass(30000);
	live();
	cr_assert_eq(node()->restart.failures, 0);
}

Test(restart, a_life_that_ends_before_it_joins_is_a_start_that_failed)
{
	fakes_end(1, KILLED);
	fakes_written();
	fakes_end(1, "exit status 3");
	cr_assert_eq(node()->life, LIFE_BACKOFF);
	cr_assert_eq(node()->restart.deaths, 1);
	cr_assert(strstr(node_cause(node()), "exit status 3"), "%s", node_cause(node()));
	cr_assert_null(controller_valid(fakes.controller));
}

Test(restart, a_life_that_does_not_join_in_time_is_ended)
{
	fakes_end(1, KILLED);
	fakes_written();
	fakes_pass(TIMEOUT_MS - 1);
	cr_assert(!fakes_process(1)->signalled);
	fakes_pass(1);
	cr_assert_eq(fakes_process(1)->signal, SIGKILL);
	cr_assert_null(controller_valid(fakes.controller));
	fakes_end(1, KILLED);
	cr_assert_str_eq(node_cause(node()), "it did not join within 10000 ms");
	cr_assert_eq(node()->life, LIFE_BACKOFF);
}

Test(restart, a_life_whose_row_cannot_be_written_is_ended)
{
	fakes_end(1, KILLED);
	fakes_not_written("no space");
	cr_assert(!fakes_process(1)->let_go);
	cr_assert_eq(fakes_process(1)->signal, SIGKILL);
	fakes_end(1, KILLED);
	cr_assert_str_eq(node_cause(node()), "no space");
}

Test(restart, a_start_is_not_told_the_reason_of_a_former_one)
{
	struct answer stop = {0};

	fakes_end(1, KILLED);
	fakes_not_written("no space");
	controller_stop(fakes.session, 1, fakes_answer, &stop);
	fakes_written();
	fakes_end(1, KILLED);
	fakes_written();
	cr_assert_eq(node()->life, LIFE_STOPPED);
	restart_by_order(fakes.controller, node());
	fakes_written();
	fakes_end(1, "exit status 3");
	cr_assert(strstr(node_cause(node()), "exit status 3"), "%s", node_cause(node()));
}

Test(restart, a_stop_ends_in_stopped_and_is_recorded_first)
{
	struct answer stop = {0};

	controller_stop(fakes.session, 1, fakes_answer, &stop);
	cr_assert_eq(node()->life, LIFE_STOPPING);
	cr_assert_eq(fakes_row(1)->life, REGISTRY_LIFE_STOPPED);
	cr_assert(!fakes_process(1)->signalled);
	fakes_written();
	cr_assert_eq(fakes_process(1)->signal, SIGUSR2);
	cr_assert_null(controller_valid(fakes.controller));
	fakes_end(1, "exit status 0");
	fakes_written();
	cr_assert_eq(node()->life, LIFE_STOPPED);
	cr_assert_eq(stop.calls, 1);
	cr_assert_eq(stop.outcome.error.code, ERR_NONE);
	cr_assert_null(controller_valid(fakes.controller));
}

Test(restart, a_restart_by_request_is_another_life)
{
	struct answer restart = {0};

	controller_restart(fakes.session, 1, fakes_answer, &restart);
	fakes_written();
	cr_assert_str_eq(node_state_name(node()), "restarting");
	fakes_end(1, "exit status 0");
	cr_assert_eq(node()->life, LIFE_RESTARTING);
	cr_assert_eq(restart.calls, 0);
	live();
	cr_assert_eq(restart.calls, 1);
	cr_assert_eq(restart.outcome.pid, fakes_process(1)->id.pid);
	cr_assert_eq(node()->restart.deaths, 0);
}

Test(restart, a_stop_that_comes_behind_a_restart_wins)
{
	struct answer restart = {0};
	struct answer stop = {0};
	struct session *other = session_open(fakes.controller);

	controller_restart(fakes.session, 1, fakes_answer, &restart);
	controller_stop(other, 1, fakes_answer, &stop);
	fakes_written();
	cr_assert_str_eq(node_state_name(node()), "stopping");
	fakes_end(1, "exit status 0");
	fakes_written();
	cr_assert_eq(node()->life, LIFE_STOPPED);
	cr_assert_eq(stop.outcome.error.code, ERR_NONE);
	cr_assert_neq(restart.outcome.error.code, ERR_NONE);
	session_close(other);
}

/* One that was stopped, and that is. */
static void stop(void)
{
	struct answer answer = {0};

	controller_stop(fakes.session, 1, fakes_answer, &answer);
	fakes_written();
	fakes_end(1, "exit status 0");
	cr_assert_eq(answer.calls, 0);
	fakes_written();
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_NONE);
	cr_assert_eq(node()->life, LIFE_STOPPED);
}

/* Its answer says that it is tried again. */
static void start_in_vain(struct answer *answer)
{
	stop();
	fakes.start_fails = "no room";
	controller_start(fakes.session, 1, fakes_answer, answer);
	fakes_turn();
	cr_assert_eq(node()->life, LIFE_BACKOFF);
	cr_assert_eq(fakes_row(1)->life, REGISTRY_LIFE_RUNS);
	cr_assert_eq(answer->calls, 0);
}

Test(restart, a_start_that_fails_is_answered_when_it_is_recorded_that_another_follows)
{
	struct answer answer = {0};

	start_in_vain(&answer);
	fakes_written();
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_LIMIT);
	cr_assert_str_eq(answer.outcome.error.text, "no room; it is tried again");
	cr_assert_eq(answer.outcome.error.outcome, OUTCOME_NONE);
}

Test(restart, of_a_start_that_fails_and_cannot_be_recorded_the_outcome_is_unknown)
{
	struct answer answer = {0};

	start_in_vain(&answer);
	fakes_not_written("no space");
	cr_assert_eq(answer.calls, 1);
	cr_assert_str_eq(answer.outcome.error.text,
	                 "no room; it is tried again; that is not recorded: no space");
	cr_assert_eq(answer.outcome.error.outcome, OUTCOME_UNKNOWN);
}

Test(restart, a_start_that_takes_too_long_is_answered_when_it_is_recorded)
{
	struct answer answer = {0};

	stop();
	controller_start(fakes.session, 1, fakes_answer, &answer);
	fakes_pass(TIMEOUT_MS);
	cr_assert_eq(answer.calls, 0);
	fakes_written();
	cr_assert_eq(answer.calls, 1);
	cr_assert(strstr(answer.outcome.error.text, "did not join within 10000 ms"));
	cr_assert_eq(answer.outcome.error.outcome, OUTCOME_NONE);
}
