/*
 * The reply cache: a request that is sent again runs once, a lost answer is sent again, and a new
 * controller begins with an empty cache. With the dictionary, whose state shows what has run.
 */
#include "worker/reply_cache.h"

#include <criterion/criterion.h>
#include <ev.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "service/service.h"

static struct ev_loop *loop;
static struct reply_cache *cache;
static struct message last; /* without its payload, which is in text */
static char text[256];
static size_t answers;
static bool finished;
static atomic_int opened; /* requests */
static atomic_bool huge;  /* each result is as large as it may be */

/* The dictionary, with counters. */
static const struct dtree_service *dict;
static struct dtree_service watched;

static void *watched_open(void *state)
{
	atomic_fetch_add(&opened, 1);
	return dict->open(state);
}

static void watched_finish(void *request, struct dtree_result *result)
{
	dict->finish(request, result);
	if (!huge)
		return;
	free(result->text);
	result->text = mem_try(DTREE_RESULT_MAX);
	result->size = DTREE_RESULT_MAX;
}

static void watched_close(void *request)
{
	atomic_fetch_sub(&opened, 1);
	dict->close(request);
}

static void on_answer(void *arg, struct message *m)
{
	(void)arg;
	cr_assert_lt(m->payload_size, sizeof text);
	last = *m;
	if (m->payload_size)
		memcpy(text, m->payload, m->payload_size);
	text[m->payload_size] = '\0';
	answers++;
	ev_break(loop, EVBREAK_ALL);
}

static void on_late(struct ev_loop *l, ev_timer *timer, int revents)
{
	(void)l;
	(void)timer;
	(void)revents;
	cr_assert_fail("no answer came");
}

static void on_finished(void *arg)
{
	cr_assert_eq(arg, &finished);
	cr_assert(!finished);
	finished = true;
	ev_break(loop, EVBREAK_ALL);
}

static void setup(void)
{
	dict = service_find("dict");
	watched = *dict;
	watched.open = watched_open;
	watched.finish = watched_finish;
	watched.close = watched_close;
	loop = ev_loop_new(EVFLAG_AUTO);
	cache = reply_cache_new(loop, &(struct dtree_node){.id = 7},
	                        &(struct work){.service = &watched}, on_answer, NULL);
}

/* Runs the loop until there is one more answer than before, or the end. */
static void await_answer(size_t before)
{
	ev_timer late;

	ev_timer_init(&late, on_late, 30.0, 0.0);
	ev_timer_start(loop, &late);
	while (answers == before && !finished)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &late);
}

static void teardown(void)
{
	if (!finished)
		reply_cache_finish(cache, on_finished, &finished);
	while (!finished)
		await_answer(answers);
	cr_assert_eq(atomic_load(&opened), 0);
	reply_cache_free(cache);
	ev_loop_destroy(loop);
}

TestSuite(reply_cache, .init = setup, .fini = teardown, .timeout = 60);

/* The number of request n of a controller of this epoch. */
static uint64_t numbered(uint64_t epoch, uint64_t n)
{
	return (epoch << MESSAGE_EPOCH_SHIFT) + n;
}

static void take(enum message_type type, uint64_t request, uint64_t offset, uint64_t settled,
                 unsigned flags, const char *args, size_t size)
{
	uint64_t epoch = message_epoch(request);
	struct message m = {.type = type,
	                    .request = request,
	                    .flags = flags,
	                    .payload = args,
	                    .payload_size = size};

	if (type == MSG_EXEC)
		m.exec = (struct msg_exec){.session = numbered(epoch, 1),
		                           .serial = request - numbered(epoch, 0),
		                           .settled = settled};
	else if (type == MSG_DATA)
		m.data = (struct msg_data){.session = numbered(epoch, 1), .offset = offset};
	reply_cache_take(cache, &m);
}

static void exec(uint64_t request, uint64_t settled, const char *args, size_t size)
{
	size_t before = answers;

	take(MSG_EXEC, request, 0, settled, FLAG_LAST, args, size);
	await_answer(before);
	cr_assert_eq(last.type, MSG_RESULT);
	cr_assert_eq(last.request, request);
}

Test(reply_cache, an_answer_that_got_lost_is_given_again)
{
	exec(1, 1,
	     "a\0"
	     "5",
	     4);
	exec(2, 1, "a", 2);
	cr_assert_str_eq(text, "5");
	exec(2, 1, "a", 2);
	cr_assert_str_eq(text, "5");
}

Test(reply_cache, a_request_sent_again_runs_once)
{
	exec(1, 1,
	     "a\0"
	     "5",
	     4);
	exec(2, 1,
	     "a\0"
	     "6",
	     4);
	exec(1, 1,
	     "a\0"
	     "5",
	     4); /* answered from memory */
	exec(3, 1, "a", 2);
	cr_assert_str_eq(text, "6");
}

Test(reply_cache, an_old_word_whose_answer_has_arrived_is_dropped)
{
	exec(1, 1,
	     "a\0"
	     "5",
	     4);
	exec(2, 2,
	     "a\0"
	     "6",
	     4);
	size_t before = answers;
	take(MSG_EXEC, 1, 0, 1, FLAG_LAST,
	     "a\0"
	     "5",
	     4);
	exec(3, 2, "a", 2);
	cr_assert_eq(answers, before + 1);
	cr_assert_str_eq(text, "6");
}

Test(reply_cache, arguments_sent_again_are_taken_once)
{
	size_t before = answers;

	take(MSG_EXEC, 1, 0, 1, 0, "na", 2);
	await_answer(before);
	cr_assert_eq(last.type, MSG_TAKEN);
	cr_assert_eq(last.taken.bytes, 2);
	take(MSG_DATA, 1, 2, 0, 0, "me", 2);
	take(MSG_DATA, 1, 0, 0, 0, "name", 4); /* all of it has come before */
	take(MSG_DATA, 1, 9, 0, 0, "gap", 3);  /* the bytes before it have not come */
	take(MSG_DATA, 1, 2, 0, FLAG_LAST,
	     "me\0"
	     "7",
	     5);
	while (last.type != MSG_RESULT)
		await_answer(answers);
	exec(2, 1, "name", 5);
	cr_assert_str_eq(text, "7");
}

Test(reply_cache, a_cancel_of_what_is_not_known_is_answered)
{
	take(MSG_CANCEL, 5, 0, 0, 0, NULL, 0);
	cr_assert_eq(answers, 1);
	cr_assert_eq(last.type, MSG_RESULT);
	cr_assert_eq(last.request, 5);
	cr_assert(last.flags & FLAG_LATE);
	cr_assert(last.flags & FLAG_LAST);
}

Test(reply_cache, a_cancel_of_what_is_half_sent_is_answered)
{
	size_t before = answers;

	take(MSG_EXEC, 1, 0, 1, 0, "na", 2);
	await_answer(before);
	before = answers;
	take(MSG_CANCEL, 1, 0, 0, 0, NULL, 0);
	await_answer(before);
	cr_assert_eq(last.type, MSG_RESULT);
	cr_assert(last.flags & FLAG_LATE);
}

Test(reply_cache, what_a_former_controller_asked_is_run_and_answered_to_nobody)
{
	take(MSG_EXEC, numbered(1, 1), 0, 1, FLAG_LAST,
	     "a\0"
	     "5",
	     4);
	reply_cache_adopt(cache);
	exec(numbered(2, 1), 1, "a", 2);
	cr_assert_str_eq(text, "5");
	cr_assert_eq(answers, 1);
}

Test(reply_cache, a_new_controller_counts_from_the_beginning)
{
	exec(numbered(1, 1), 1,
	     "a\0"
	     "5",
	     4);
	exec(numbered(1, 2), 2, "a", 2);
	reply_cache_adopt(cache);
	exec(numbered(2, 1), 1,
	     "a\0"
	     "6",
	     4);
	exec(numbered(2, 2), 1, "a", 2);
	cr_assert_str_eq(text, "6");
}

Test(reply_cache, what_a_former_controller_asked_is_not_remembered)
{
	exec(numbered(1, 1), 1,
	     "a\0"
	     "5",
	     4);
	reply_cache_adopt(cache);
	take(MSG_CANCEL, numbered(1, 1), 0, 0, 0, NULL, 0);
	cr_assert_eq(answers, 2);
	cr_assert(last.flags & FLAG_LATE);
}

Test(reply_cache, what_a_former_controller_half_sent_is_cancelled)
{
	take(MSG_EXEC, numbered(1, 1), 0, 1, 0, "na", 2);
	await_answer(0);
	cr_assert_eq(last.type, MSG_TAKEN);
	reply_cache_adopt(cache);
	take(MSG_DATA, numbered(1, 1), 2, 0, FLAG_LAST,
	     "me\0"
	     "7",
	     5);
	exec(numbered(2, 1), 1, "name", 5);
	cr_assert_str_eq(text, "'name' not found");
	cr_assert_eq(answers, 2);
	cr_assert_eq(atomic_load(&opened), 0);
}

/* A result that fills the runner's bound: until it is freed, nothing more runs. */
static void fill_up(uint64_t request)
{
	size_t before = answers;

	huge = true;
	take(MSG_EXEC, request, 0, 1, FLAG_LAST, "a", 2);
	await_answer(before);
	cr_assert_eq(last.type, MSG_OFFER);
	huge = false;
}

Test(reply_cache, what_is_settled_does_not_run_again_when_a_copy_comes_late)
{
	exec(numbered(1, 1), 1, "a", 2);
	take(MSG_SETTLED, numbered(1, 1), 0, 0, 0, NULL, 0);
	take(MSG_EXEC, numbered(1, 1), 0, 1, FLAG_LAST, "a", 2);
	exec(numbered(1, 2), 2, "a", 2);
	cr_assert_eq(answers, 2);
	cr_assert_eq(last.request, numbered(1, 2));
}

Test(reply_cache, a_large_answer_to_a_former_controller_makes_room)
{
	fill_up(numbered(1, 1));
	reply_cache_adopt(cache);
	exec(numbered(2, 1), 1, "a", 2);
}

Test(reply_cache, a_large_answer_that_comes_too_late_makes_room)
{
	huge = true;
	take(MSG_EXEC, numbered(1, 1), 0, 1, FLAG_LAST, "a", 2);
	reply_cache_adopt(cache);
	for (uint64_t n = 1; n <= 2; n++) {
		take(MSG_EXEC, numbered(2, n), 0, n, FLAG_LAST, "a", 2);
		await_answer(n - 1);
		cr_assert_eq(last.type, MSG_OFFER);
		cr_assert_eq(last.request, numbered(2, n));
		take(MSG_SETTLED, numbered(2, n), 0, 0, 0, NULL, 0);
	}
}

Test(reply_cache, answers_leave_before_the_end)
{
	take(MSG_EXEC, numbered(1, 1), 0, 1, FLAG_LAST,
	     "a\0"
	     "5",
	     4);
	take(MSG_EXEC, numbered(1, 2), 0, 1, FLAG_LAST, "a", 2);
	reply_cache_finish(cache, on_finished, &finished);
	while (!finished)
		await_answer(answers);
	cr_assert_eq(answers, 2);
	cr_assert_str_eq(text, "5");
}

Test(reply_cache, what_is_half_sent_is_dropped_at_the_end)
{
	take(MSG_EXEC, numbered(1, 1), 0, 1, 0, "na", 2);
	await_answer(0);
	reply_cache_finish(cache, on_finished, &finished);
	take(MSG_DATA, numbered(1, 1), 2, 0, FLAG_LAST, "me", 3);
	while (!finished)
		await_answer(answers);
	cr_assert_eq(answers, 1);
}
