/*
 * The ledger: what is sent again runs once, and answers that got lost are given again. With the
 * dictionary, whose state shows what ran.
 */
#include "worker/ledger.h"

#include <criterion/criterion.h>
#include <ev.h>
#include <string.h>

#include "base/mem.h"
#include "service/service.h"

static struct ev_loop *loop;
static struct ledger *ledger;
static struct message last; /* without its payload, which is in text */
static char text[256];
static size_t answers;

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

static void setup(void)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	ledger =
	    ledger_new(loop, &(struct dtree_node){.id = 7}, service_find("dict"), on_answer, NULL);
}

TestSuite(ledger, .init = setup, .timeout = 60);

static void take(enum message_type type, uint64_t request, uint64_t value, uint64_t settled,
                 unsigned flags, const char *args, size_t size)
{
	ledger_take(ledger, &(struct message){.type = type,
	                                      .request = request,
	                                      .session = 1,
	                                      .value = value,
	                                      .serial = request,
	                                      .settled = settled,
	                                      .flags = flags,
	                                      .payload = args,
	                                      .payload_size = size});
}

/* Runs the loop until one more answer than before is here. */
static void await_answer(size_t before)
{
	ev_timer late;

	ev_timer_init(&late, on_late, 30.0, 0.0);
	ev_timer_start(loop, &late);
	while (answers == before)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &late);
}

static void exec(uint64_t request, uint64_t settled, const char *args, size_t size)
{
	size_t before = answers;

	take(MSG_EXEC, request, 0, settled, FLAG_LAST, args, size);
	await_answer(before);
	cr_assert_eq(last.type, MSG_RESULT);
	cr_assert_eq(last.request, request);
}

Test(ledger, an_answer_that_got_lost_is_given_again)
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

Test(ledger, a_request_sent_again_runs_once)
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

Test(ledger, an_old_word_whose_answer_has_arrived_is_dropped)
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

Test(ledger, arguments_sent_again_are_taken_once)
{
	size_t before = answers;

	take(MSG_EXEC, 1, 0, 1, 0, "na", 2);
	await_answer(before);
	cr_assert_eq(last.type, MSG_TAKEN);
	cr_assert_eq(last.value, 2);
	take(MSG_DATA, 1, 2, 0, 0, "me", 2);
	take(MSG_DATA, 1, 0, 0, 0, "name", 4); /* all of it is here already */
	take(MSG_DATA, 1, 9, 0, 0, "gap", 3);  /* what is before it is not */
	take(MSG_DATA, 1, 2, 0, FLAG_LAST,
	     "me\0"
	     "7",
	     5);
	while (last.type != MSG_RESULT)
		await_answer(answers);
	exec(2, 1, "name", 5);
	cr_assert_str_eq(text, "7");
}

Test(ledger, a_cancel_of_what_is_not_known_is_answered)
{
	take(MSG_CANCEL, 5, 0, 0, 0, NULL, 0);
	cr_assert_eq(answers, 1);
	cr_assert_eq(last.type, MSG_RESULT);
	cr_assert_eq(last.request, 5);
	cr_assert(last.flags & FLAG_LATE);
	cr_assert(last.flags & FLAG_LAST);
}

Test(ledger, a_cancel_of_what_is_half_sent_is_answered)
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
