/* Why a worker ends before it is ready: what it said, for that one start. */
#include "controller/lifecycle/last_word.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/parse.h"
#include "controller/lifecycle/test/fakes.h"

TestSuite(last_word, .timeout = 60, .init = fakes_set_up, .fini = fakes_tear_down);

#define KILLED "signal 9 (Killed)"

static void ask(int id, struct answer *answer)
{
	controller_create(
	    fakes.session,
	    &(struct create_request){.id = id, .has_parent = true, .parent = NODE_CONTROLLER},
	    fakes_answer, answer);
	fakes_turn();
	fakes_written();
}

static void say(int id, const char *word)
{
	last_word_hear(fakes.controller, fakes_process(id)->id.pid, word);
}

static void told(const struct answer *answer, enum error_code code, const char *text)
{
	cr_assert_eq(answer->calls, 1);
	cr_assert_eq(answer->outcome.error.code, code);
	cr_assert_str_eq(answer->outcome.error.text, text);
}

Test(last_word, is_told_with_the_create_that_failed)
{
	struct answer answer = {0};

	ask(1, &answer);
	say(1, "opening it");
	say(1, "no such library");
	fakes_end(1, "exit status 2");
	fakes_turn();
	told(&answer, ERR_INTERNAL,
	     "the worker ended before it was ready: no such library (exit status 2)");
}

Test(last_word, that_was_taken_back_is_not_told)
{
	struct answer answer = {0};

	ask(1, &answer);
	say(1, "opening it");
	say(1, "");
	fakes_end(1, "exit status 2");
	fakes_turn();
	told(&answer, ERR_INTERNAL, "the worker ended before it was ready: exit status 2");
}

Test(last_word, is_told_of_one_that_does_not_join)
{
	struct answer answer = {0};

	ask(1, &answer);
	say(1, "opening it");
	fakes_pass(TIMEOUT_MS);
	fakes_turn();
	told(&answer, ERR_INTERNAL, "node 1 did not join within 10000 ms: opening it");
}

Test(last_word, of_nobody_is_nothing)
{
	last_word_hear(fakes.controller, 1, "I");
	fakes_create(NODE_CONTROLLER, 1);
	last_word_hear(fakes.controller, fakes_process(1)->id.pid + 1, "I");
	cr_assert_null(fakes_node(1)->worker.word);
}

Test(last_word, is_safe_to_print)
{
	struct answer answer = {0};

	ask(1, &answer);
	say(1, "a\nb\xff");
	fakes_end(1, "exit status 2");
	fakes_turn();
	told(&answer, ERR_INTERNAL,
	     "the worker ended before it was ready: a\\x0ab\\xff (exit status 2)");
}

Test(last_word, counts_for_one_start)
{
	fakes_create(NODE_CONTROLLER, 1);
	fakes_end(1, KILLED);
	fakes_written();
	say(1, "no such library");
	fakes_end(1, "exit status 2");
	cr_assert_str_eq(node_cause(fakes_node(1)),
	                 "the worker ended before it was ready: no such library (exit status 2)");
	fakes_pass(1000);
	fakes_written();
	cr_assert_eq(fakes_node(1)->life, LIFE_RESTARTING);
	fakes_end(1, "exit status 3");
	cr_assert_str_eq(node_cause(fakes_node(1)),
	                 "the worker ended before it was ready: exit status 3");
}

Test(last_word, is_told_of_a_life_that_does_not_join)
{
	fakes_create(NODE_CONTROLLER, 1);
	fakes_end(1, KILLED);
	fakes_written();
	say(1, "opening it");
	fakes_pass(TIMEOUT_MS);
	fakes_end(1, KILLED);
	cr_assert_str_eq(node_cause(fakes_node(1)), "it did not join within 10000 ms: opening it");
}
