/*
 * The service thread's view of requests: order within a session, turns between sessions, that each
 * request is answered once and closed once, and that answers stand by their commit. With a service
 * that writes down what it is called for, and with sum.
 */
#include "worker/scheduler.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "service/service.h"

/* What the fake service was called for, a word each: "open", "feed:ab", "finish", "close". */
static struct buffer calls;
static size_t open_requests;
static bool create_fails;
static const char *create_says;
static bool open_fails;
static bool commit_fails;

static struct scheduler *scheduler;
static struct job_update update;

static void *fake_create(const struct dtree_node *node, char **why)
{
	static int state;

	cr_assert_eq(node->id, 7);
	cr_assert_str_eq(node->state_dir, "/d");
	cr_assert_eq(node->durability, DTREE_DURABILITY_PROCESS);
	buffer_format(&calls, "create ");
	if (create_fails && create_says)
		*why = mem_string(create_says);
	return create_fails ? NULL : &state;
}

static void fake_destroy(void *state)
{
	cr_assert_not_null(state);
	buffer_format(&calls, "destroy ");
}

static void *fake_open(void *state)
{
	cr_assert_not_null(state);
	if (open_fails)
		return NULL;
	open_requests++;
	buffer_format(&calls, "open ");
	return mem_new(sizeof(bool));
}

/* Refuses what begins with '!'. */
static int fake_feed(void *request, const char *bytes, size_t n)
{
	bool *refused = request;

	buffer_format(&calls, "feed:%.*s ", (int)n, bytes);
	*refused = n && bytes[0] == '!';
	return *refused ? -1 : 0;
}

static void fake_finish(void *request, struct dtree_result *result)
{
	const bool *refused = request;

	buffer_format(&calls, "finish ");
	result->tentative = !*refused;
	result->ok = !*refused;
	result->text = mem_string(*refused ? "no" : "yes");
	result->size = strlen(result->text);
}

static void fake_close(void *request)
{
	buffer_format(&calls, "close ");
	open_requests--;
	free(request);
}

static int fake_commit(void *state, char **why)
{
	cr_assert_not_null(state);
	buffer_format(&calls, "commit ");
	if (commit_fails)
		*why = mem_string("the disk is full");
	return commit_fails ? -1 : 0;
}

static const struct dtree_service fake = {
    .abi = DTREE_SERVICE_ABI,
    .name = "fake",
    .summary = "writes down what it is called for",
    .usage = "",
    .create = fake_create,
    .destroy = fake_destroy,
    .open = fake_open,
    .feed = fake_feed,
    .finish = fake_finish,
    .close = fake_close,
    .commit = fake_commit,
};

static const struct dtree_node node = {
    .id = 7, .state_dir = "/d", .durability = DTREE_DURABILITY_PROCESS};

static void start(void)
{
	scheduler = scheduler_new(&node, &fake);
}

static void stop(void)
{
	scheduler_free(scheduler);
	cr_assert_eq(open_requests, 0, "%zu requests were never closed", open_requests);
	buffer_free(&calls);
}

TestSuite(scheduler, .init = start, .fini = stop, .timeout = 60);
TestSuite(jobs_built_in, .fini = stop, .timeout = 60);

static void assert_calls(const char *wanted)
{
	buffer_add(&calls, "", 1);
	cr_assert_str_eq(buffer_bytes(&calls), wanted);
	buffer_take(&calls, buffer_size(&calls));
}

static struct job_part *part_new(enum message_type type, uint64_t request, uint64_t session,
                                 const char *bytes, size_t n, bool last)
{
	struct job_part *part = mem_new(sizeof *part + n);

	part->type = type;
	part->request = request;
	part->session = session;
	part->last = last;
	part->size = n;
	memcpy(part->bytes, bytes, n);
	return part;
}

static bool add(enum message_type type, uint64_t request, uint64_t session, const char *text,
                bool last)
{
	return scheduler_add(scheduler, part_new(type, request, session, text, strlen(text), last),
	                     &update);
}

static void step(void)
{
	cr_assert(scheduler_step(scheduler, &update), "nothing to run");
}

static void assert_idle(void)
{
	cr_assert(!scheduler_step(scheduler, &update), "something to run");
}

static void assert_answer(uint64_t request, unsigned flags, const char *text)
{
	cr_assert_eq(update.request, request);
	cr_assert(update.answered);
	cr_assert_eq(update.flags, flags, "flags %#x", update.flags);
	if (text) {
		cr_assert_eq(update.size, strlen(text));
		cr_assert_eq(memcmp(update.text, text, update.size), 0);
	} else {
		cr_assert_null(update.text);
		cr_assert_eq(update.size, 0);
	}
	free(update.text);
	update = (struct job_update){0};
}

Test(scheduler, a_whole_request_is_one_step)
{
	cr_assert(!add(MSG_EXEC, 1, 1, "ab", true));
	step();
	cr_assert_eq(update.taken, 2);
	assert_answer(1, 0, "yes");
	assert_calls("create open feed:ab finish close ");
	assert_idle();
}

Test(scheduler, parts_are_fed_as_they_come)
{
	add(MSG_EXEC, 1, 1, "ab", false);
	step();
	cr_assert(!update.answered);
	cr_assert_eq(update.taken, 2);
	assert_idle();
	add(MSG_DATA, 1, 1, "cde", false);
	add(MSG_DATA, 1, 1, "", true);
	step();
	cr_assert(!update.answered);
	cr_assert_eq(update.taken, 3);
	step();
	cr_assert_eq(update.taken, 0);
	assert_answer(1, 0, "yes");
	assert_calls("create open feed:ab feed:cde feed: finish close ");
}

Test(scheduler, a_session_runs_in_its_order)
{
	add(MSG_EXEC, 1, 1, "a", true);
	add(MSG_EXEC, 2, 1, "b", true);
	step();
	assert_answer(1, 0, "yes");
	step();
	assert_answer(2, 0, "yes");
	assert_calls("create open feed:a finish close open feed:b finish close ");
}

Test(scheduler, half_a_request_holds_up_nothing_of_its_own_session)
{
	add(MSG_EXEC, 1, 1, "a", false);
	add(MSG_EXEC, 2, 1, "b", true);
	step();
	step();
	assert_answer(2, 0, "yes");
	add(MSG_DATA, 1, 1, "c", true);
	step();
	assert_answer(1, 0, "yes");
	assert_idle();
}

Test(scheduler, the_last_part_stands_behind_what_was_complete_before_it)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	add(MSG_EXEC, 2, 1, "b", true);
	add(MSG_DATA, 1, 1, "c", true);
	step();
	assert_answer(2, 0, "yes");
	step();
	assert_answer(1, 0, "yes");
	assert_calls("create open feed:a open feed:b finish close feed:c finish close ");
}

Test(scheduler, half_a_request_holds_up_no_other_session)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	add(MSG_EXEC, 2, 2, "b", true);
	step();
	assert_answer(2, 0, "yes");
	assert_idle();
}

Test(scheduler, sessions_take_turns)
{
	add(MSG_EXEC, 1, 1, "a1", false);
	add(MSG_DATA, 1, 1, "a2", false);
	add(MSG_DATA, 1, 1, "a3", false);
	add(MSG_EXEC, 2, 2, "b1", false);
	add(MSG_DATA, 2, 2, "b2", false);
	for (int i = 0; i < 5; i++)
		step();
	assert_idle();
	assert_calls("create open feed:a1 open feed:b1 feed:a2 feed:b2 feed:a3 ");
}

Test(scheduler, a_refusal_ends_the_request_and_drops_its_rest)
{
	add(MSG_EXEC, 1, 1, "!", false);
	add(MSG_DATA, 1, 1, "more", false);
	step();
	assert_answer(1, FLAG_REFUSED, "no");
	assert_idle();
	cr_assert(!add(MSG_DATA, 1, 1, "late", true));
	assert_idle();
	assert_calls("create open feed:! finish close ");
}

Test(scheduler, a_refusal_lets_the_next_request_run)
{
	add(MSG_EXEC, 1, 1, "!", false);
	add(MSG_EXEC, 2, 1, "b", true);
	step();
	assert_answer(1, FLAG_REFUSED, "no");
	step();
	assert_answer(2, 0, "yes");
}

Test(scheduler, a_cancel_answers_and_closes)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	cr_assert(add(MSG_CANCEL, 1, 1, "", true));
	assert_answer(1, FLAG_LATE, NULL);
	assert_calls("create open feed:a close ");
	assert_idle();
}

Test(scheduler, a_cancel_before_the_first_step_opens_nothing)
{
	add(MSG_EXEC, 1, 1, "a", true);
	add(MSG_EXEC, 2, 1, "b", true);
	cr_assert(add(MSG_CANCEL, 1, 1, "", true));
	assert_answer(1, FLAG_LATE, NULL);
	step();
	assert_answer(2, 0, "yes");
	assert_calls("create open feed:b finish close ");
}

Test(scheduler, a_cancel_of_what_waits_leaves_the_first_alone)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	add(MSG_EXEC, 2, 1, "b", true);
	cr_assert(add(MSG_CANCEL, 2, 1, "", true));
	assert_answer(2, FLAG_LATE, NULL);
	add(MSG_DATA, 1, 1, "c", true);
	step();
	assert_answer(1, 0, "yes");
	assert_idle();
}

Test(scheduler, a_cancel_of_nothing_says_nothing)
{
	cr_assert(!add(MSG_CANCEL, 1, 1, "", true));
	add(MSG_EXEC, 1, 1, "a", true);
	step();
	assert_answer(1, 0, "yes");
	cr_assert(!add(MSG_CANCEL, 1, 1, "", true));
	assert_idle();
}

Test(scheduler, data_without_a_request_is_dropped)
{
	cr_assert(!add(MSG_DATA, 1, 1, "a", true));
	assert_idle();
	assert_calls("");
}

Test(scheduler, nothing_starts_past_its_deadline)
{
	struct job_part *part = part_new(MSG_EXEC, 1, 1, "a", 1, true);

	part->deadline = 1;
	scheduler_add(scheduler, part, &update);
	step();
	assert_answer(1, FLAG_LATE, NULL);
	assert_calls("");
}

Test(scheduler, what_has_started_goes_on_past_its_deadline)
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

Test(scheduler, a_service_without_memory_refuses)
{
	create_fails = true;
	add(MSG_EXEC, 1, 1, "a", true);
	step();
	assert_answer(1, FLAG_REFUSED, "the worker is out of memory");
	scheduler_commit(scheduler, &update, 0);
	assert_calls("create ");
}

Test(scheduler, a_service_that_cannot_begin_says_why_and_is_asked_again)
{
	create_fails = true;
	create_says = "the disk is full";
	add(MSG_EXEC, 1, 1, "a", true);
	add(MSG_EXEC, 2, 1, "b", true);
	step();
	assert_answer(1, FLAG_REFUSED, "the disk is full");
	create_fails = false;
	step();
	assert_answer(2, 0, "yes");
	assert_calls("create create open feed:b finish close ");
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

Test(scheduler, a_commit_leaves_the_answers_as_they_are)
{
	struct job_update answers[3];

	run_three(answers);
	scheduler_commit(scheduler, answers, 3);
	assert_held(&answers[0], 0, "yes");
	assert_held(&answers[1], 0, "yes");
	assert_held(&answers[2], FLAG_REFUSED, "no");
	buffer_add(&calls, "", 1);
	cr_assert_not_null(strstr(buffer_bytes(&calls), "close commit "));
}

Test(scheduler, a_failed_commit_refuses_what_rests_on_it)
{
	struct job_update answers[3];

	commit_fails = true;
	run_three(answers);
	scheduler_commit(scheduler, answers, 3);
	assert_held(&answers[0], FLAG_REFUSED, "the disk is full");
	assert_held(&answers[1], FLAG_REFUSED, "the disk is full");
	assert_held(&answers[2], FLAG_REFUSED, "no");
}

Test(scheduler, a_request_without_memory_is_refused)
{
	open_fails = true;
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	assert_answer(1, FLAG_REFUSED, "the worker is out of memory");
	assert_idle();
}

Test(scheduler, what_is_left_is_closed_at_the_end)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	add(MSG_DATA, 1, 1, "b", false);
	add(MSG_EXEC, 2, 1, "c", true);
	add(MSG_EXEC, 3, 2, "d", true);
	scheduler_free(scheduler);
	assert_calls("create open feed:a close destroy ");
	scheduler = scheduler_new(&node, &fake);
}

Test(scheduler, what_is_half_sent_is_dropped_in_silence)
{
	add(MSG_EXEC, 1, 1, "a", false);
	step();
	add(MSG_DATA, 1, 1, "b", false);
	add(MSG_EXEC, 2, 1, "never", false);
	scheduler_drop_partial(scheduler);
	assert_calls("create open feed:a close ");
	assert_idle();
}

Test(scheduler, what_is_complete_outlives_what_is_half_sent)
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

Test(jobs_built_in, sum_sums)
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

Test(jobs_built_in, no_result_is_said_so)
{
	scheduler = scheduler_new(&node, service_find("dict"));
	scheduler_add(scheduler, part_new(MSG_EXEC, 1, 1, "X\0005\000", 4, true), &update);
	step();
	assert_answer(1, FLAG_NONE, NULL);
	scheduler_add(scheduler, part_new(MSG_EXEC, 2, 2, "X\000", 2, true), &update);
	step();
	assert_answer(2, 0, "5");
}
