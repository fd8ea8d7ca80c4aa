/* Another service takes the place of the one at work, when nothing is half done. */
#include <stdlib.h>

#include "worker/test/scheduler_fixture.h"

TestSuite(scheduler_replace, .init = start, .fini = stop, .timeout = 60);

static struct dtree_service other;

static void other_finish(void *request, struct dtree_result *result)
{
	fake_row.finish(request, result);
	free(result->text);
	result->text = mem_string("new");
	result->size = 3;
}

static void announce(void)
{
	struct job_part *part = part_new(MSG_RELOAD, 0, 0, "", 0, false);

	other = fake_row;
	other.finish = other_finish;
	part->service = &other;
	cr_assert_not(scheduler_add(scheduler, part, &update));
}

static void answered(uint64_t request, const char *text)
{
	step();
	assert_answer(request, 0, text);
}

Test(scheduler_replace, it_is_done_when_no_request_is_open)
{
	cr_assert_not(scheduler_may_replace(scheduler));
	add(MSG_EXEC, 1, 1, "a", true);
	answered(1, "yes");
	cr_assert(scheduler_has_state(scheduler));
	add(MSG_EXEC, 2, 1, "b", true);
	announce();
	cr_assert(scheduler_may_replace(scheduler));
	cr_assert_eq(scheduler_replace(scheduler), &other);
	cr_assert_eq(atomic_load(&fake_service.states), 0, "the former state is destroyed first");
	cr_assert_not(scheduler_may_replace(scheduler));
	answered(2, "new");
	assert_idle();
}

Test(scheduler_replace, what_is_half_sent_is_finished_before_and_what_begins_so_waits)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	announce();
	cr_assert_not(scheduler_may_replace(scheduler));
	add(MSG_EXEC, 2, 2, "b", false);
	add(MSG_EXEC, 3, 3, "c", true);
	answered(3, "yes");
	add(MSG_DATA, 2, 2, "b", true);
	assert_idle();
	add(MSG_DATA, 1, 1, "a", true);
	answered(1, "yes");
	assert_idle();
	cr_assert(scheduler_may_replace(scheduler));
	scheduler_replace(scheduler);
	step();
	cr_assert_not(update.answered);
	answered(2, "new");
	assert_idle();
}

Test(scheduler_replace, what_waits_may_be_cancelled)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	announce();
	add(MSG_EXEC, 2, 2, "b", false);
	add(MSG_DATA, 2, 2, "b", false);
	cr_assert(add(MSG_CANCEL, 2, 2, "", false));
	assert_answer(2, FLAG_LATE, NULL);
	cr_assert(add(MSG_CANCEL, 1, 1, "", false));
	assert_answer(1, FLAG_LATE, NULL);
	scheduler_replace(scheduler);
	assert_idle();
}

Test(scheduler_replace, what_waits_is_freed)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	announce();
	add(MSG_EXEC, 2, 2, "b", false);
}
