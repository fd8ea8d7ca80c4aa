/*
 * The runner's thread: no answer leaves before its commit, commits are shared, and it comes to an
 * orderly end. And what runs without it.
 */
#include "worker/runner.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

#define DEADLINE_S 30.0

static struct ev_loop *loop;
static struct runner *runner;
static atomic_int finished;  /* requests */
static atomic_int committed; /* of them */
static atomic_int commits;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* finish goes through it */
static int answers;
static int wanted;
static bool commit_fails;
static bool huge; /* each result fills the runner's bound */
static atomic_int states;
static atomic_int opened;
static int done;

static void *fake_create(const struct dtree_node *node, char **why)
{
	static int state;

	(void)node;
	(void)why;
	atomic_fetch_add(&states, 1);
	return &state;
}

static void fake_destroy(void *state)
{
	(void)state;
	atomic_fetch_sub(&states, 1);
}

static void *fake_open(void *state)
{
	atomic_fetch_add(&opened, 1);
	return state;
}

static int fake_feed(void *request, const char *bytes, size_t n)
{
	(void)request;
	(void)bytes;
	(void)n;
	return 0;
}

/* The answer is its number. */
static void fake_finish(void *request, struct dtree_result *result)
{
	(void)request;
	pthread_mutex_lock(&gate);
	result->ok = true;
	result->tentative = true;
	result->text = mem_format("%d", atomic_fetch_add(&finished, 1) + 1);
	result->size = strlen(result->text);
	if (huge) {
		free(result->text);
		result->text = mem_try(DTREE_RESULT_MAX);
		result->size = DTREE_RESULT_MAX;
	}
	pthread_mutex_unlock(&gate);
}

static void fake_close(void *request)
{
	(void)request;
	atomic_fetch_sub(&opened, 1);
}

/* Takes its time, so that an answer that went before it is seen. */
static int fake_commit(void *state, char **why)
{
	(void)state;
	usleep(2000);
	atomic_fetch_add(&commits, 1);
	if (commit_fails) {
		*why = mem_string("no");
		return -1;
	}
	atomic_store(&committed, atomic_load(&finished));
	return 0;
}

static const struct dtree_service fake = {
    .abi = DTREE_SERVICE_ABI,
    .name = "fake",
    .summary = "",
    .usage = "",
    .create = fake_create,
    .destroy = fake_destroy,
    .open = fake_open,
    .feed = fake_feed,
    .finish = fake_finish,
    .close = fake_close,
    .commit = fake_commit,
};

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
	if (commit_fails)
		cr_assert(update->flags == FLAG_REFUSED && update->size == 2);
	else if (!huge)
		cr_assert_leq(number_of(update), atomic_load(&committed));
	if (!huge) /* else it is not fetched */
		runner_unstore(runner, update->size);
	free(update->text);
	if (++answers == wanted)
		ev_break(loop, EVBREAK_ALL);
}

static void on_late(struct ev_loop *l, ev_timer *timer, int revents)
{
	(void)l;
	(void)timer;
	(void)revents;
	cr_assert_fail("%d of %d answers came", answers, wanted);
}

static void set_up(void)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	runner = runner_new(loop, &(struct dtree_node){.id = 7}, &fake, on_update, NULL);
}

static void on_done(void *arg)
{
	cr_assert_eq(arg, &done);
	done++;
	ev_break(loop, EVBREAK_ALL);
}

static void finish(void)
{
	ev_timer late;

	ev_timer_init(&late, on_late, DEADLINE_S, 0.0);
	ev_timer_start(loop, &late);
	while (!done)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &late);
	ev_run(loop, EVRUN_NOWAIT);
	cr_assert_eq(done, 1);
	cr_assert_eq(atomic_load(&states), 0);
	cr_assert_eq(atomic_load(&opened), 0);
}

static void tear_down(void)
{
	if (!done)
		runner_finish(runner, on_done, &done);
	finish();
	runner_free(runner);
	ev_loop_destroy(loop);
}

TestSuite(runner, .init = set_up, .fini = tear_down, .timeout = 60);

static void take(enum message_type type, uint64_t request, unsigned flags)
{
	struct message m = {.type = type, .request = request, .flags = flags};

	if (type == MSG_EXEC)
		m.exec.session = 1;
	else if (type == MSG_DATA)
		m.data.session = 1;
	cr_assert_eq(runner_take(runner, &m), 0);
}

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
	/* 256 at the most in each. */
	cr_assert_eq(atomic_load(&commits), 4);
}

Test(runner, what_comes_in_one_turn_of_the_loop_shares_a_commit)
{
	for (int i = 1; i <= 20; i++) {
		ask(100);
		await_answers(100 * i);
		cr_assert_eq(atomic_load(&commits), i);
	}
}

Test(runner, a_failed_commit_is_told_to_all)
{
	commit_fails = true;
	ask(10);
	await_answers(10);
}

Test(runner, what_is_complete_is_run_before_the_end)
{
	pthread_mutex_lock(&gate);
	ask(1000);
	runner_finish(runner, on_done, &done);
	pthread_mutex_unlock(&gate);
	finish();
	cr_assert_eq(answers, 1000);
	cr_assert_eq(atomic_load(&committed), 1000);
}

Test(runner, what_is_half_sent_is_dropped_at_the_end)
{
	pthread_mutex_lock(&gate);
	ask(3);
	take(MSG_EXEC, 10, 0);
	take(MSG_DATA, 10, 0);
	runner_finish(runner, on_done, &done);
	pthread_mutex_unlock(&gate);
	finish();
	cr_assert_eq(answers, 3);
	cr_assert_eq(atomic_load(&finished), 3);
}

Test(runner, nothing_is_taken_after_the_end_has_begun)
{
	pthread_mutex_lock(&gate);
	ask(3);
	runner_finish(runner, on_done, &done);
	take(MSG_EXEC, 10, FLAG_LAST);
	take(MSG_CANCEL, 2, 0);
	pthread_mutex_unlock(&gate);
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
	commit_fails = true;
	pthread_mutex_lock(&gate);
	ask(10);
	runner_finish(runner, on_done, &done);
	pthread_mutex_unlock(&gate);
	finish();
	cr_assert_eq(answers, 10);
}

Test(runner, results_that_nobody_fetches_do_not_hold_up_the_end)
{
	huge = true;
	ask(3);
	await_answers(1);
	cr_assert_eq(atomic_load(&finished), 1);
	runner_finish(runner, on_done, &done);
	finish();
	cr_assert_eq(atomic_load(&committed), 3);
	cr_assert_eq(answers, 1);
}

/* Where and in which order the requests of a service without commit() are run. */
#define QUICK 8

static struct dtree_service quick;
static pthread_t thread;
static atomic_int elsewhere; /* finished by another thread */
static uint64_t order[8];
static int told;

static void quick_finish(void *request, struct dtree_result *result)
{
	(void)request;
	if (!pthread_equal(pthread_self(), thread))
		atomic_fetch_add(&elsewhere, 1);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	result->ok = true;
}

static void on_quick_update(void *arg, const struct job_update *update)
{
	(void)arg;
	if (!update->answered)
		return;
	order[told++] = update->request;
	free(update->text);
}

static void quick_set_up(void)
{
	quick = fake;
	quick.finish = quick_finish;
	quick.commit = NULL;
	quick.quick = QUICK;
	thread = pthread_self();
	loop = ev_loop_new(EVFLAG_AUTO);
	runner = runner_new(loop, &(struct dtree_node){.id = 7}, &quick, on_quick_update, NULL);
}

TestSuite(quick, .init = quick_set_up, .fini = tear_down, .timeout = 60);

static void take_bytes(uint64_t request, unsigned flags, size_t size)
{
	static const char bytes[2 * QUICK];
	const struct message m = {.type = MSG_EXEC,
	                          .request = request,
	                          .exec.session = 1,
	                          .flags = flags,
	                          .payload = bytes,
	                          .payload_size = size};

	cr_assert_eq(runner_take(runner, &m), 0);
}

static void await_told(int count)
{
	ev_timer late;

	ev_timer_init(&late, on_late, DEADLINE_S, 0.0);
	ev_timer_start(loop, &late);
	while (told < count)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &late);
}

Test(quick, a_small_request_is_answered_at_once_and_here)
{
	take_bytes(1, FLAG_LAST, QUICK - 1);
	take_bytes(2, FLAG_LAST, 0);
	cr_assert_eq(told, 2);
	cr_assert_eq(atomic_load(&elsewhere), 0);
}

Test(quick, a_larger_one_runs_on_the_thread)
{
	take_bytes(1, FLAG_LAST, QUICK);
	await_told(1);
	cr_assert_eq(atomic_load(&elsewhere), 1);
}

Test(quick, one_that_comes_in_parts_runs_on_the_thread)
{
	take_bytes(1, 0, 1);
	take(MSG_DATA, 1, FLAG_LAST);
	await_told(1);
	cr_assert_eq(atomic_load(&elsewhere), 1);
}

Test(quick, what_comes_behind_a_larger_one_waits_for_it)
{
	pthread_mutex_lock(&gate);
	take_bytes(1, FLAG_LAST, QUICK);
	take_bytes(2, FLAG_LAST, 1);
	cr_assert_eq(told, 0);
	pthread_mutex_unlock(&gate);
	await_told(2);
	cr_assert_eq(atomic_load(&elsewhere), 2);
	cr_assert_eq(order[0], 1);
	cr_assert_eq(order[1], 2);
}

Test(quick, what_comes_behind_one_half_sent_runs_on_the_thread)
{
	take_bytes(1, 0, 1);
	take_bytes(2, FLAG_LAST, 1);
	await_told(1);
	cr_assert_eq(atomic_load(&elsewhere), 1);
	cr_assert_eq(order[0], 2);
}

/* The thread needs a moment to come to rest. */
Test(quick, once_the_thread_is_idle_small_requests_run_here_again)
{
	take_bytes(1, FLAG_LAST, QUICK);
	await_told(1);
	for (int before = -1; before != atomic_load(&elsewhere);) {
		before = atomic_load(&elsewhere);
		told = 0;
		take_bytes(2, FLAG_LAST, 1);
		await_told(1);
	}
	cr_assert_eq(atomic_load(&states), 1);
}

Test(quick, its_state_is_destroyed_without_a_thread)
{
	take_bytes(1, FLAG_LAST, 1);
	cr_assert_eq(atomic_load(&states), 1);
	runner_finish(runner, on_done, &done);
	cr_assert_eq(done, 1);
	cr_assert_eq(atomic_load(&states), 0);
}

Test(quick, one_that_commits_is_never_quick)
{
	quick.commit = fake_commit;
	take_bytes(1, FLAG_LAST, 1);
	await_told(1);
	cr_assert_eq(atomic_load(&elsewhere), 1);
}

Test(quick, nothing_runs_here_while_too_much_is_kept)
{
	huge = true;
	quick.finish = fake_finish;
	take_bytes(1, FLAG_LAST, 1);
	cr_assert_eq(told, 1);
	take_bytes(2, FLAG_LAST, 1);
	cr_assert_eq(told, 1);
	runner_unstore(runner, DTREE_RESULT_MAX);
	await_told(2);
	runner_unstore(runner, DTREE_RESULT_MAX);
}
