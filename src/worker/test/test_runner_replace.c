/* Another service takes the place of the one at work, while requests come. */
#include <stdlib.h>
#include <string.h>

#include "worker/test/runner_fixture.h"

static struct dtree_service former;
static struct dtree_service other;
static uint64_t by_other; /* the first request that it answered */

static void other_finish(void *request, struct dtree_result *result)
{
	fake_row.finish(request, result);
	free(result->text);
	result->text = mem_string("new");
	result->size = 3;
}

static void replace_on_update(void *arg, const struct job_update *update)
{
	(void)arg;
	if (!update->answered)
		return;
	answers++;
	cr_assert_eq(update->flags, 0, "request %d", (int)update->request);
	if (update->size == 3 && !by_other)
		by_other = update->request;
	cr_assert(!by_other || update->size == 3);
	runner_unstore(runner, update->size);
	free(update->text);
}

static void replace_set_up(void)
{
	former = fake_row;
	other = fake_row;
	other.finish = other_finish;
	fake_service.result = "old one";
	start(&former, replace_on_update);
}

TestSuite(runner_replace, .init = replace_set_up, .fini = tear_down, .timeout = 60);

static void replace_await(int count)
{
	ev_timer late;

	wanted = count;
	ev_timer_init(&late, on_late, DEADLINE_S, 0.0);
	ev_timer_start(loop, &late);
	while (answers < count)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &late);
}

Test(runner_replace, nothing_was_asked_yet)
{
	cr_assert_eq(runner_reload(runner, &other), 0);
	take(MSG_EXEC, 1, FLAG_LAST);
	replace_await(1);
	cr_assert_eq(by_other, 1);
}

Test(runner_replace, what_comes_after_it_is_run_by_the_other)
{
	for (uint64_t id = 1; id <= 20; id++)
		take(MSG_EXEC, id, FLAG_LAST);
	cr_assert_eq(runner_reload(runner, &other), 0);
	cr_assert_eq(runner_reload(runner, &former), -1, "one after the other");
	for (uint64_t id = 21; id <= 40; id++)
		take(MSG_EXEC, id, FLAG_LAST);
	replace_await(40);
	take(MSG_EXEC, 41, FLAG_LAST);
	replace_await(41);
	cr_assert_neq(by_other, 0);
	cr_assert_eq(atomic_load(&fake_service.states), 1);
	while (runner_reload(runner, &former))
		ev_run(loop, EVRUN_ONCE);
	by_other = 0;
	fake_service.result = "old one";
}

Test(runner_replace, what_was_answered_is_committed_before)
{
	take(MSG_EXEC, 1, FLAG_LAST);
	cr_assert_eq(runner_reload(runner, &other), 0);
	replace_await(1);
	cr_assert_eq(atomic_load(&fake_service.committed), 1);
}

Test(runner_replace, the_end_may_come_meanwhile)
{
	take(MSG_EXEC, 1, 0);
	take(MSG_EXEC, 2, FLAG_LAST);
	replace_await(1);
	cr_assert_eq(runner_reload(runner, &other), 0);
	take(MSG_EXEC, 3, 0);
	take(MSG_EXEC, 4, FLAG_LAST);
}
