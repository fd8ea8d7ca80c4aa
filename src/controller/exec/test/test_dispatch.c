/* exec and ping: from their start to their answer. */
#include "controller/exec/dispatch.h"

#include <criterion/criterion.h>
#include <poll.h>

#include "controller/exec/test/exec_fixture.h"
#include "controller/exec/window.h"

TestSuite(dispatch, .timeout = 60, .init = exec_set_up, .fini = exec_tear_down);

static void assert_error(size_t place, enum error_code code, enum error_outcome outcome,
                         const char *text)
{
	cr_assert_gt(told_count, place);
	cr_assert_eq(told[place].error.code, code, "%s", told[place].error.text);
	cr_assert_eq(told[place].error.outcome, outcome);
	cr_assert_str_eq(told[place].error.text, text);
}

Test(dispatch, an_exec_is_sent_at_once_and_answered_from_the_loop)
{
	exec_ask(session, 10, 1);
	cr_assert_eq(posted_count, 1);
	cr_assert_eq(posted[0].type, MSG_EXEC);
	cr_assert_eq(posted[0].flags, FLAG_LAST);
	cr_assert_eq(posted[0].size, 10);
	exec_answer(0, 0, "6");
	cr_assert_eq(told_count, 0);
	exec_turn();
	cr_assert_eq(told_count, 1);
	cr_assert_eq(told[0].error.code, ERR_NONE);
	cr_assert_str_eq(told[0].result, "6");
	cr_assert_eq(requests_count(world.requests), 0);
	/* Its next EXEC would say that the answer has arrived. */
	cr_assert_eq(posted_count, 1);
}

Test(dispatch, a_result_is_any_bytes)
{
	exec_ask(session, 10, 1);
	exec_answer(0, 0, "a\xff\xc3");
	exec_turn();
	cr_assert_eq(told[0].error.code, ERR_NONE);
	cr_assert_str_eq(told[0].result, "a\xff\xc3");
}

Test(dispatch, large_arguments_go_in_parts)
{
	exec_ask(session, 2 * MESSAGE_PAYLOAD_MAX + 7, 1);
	cr_assert_eq(posted_count, 3);
	cr_assert_eq(posted[0].type, MSG_EXEC);
	cr_assert_eq(posted[0].flags, 0);
	cr_assert_eq(posted[1].type, MSG_DATA);
	cr_assert_eq(posted[1].offset, MESSAGE_PAYLOAD_MAX);
	cr_assert_eq(posted[1].flags, 0);
	cr_assert_eq(posted[2].offset, 2 * MESSAGE_PAYLOAD_MAX);
	cr_assert_eq(posted[2].size, 7);
	cr_assert_eq(posted[2].flags, FLAG_LAST);
}

Test(dispatch, what_the_node_says_becomes_an_outcome)
{
	static const struct {
		unsigned flags;
		const char *text;
		enum error_code code;
		enum error_outcome outcome;
		const char *told;
	} rows[] = {
	    {FLAG_REFUSED, "no such name", ERR_SERVICE, OUTCOME_NONE, "no such name"},
	    {FLAG_UNKNOWN, "the disk", ERR_NODE_UNAVAILABLE, OUTCOME_UNKNOWN, "the disk"},
	    {FLAG_LATE, "", ERR_NODE_UNAVAILABLE, OUTCOME_NOT_RUN,
	     "node 5 came to it after its deadline"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		exec_ask(session, 1, i);
		exec_answer(posted_count - 1, rows[i].flags, rows[i].text);
		exec_turn();
		assert_error(i, rows[i].code, rows[i].outcome, rows[i].told);
	}
	cr_assert_eq(requests_count(world.requests), 0);
}

Test(dispatch, an_unavailable_node_is_not_asked)
{
	dispatch_exec(session, &(struct exec_request){.id = 8}, exec_note, (void *)1);
	exec_turn();
	assert_error(0, ERR_NOT_FOUND, OUTCOME_NONE, "no node 8");
	node.life = LIFE_DEAD;
	exec_ask(session, 1, 2);
	exec_turn();
	assert_error(1, ERR_NODE_UNAVAILABLE, OUTCOME_NOT_RUN, "node 5 is dead");
	/* A ping has an answer all the same. */
	dispatch_ping(session, &world, 5, exec_note, (void *)3);
	exec_turn();
	cr_assert_eq(told[2].error.code, ERR_NONE);
	cr_assert(!told[2].available);
	cr_assert_eq(posted_count, 0);
}

Test(dispatch, what_is_for_a_node_that_is_coming_waits_for_it)
{
	node.life = LIFE_RESTARTING;
	exec_ask(session, 1, 1);
	exec_ask(session, 2, 2);
	exec_turn();
	cr_assert_eq(told_count + posted_count, 0);
	node.life = LIFE_RUNNING;
	requests_restart(world.requests, &node.traffic.waiters);
	cr_assert_eq(posted_count, 2);
	cr_assert_eq(posted[0].size, 1);
	cr_assert_eq(posted[1].size, 2);
}

/* A session's window was full when a restart was ordered, and the session goes on. */
Test(dispatch, what_the_node_did_not_begin_goes_to_its_next_life_before_what_was_asked_later)
{
	const size_t sent = LANE_REQUESTS;

	for (size_t i = 0; i < sent; i++)
		exec_ask(session, 1, i);
	exec_ask(session, 2, sent);
	node.life = LIFE_STOPPING;
	node.restart.to_restart = true;
	exec_ask(session, 3, sent + 1);
	dispatch_fail(&world, &node, true, "is restarting");
	exec_turn();
	cr_assert_eq(told_count, sent);
	node.life = LIFE_RUNNING;
	requests_restart(world.requests, &node.traffic.waiters);
	cr_assert_eq(exec_posted(MSG_EXEC), sent + 2);
	cr_assert_eq(posted[exec_place(MSG_EXEC, sent)].size, 2);
	cr_assert_eq(posted[exec_place(MSG_EXEC, sent + 1)].size, 3);
}

Test(dispatch, what_a_lost_node_was_sent_may_have_run)
{
	for (size_t i = 0; i <= 128; i++)
		exec_ask(session, 1, i);
	dispatch_fail(&world, &node, true, "died");
	cr_assert_eq(told_count, 0);
	exec_turn();
	cr_assert_eq(told_count, 129);
	for (size_t i = 0; i < 128; i++) {
		cr_assert_eq(told[i].who, i);
		assert_error(i, ERR_NODE_UNAVAILABLE, OUTCOME_UNKNOWN, "node 5 died");
	}
	assert_error(128, ERR_NODE_UNAVAILABLE, OUTCOME_NOT_RUN, "node 5 died");
	cr_assert_eq(requests_count(world.requests), 0);
	cr_assert_eq(node.traffic.execs.requests, 0);
	cr_assert_eq(node.traffic.execs.bytes, 0);
}

Test(dispatch, a_silent_node_may_answer_later)
{
	exec_ask(session, 1, 1);
	dispatch_fail(&world, &node, false, "is silent");
	exec_turn();
	assert_error(0, ERR_NODE_UNAVAILABLE, OUTCOME_UNKNOWN, "node 5 is silent");
	/* It counts as long as the node has it. */
	cr_assert_eq(node.traffic.execs.requests, 1);
	exec_answer(0, 0, "6");
	exec_turn();
	cr_assert_eq(told_count, 1);
	cr_assert_eq(node.traffic.execs.requests, 0);
	cr_assert_eq(requests_count(world.requests), 0);
}

/* What the node says to a request that is cancelled, and what becomes of it. */
static void assert_cancelled(unsigned flags, const char *text, enum error_outcome outcome)
{
	size_t before = told_count;

	posted_count = 0;
	exec_ask(session, 1, 1);
	cr_assert(request_cancel(world.requests, session, (void *)1));
	cr_assert_eq(posted[1].type, MSG_CANCEL);
	cr_assert_eq(posted[1].request, posted[0].request);
	exec_turn();
	cr_assert_eq(told_count, before);
	exec_answer(0, flags, text);
	exec_turn();
	cr_assert_eq(told_count, before + 1);
	assert_error(before, ERR_CANCELLED, outcome, "cancelled by its client");
}

Test(dispatch, the_node_says_whether_a_cancelled_one_has_begun)
{
	assert_cancelled(FLAG_LATE, "", OUTCOME_NOT_RUN);
	assert_cancelled(FLAG_REFUSED | FLAG_LATE, "no", OUTCOME_NOT_RUN);
	assert_cancelled(FLAG_REFUSED | FLAG_UNKNOWN, "cancelled", OUTCOME_UNKNOWN);
	assert_cancelled(FLAG_UNKNOWN, "", OUTCOME_UNKNOWN);
	/* Its answer was on the way. */
	assert_cancelled(0, "6", OUTCOME_UNKNOWN);
	assert_cancelled(FLAG_REFUSED, "no", OUTCOME_UNKNOWN);
	cr_assert_eq(requests_count(world.requests), 0);
}

Test(dispatch, a_cancelled_one_is_told_in_its_place)
{
	exec_ask(session, 1, 1);
	exec_ask(session, 2, 2);
	cr_assert(request_cancel(world.requests, session, (void *)2));
	exec_answer(1, FLAG_LATE, "");
	exec_turn();
	cr_assert_eq(told_count, 0);
	exec_answer(0, 0, "6");
	exec_turn();
	cr_assert_eq(told_count, 2);
	cr_assert_eq(told[0].who, 1);
	cr_assert_eq(told[1].who, 2);
	assert_error(1, ERR_CANCELLED, OUTCOME_NOT_RUN, "cancelled by its client");
}

Test(dispatch, a_node_that_says_nothing_is_not_waited_for_long)
{
	exec_ask(session, 1, 1);
	cr_assert(request_cancel(world.requests, session, (void *)1));
	cr_assert(request_cancel(world.requests, session, (void *)1));
	cr_assert_eq(exec_posted(MSG_CANCEL), 1);
	while (!told_count) {
		poll(NULL, 0, 1);
		exec_turn();
	}
	assert_error(0, ERR_CANCELLED, OUTCOME_UNKNOWN, "cancelled by its client");
	/* It counts as long as the node has it. */
	cr_assert_eq(node.traffic.execs.requests, 1);
	exec_answer(0, 0, "6");
	exec_turn();
	cr_assert_eq(told_count, 1);
	cr_assert_eq(requests_count(world.requests), 0);
}

Test(dispatch, a_node_that_dies_meanwhile_leaves_it_cancelled)
{
	exec_ask(session, 1, 1);
	cr_assert(request_cancel(world.requests, session, (void *)1));
	dispatch_fail(&world, &node, true, "died");
	exec_turn();
	assert_error(0, ERR_CANCELLED, OUTCOME_UNKNOWN, "cancelled by its client");
	cr_assert_eq(requests_count(world.requests), 0);
}

Test(dispatch, who_cancels_is_told_behind_what_is_cancelled)
{
	exec_ask(session, 1, 1);
	request_ask_cancel(world.requests, session, (void *)1, exec_note, (void *)2);
	request_ask_cancel(world.requests, session, (void *)1, exec_note, (void *)3);
	exec_turn();
	cr_assert_eq(told_count, 0);
	exec_answer(0, FLAG_LATE, "");
	exec_turn();
	cr_assert_eq(told_count, 3);
	for (size_t i = 0; i < 3; i++)
		cr_assert_eq(told[i].who, i + 1);
	request_ask_cancel(world.requests, session, (void *)1, exec_note, (void *)4);
	exec_turn();
	cr_assert_eq(told[3].who, 4);
}

Test(dispatch, a_large_result_of_a_cancelled_one_is_not_fetched)
{
	static char part[100];
	struct message m = {.type = MSG_OFFER, .offer.size = 200};

	exec_ask(session, 1, 1);
	m.request = posted[0].request;
	dispatch_answer(&world, &node, &m);
	cr_assert(request_cancel(world.requests, session, (void *)1));
	m = (struct message){
	    .type = MSG_RESULT, .request = m.request, .payload = part, .payload_size = sizeof part};
	dispatch_answer(&world, &node, &m);
	cr_assert_eq(exec_posted(MSG_CREDIT), 1);
	exec_answer(0, FLAG_UNKNOWN, "");
	exec_turn();
	assert_error(0, ERR_CANCELLED, OUTCOME_UNKNOWN, "cancelled by its client");
	cr_assert_eq(requests_count(world.requests), 0);
}

static bool goes_on(const void *arg)
{
	return arg == (void *)2;
}

Test(dispatch, what_a_session_asked_is_cancelled_but_for_what_goes_on)
{
	for (uintptr_t who = 1; who <= 3; who++)
		exec_ask(session, 1, who);
	exec_ask(other, 1, 4);
	requests_cancel_all(world.requests, session, goes_on);
	cr_assert_eq(exec_posted(MSG_CANCEL), 2);
	cr_assert_eq(posted[4].request, posted[0].request);
	cr_assert_eq(posted[5].request, posted[2].request);
}

/* The CANCEL may be lost with the link. */
Test(dispatch, resending_tells_the_node_to_forget_what_is_answered_or_cancelled)
{
	exec_ask(session, 1, 1);
	exec_ask(other, 2, 2);
	exec_ask(other, 3, 3);
	request_cancel(world.requests, other, (void *)2);
	exec_turn();
	dispatch_fail(&world, &node, false, "is silent");
	cr_assert_eq(exec_posted(MSG_CANCEL), 1);
	exec_ask(session, 4, 4);
	request_cancel(world.requests, session, (void *)4);
	posted_count = 0;
	dispatch_resend(&world, &node);
	cr_assert_eq(posted_count, 4);
	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(posted[i].type, MSG_CANCEL);
	cr_assert_eq(node.traffic.way, 1);
}

Test(dispatch, resending_sends_what_is_not_answered)
{
	exec_ask(session, 1, 1);
	posted_count = 0;
	dispatch_resend(&world, &node);
	cr_assert_eq(posted_count, 1);
	cr_assert_eq(posted[0].type, MSG_EXEC);
	cr_assert_eq(posted[0].size, 1);
}

Test(dispatch, an_answer_out_of_order_is_acknowledged)
{
	exec_ask(session, 1, 1);
	exec_ask(other, 2, 2);
	exec_answer(1, 0, "b");
	cr_assert_eq(posted[2].type, MSG_SETTLED);
	cr_assert_eq(posted[2].request, posted[1].request);
	exec_answer(0, 0, "a");
	cr_assert_eq(posted_count, 3);
	exec_turn();
	cr_assert_str_eq(told[0].result, "b");
	cr_assert_str_eq(told[1].result, "a");
}

Test(dispatch, an_answer_to_nobody_is_dropped)
{
	exec_ask(session, 1, 1);
	exec_answer(0, 0, "6");
	exec_answer(0, 0, "7");
	exec_turn();
	exec_answer(0, 0, "8");
	exec_turn();
	cr_assert_eq(told_count, 1);
	cr_assert_str_eq(told[0].result, "6");
}

Test(dispatch, a_node_that_is_stopped_is_quiet_once_it_has_answered_all)
{
	exec_ask(session, 1, 1);
	exec_ask(session, 1, 2);
	node.life = LIFE_STOPPING;
	exec_answer(1, 0, "b");
	cr_assert_eq(quiet_count, 0);
	exec_answer(0, 0, "a");
	cr_assert_eq(quiet_count, 1);
}

Test(dispatch, a_large_result_is_fetched_and_handed_over)
{
	static char part[1000];
	struct message m = {.type = MSG_OFFER, .offer.size = 2 * sizeof part};

	memset(part, 'x', sizeof part);
	exec_ask(session, 1, 1);
	m.request = posted[0].request;
	dispatch_answer(&world, &node, &m);
	cr_assert_eq(posted[1].type, MSG_CREDIT);
	m = (struct message){
	    .type = MSG_RESULT, .request = m.request, .payload = part, .payload_size = sizeof part};
	dispatch_answer(&world, &node, &m);
	m.result.offset = sizeof part;
	m.flags = FLAG_LAST;
	dispatch_answer(&world, &node, &m);
	cr_assert_eq(told_count, 0);
	exec_turn();
	cr_assert_eq(told_count, 1);
	cr_assert_eq(strspn(told[0].result, "x"), sizeof told[0].result - 1);
	cr_assert_eq(exec_posted(MSG_SETTLED), 1);
	cr_assert_eq(requests_count(world.requests), 0);
}
