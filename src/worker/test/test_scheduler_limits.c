/*
 * Requests that cannot run as they should: deadlines, services without memory, commits that fail,
 * and the end. With built-in services, too.
 */
#include "base/clock.h"
#include "service/service.h"
#include "worker/test/scheduler_fixture.h"

TestSuite(scheduler_limits, .init = start, .fini = stop, .timeout = 60);
TestSuite(scheduler_built_in, .fini = stop, .timeout = 60);

Test(scheduler_limits, nothing_starts_past_its_deadline)
{
	struct job_part *part = part_new(MSG_EXEC, 1, 1, "a", 1, true);

	part->deadline = 1;
	scheduler_add(scheduler, part, &update);
	step();
	assert_answer(1, FLAG_LATE, NULL);
	fake_service_expect("");
}

Test(scheduler_limits, what_has_started_goes_on_past_its_deadline)
{
	struct job_part *part = part_new(MSG_EXEC, 1, 1, "a", 1, false);

	part->deadline = clock_ms() + 3600 * 1000;
	scheduler_add(scheduler, part, &update);
	step();
	part = part_new(MSG_DATA, 1, 1, "b", 1, true);
	part->deadline = 1;
	scheduler_add(scheduler, part, &update);
	step();
	assert_answer(1, 0, "yes");
}

Test(scheduler_limits, a_service_without_memory_refuses)
{
	fake_service.create_fails = true;
	add(MSG_EXEC, 1, 1, "a", true);
	step();
	assert_answer(1, FLAG_REFUSED, "the worker is out of memory");
	scheduler_commit(scheduler, &update, 0);
	fake_service_expect("create ");
}

Test(scheduler_limits, a_service_that_cannot_begin_says_why_and_is_asked_again)
{
	fake_service.create_fails = true;
	fake_service.create_says = "the disk is full";
	add(MSG_EXEC, 1, 1, "a", true);
	add(MSG_EXEC, 2, 1, "b", true);
	step();
	assert_answer(1, FLAG_REFUSED, "the disk is full");
	fake_service.create_fails = false;
	step();
	assert_answer(2, 0, "yes");
	fake_service_expect("create create open feed:b finish close ");
}

/* Runs a write, a refusal and a write in one go; the answers. */
static void run_three(struct job_update *answers)
{
	add(MSG_EXEC, 1, 1, "a", true);
	add(MSG_EXEC, 2, 1, "!", true);
	add(MSG_EXEC, 3, 2, "c", true);
	for (size_t i = 0; i < 3; i++) {
		step();
		answers[i] = update;
	}
	assert_idle();
}

static void assert_held(const struct job_update *answer, unsigned flags, const char *text)
{
	uint64_t request = answer->request;

	update = *answer;
	assert_answer(request, flags, text);
}

Test(scheduler_limits, a_commit_leaves_the_answers_as_they_are)
{
	struct job_update answers[3];

	run_three(answers);
	scheduler_commit(scheduler, answers, 3);
	assert_held(&answers[0], 0, "yes");
	assert_held(&answers[1], 0, "yes");
	assert_held(&answers[2], FLAG_REFUSED, "no");
	buffer_add(&fake_service.calls, "", 1);
	cr_assert_not_null(strstr(buffer_bytes(&fake_service.calls), "close commit "));
}

Test(scheduler_limits, a_failed_commit_refuses_what_rests_on_it)
{
	struct job_update answers[3];

	fake_service.commit_says = "the disk is full";
	run_three(answers);
	scheduler_commit(scheduler, answers, 3);
	assert_held(&answers[0], FLAG_REFUSED, "the disk is full");
	assert_held(&answers[1], FLAG_REFUSED, "the disk is full");
	assert_held(&answers[2], FLAG_REFUSED, "no");
}

Test(scheduler_limits, a_request_without_memory_is_refused)
{
	fake_service.open_fails = true;
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	assert_answer(1, FLAG_REFUSED, "the worker is out of memory");
	assert_idle();
}

Test(scheduler_limits, what_is_left_is_closed_at_the_end)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	add(MSG_DATA, 1, 1, "b", false);
	add(MSG_EXEC, 2, 1, "c", true);
	add(MSG_EXEC, 3, 2, "d", true);
	scheduler_free(scheduler);
	fake_service_expect("create open feed:a close destroy ");
	scheduler = scheduler_new(&node, &fake_row);
}

Test(scheduler_limits, what_is_half_sent_is_dropped_in_silence)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	add(MSG_DATA, 1, 1, "b", false);
	add(MSG_EXEC, 2, 1, "never", false);
	scheduler_drop_partial(scheduler);
	fake_service_expect("create open feed:a close ");
	assert_idle();
}

Test(scheduler_limits, what_is_complete_outlives_what_is_half_sent)
{
	add(MSG_EXEC, 1, 1, "a", false);
	add(MSG_EXEC, 2, 1, "b", false);
	step();
	step();
	add(MSG_DATA, 2, 1, "b", true);
	add(MSG_EXEC, 3, 1, "c", true);
	scheduler_drop_partial(scheduler);
	step();
	assert_answer(2, 0, "yes");
	step();
	assert_answer(3, 0, "yes");
	assert_idle();
}

Test(scheduler_built_in, sum_sums)
{
	scheduler = scheduler_new(&node, service_find("sum"));
	scheduler_add(scheduler, part_new(MSG_EXEC, 1, 1, "3\0001\0002", 5, false), &update);
	scheduler_add(scheduler, part_new(MSG_DATA, 1, 1, "\0003\000", 3, true), &update);
	step();
	cr_assert(!update.answered);
	step();
	assert_answer(1, 0, "6");
	scheduler_add(scheduler, part_new(MSG_EXEC, 2, 1, "x\000", 2, true), &update);
	step();
	cr_assert(update.answered);
	cr_assert_eq(update.flags, FLAG_REFUSED);
	free(update.text);
}

Test(scheduler_built_in, no_result_is_said_so)
{
	scheduler = scheduler_new(&node, service_find("dict"));
	scheduler_add(scheduler, part_new(MSG_EXEC, 1, 1, "X\0005\000", 4, true), &update);
	step();
	assert_answer(1, FLAG_NONE, NULL);
	scheduler_add(scheduler, part_new(MSG_EXEC, 2, 2, "X\000", 2, true), &update);
	step();
	assert_answer(2, 0, "5");
}
