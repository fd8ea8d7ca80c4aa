/*
 * The runner's thread: no answer leaves before its commit, commits are shared, and it comes to an
 * orderly end.
 */
#include <semaphore.h>

#include "base/parse.h"
#include "worker/test/runner_fixture.h"

/* Lets the loop turn twice, so that it gets all updates that were published before. */
static ev_async probe;
static sem_t probed;

static void on_probe(struct ev_loop *l, ev_async *watcher, int revents)
{
	(void)l;
	(void)watcher;
	(void)revents;
	sem_post(&probed);
}

static void let_the_loop_turn(void)
{
	for (int i = 0; i < 2; i++) {
		ev_async_send(loop, &probe);
		sem_wait(&probed);
	}
}

static int64_t number_of(const struct job_update *update)
{
	int64_t number = 0;

	cr_assert_eq(parse_int64(update->text, update->size, &number), 0);
	return number;
}

static void on_update(void *arg, const struct job_update *update)
{
	(void)arg;
	if (!update->answered)
		return;
	cr_assert_eq(done, 0);
	if (fake_service.commit_says)
		cr_assert(update->flags == FLAG_REFUSED && update->size == 2);
	else if (!fake_service.huge)
		cr_assert_leq(number_of(update), atomic_load(&fake_service.committed));
	if (!fake_service.huge) /* else it is not fetched */
		runner_unstore(runner, update->size);
	free(update->text);
	if (++answers == wanted)
		ev_break(loop, EVBREAK_ALL);
}

static void set_up(void)
{
	start(&fake_row, on_update);
	sem_init(&probed, 0, 0);
	ev_async_init(&probe, on_probe);
	ev_async_start(loop, &probe);
	fake_service.committing = let_the_loop_turn;
}

TestSuite(runner, .init = set_up, .fini = tear_down, .timeout = 60);

static void ask(int count)
{
	for (int i = 0; i < count; i++)
		take(MSG_EXEC, (uint64_t)i + 1, FLAG_LAST);
}

static void await_answers(int count)
{
	ev_timer late;

	ev_timer_init(&late, on_late, DEADLINE_S, 0.0);
	ev_timer_start(loop, &late);
	wanted = count;
	if (answers < wanted)
		ev_run(loop, 0);
	ev_timer_stop(loop, &late);
	cr_assert_eq(answers, wanted);
}

Test(runner, no_answer_leaves_before_its_commit)
{
	for (int i = 1; i <= 20; i++) {
		ask(3);
		await_answers(3 * i);
	}
}

Test(runner, what_waits_shares_commits)
{
	ask(1000);
	await_answers(1000);
	/* At most 256 in each. */
	cr_assert_eq(atomic_load(&fake_service.commits), 4);
}

Test(runner, what_comes_in_one_turn_of_the_loop_shares_a_commit)
{
	for (int i = 1; i <= 20; i++) {
		ask(100);
		await_answers(100 * i);
		cr_assert_eq(atomic_load(&fake_service.commits), i);
	}
}

Test(runner, a_failed_commit_is_told_to_all)
{
	fake_service.commit_says = "no";
	ask(10);
	await_answers(10);
}

Test(runner, what_is_complete_is_run_before_the_end)
{
	pthread_mutex_lock(&fake_service.gate);
	ask(1000);
	runner_finish(runner, on_done, &done);
	pthread_mutex_unlock(&fake_service.gate);
	finish();
	cr_assert_eq(answers, 1000);
	cr_assert_eq(atomic_load(&fake_service.committed), 1000);
}

Test(runner, what_is_half_sent_is_dropped_at_the_end)
{
	pthread_mutex_lock(&fake_service.gate);
	ask(3);
	take(MSG_EXEC, 10, 0);
	take(MSG_DATA, 10, 0);
	runner_finish(runner, on_done, &done);
	pthread_mutex_unlock(&fake_service.gate);
	finish();
	cr_assert_eq(answers, 3);
	cr_assert_eq(atomic_load(&fake_service.finished), 3);
}

Test(runner, nothing_is_taken_after_the_end_has_begun)
{
	pthread_mutex_lock(&fake_service.gate);
	ask(3);
	runner_finish(runner, on_done, &done);
	take(MSG_EXEC, 10, FLAG_LAST);
	take(MSG_CANCEL, 2, 0);
	pthread_mutex_unlock(&fake_service.gate);
	finish();
	cr_assert_eq(answers, 3);
	take(MSG_EXEC, 11, FLAG_LAST);
}

Test(runner, one_that_never_ran_anything_ends_at_once)
{
	runner_finish(runner, on_done, &done);
	cr_assert_eq(done, 1);
	take(MSG_EXEC, 1, FLAG_LAST);
}

Test(runner, an_idle_one_ends)
{
	ask(1);
	await_answers(1);
	runner_finish(runner, on_done, &done);
	finish();
}

Test(runner, a_failed_commit_at_the_end_is_told)
{
	fake_service.commit_says = "no";
	pthread_mutex_lock(&fake_service.gate);
	ask(10);
	runner_finish(runner, on_done, &done);
	pthread_mutex_unlock(&fake_service.gate);
	finish();
	cr_assert_eq(answers, 10);
}

Test(runner, results_that_nobody_fetches_do_not_hold_up_the_end)
{
	fake_service.huge = true;
	ask(3);
	await_answers(1);
	cr_assert_eq(atomic_load(&fake_service.finished), 1);
	runner_finish(runner, on_done, &done);
	finish();
	cr_assert_eq(atomic_load(&fake_service.committed), 3);
	cr_assert_eq(answers, 1);
}
