/* What a node says of its program: the newest report counts, for as long as its process lives. */
#include "controller/node/program.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "controller/node/life.h"

TestSuite(node_program, .timeout = 60);

/* A node whose first process has joined. */
static struct node *running(void)
{
	struct node *n = mem_new(sizeof *n);

	node_begin_life(n, LIFE_RUNNING);
	return n;
}

static int say(struct node *n, uint64_t version, enum program_state state)
{
	struct program_report report = {.state = state, .pid = (int)version};
	struct buffer bytes = {0};
	int rc;

	program_report_write(&report, &bytes);
	rc = node_program_take(n, version, buffer_bytes(&bytes), buffer_size(&bytes), NULL);
	buffer_free(&bytes);
	return rc;
}

Test(node_program, a_newer_report_takes_the_place_of_the_former)
{
	struct node *n = running();

	cr_assert_null(node_program_report(n));
	cr_assert_eq(say(n, 1, PROGRAM_STARTING), 1);
	cr_assert_eq(say(n, 5, PROGRAM_READY), 1);
	cr_assert_eq(node_program_report(n)->state, PROGRAM_READY);
	cr_assert_eq(node_program_report(n)->pid, 5);
	node_free(n);
}

Test(node_program, an_older_one_changes_nothing)
{
	struct node *n = running();

	say(n, 5, PROGRAM_BACKING_OFF);
	cr_assert_eq(say(n, 5, PROGRAM_READY), 0);
	cr_assert_eq(say(n, 4, PROGRAM_READY), 0);
	cr_assert_eq(node_program_report(n)->state, PROGRAM_BACKING_OFF);
	cr_assert_eq(n->program->version, 5);
	node_free(n);
}

Test(node_program, what_is_no_report_changes_nothing)
{
	struct node *n = running();
	struct error err;

	cr_assert_eq(node_program_take(n, 9, "report", 6, &err), -1);
	cr_assert_eq(err.code, ERR_PARSE);
	cr_assert_null(node_program_report(n));
	say(n, 1, PROGRAM_READY);
	cr_assert_eq(node_program_take(n, 9, "report", 6, NULL), -1);
	cr_assert_eq(n->program->version, 1);
	node_free(n);
}

Test(node_program, is_ready_unless_it_is_to_be_started_again)
{
	struct node *n = running();

	cr_assert(node_program_ready(n));
	for (enum program_state state = 0; state < PROGRAM_STATES; state++) {
		say(n, state + 1, state);
		cr_assert_eq(node_program_ready(n), state != PROGRAM_BACKING_OFF, "%s",
		             program_state_name(state));
	}
	node_free(n);
}

Test(node_program, is_forgotten_with_its_process)
{
	static const enum node_life gone[] = {LIFE_DEAD, LIFE_RETIRED};

	for (size_t i = 0; i < ARRAY_SIZE(gone); i++) {
		struct node *n = running();

		say(n, 7, PROGRAM_BACKING_OFF);
		node_set_life(n, gone[i], "a test");
		cr_assert_null(node_program_report(n), "%s", life_name(gone[i]));
		cr_assert(node_program_ready(n));
		/* The next process counts anew. */
		cr_assert_eq(say(n, 1, PROGRAM_READY), 1);
		node_free(n);
	}
}

Test(node_program, stays_while_its_process_is_to_end)
{
	struct node *n = running();

	say(n, 1, PROGRAM_READY);
	node_set_life(n, LIFE_STOPPING, "a test");
	cr_assert_not_null(node_program_report(n));
	node_set_life(n, LIFE_STOPPED, "a test");
	cr_assert_null(node_program_report(n));
	say(n, 1, PROGRAM_READY);
	node_set_life(n, LIFE_RESTARTING, "a test");
	cr_assert_null(node_program_report(n));
	/* One that joins may have said it before. */
	say(n, 1, PROGRAM_READY);
	node_set_life(n, LIFE_RUNNING, "a test");
	cr_assert_not_null(node_program_report(n));
	node_free(n);
}
