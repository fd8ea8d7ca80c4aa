/* Where and in which order the requests of a service without commit() run: on the loop or on the
 * service thread. */
#include "worker/test/runner_fixture.h"

#define QUICK 8

static struct dtree_service quick;
static pthread_t thread;
static atomic_int elsewhere; /* finished by another thread */
static uint64_t order[8];
static struct job_times last_times;
static int told;

static void quick_finish(void *request, struct dtree_result *result)
{
	(void)request;
	if (!pthread_equal(pthread_self(), thread))
		atomic_fetch_add(&elsewhere, 1);
	pthread_mutex_lock(&fake_service.gate);
	pthread_mutex_unlock(&fake_service.gate);
	result->ok = true;
}

static void on_quick_update(void *arg, const struct job_update *update)
{
	(void)arg;
	if (!update->answered)
		return;
	order[told++] = update->request;
	last_times = update->times;
	free(update->text);
}

static void quick_set_up(void)
{
	quick = fake_row;
	quick.finish = quick_finish;
	quick.commit = NULL;
	quick.quick = QUICK;
	thread = pthread_self();
	start(&quick, on_quick_update);
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

Test(quick, a_small_request_begins_when_it_came)
{
	const struct message m = {.type = MSG_EXEC,
	                          .request = 1,
	                          .exec = {.session = 1, .came = 4711},
	                          .flags = FLAG_LAST};

	cr_assert_eq(runner_take(runner, &m), 0);
	cr_assert_eq(told, 1);
	cr_assert_eq(last_times.begun, 4711);
	cr_assert_gt(last_times.ended, last_times.begun);
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
	pthread_mutex_lock(&fake_service.gate);
	take_bytes(1, FLAG_LAST, QUICK);
	take_bytes(2, FLAG_LAST, 1);
	cr_assert_eq(told, 0);
	pthread_mutex_unlock(&fake_service.gate);
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
	cr_assert_eq(atomic_load(&fake_service.states), 1);
}

Test(quick, its_state_is_destroyed_without_a_thread)
{
	take_bytes(1, FLAG_LAST, 1);
	cr_assert_eq(atomic_load(&fake_service.states), 1);
	runner_finish(runner, on_done, &done);
	cr_assert_eq(done, 1);
	cr_assert_eq(atomic_load(&fake_service.states), 0);
}

Test(quick, one_that_commits_is_never_quick)
{
	quick.commit = fake_row.commit;
	take_bytes(1, FLAG_LAST, 1);
	await_told(1);
	cr_assert_eq(atomic_load(&elsewhere), 1);
}

Test(quick, nothing_runs_here_while_too_much_is_kept)
{
	fake_service.huge = true;
	quick.finish = fake_row.finish;
	take_bytes(1, FLAG_LAST, 1);
	cr_assert_eq(told, 1);
	take_bytes(2, FLAG_LAST, 1);
	cr_assert_eq(told, 1);
	runner_unstore(runner, DTREE_RESULT_MAX);
	await_told(2);
	runner_unstore(runner, DTREE_RESULT_MAX);
}
