/* What nodes say of their programs: it is kept and answered. */
#include "controller/overlay/program_word.h"

#include <criterion/criterion.h>

#include "base/mem.h"
#include "controller/node/life.h"
#include "controller/node/program.h"
#include "controller/overlay/test/overlay_fixture.h"

TestSuite(program_word, .init = fixture_begin, .fini = fixture_end, .timeout = 60);

static void say(struct node *n, uint64_t version, const struct program_report *report)
{
	struct buffer bytes = {0};

	program_report_write(report, &bytes);
	program_word_take(&world, n,
	                  &(struct message){.type = MSG_PROGRAM,
	                                    .program.version = version,
	                                    .payload = buffer_bytes(&bytes),
	                                    .payload_size = buffer_size(&bytes)});
	buffer_free(&bytes);
}

static void say_state(struct node *n, uint64_t version, enum program_state state)
{
	say(n, version, &(struct program_report){.state = state});
}

static uint64_t answered(const struct node *n)
{
	const struct word *w = fixture_last_sent(MSG_PROGRAM_SEEN, n->id);

	cr_assert_eq(w->m.program_seen.controller_epoch, world.controller_epoch);
	return w->m.program_seen.version;
}

Test(program_word, is_kept_and_answered_with_its_version)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	say_state(n, 3, PROGRAM_BACKING_OFF);
	cr_assert_eq(answered(n), 3);
	cr_assert_not(node_program_ready(n));
}

Test(program_word, an_older_one_is_answered_with_what_is_known)
{
	struct node *n = fixture_add(2, NODE_CONTROLLER);

	say_state(n, 3, PROGRAM_BACKING_OFF);
	say_state(n, 2, PROGRAM_READY);
	cr_assert_eq(answered(n), 3);
	cr_assert_eq(fixture_sent(MSG_PROGRAM_SEEN, 2), 2);
	cr_assert_not(node_program_ready(n));
}

Test(program_word, what_is_no_report_is_not_answered)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	program_word_take(
	    &world, n,
	    &(struct message){
	        .type = MSG_PROGRAM, .program.version = 1, .payload = "x", .payload_size = 1});
	cr_assert_eq(fixture_sent(MSG_PROGRAM_SEEN, 1), 0);
	cr_assert_null(n->program);
}

Test(program_word, of_a_process_that_has_ended_does_not_count)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);

	fixture_kill(n);
	say_state(n, 1, PROGRAM_READY);
	cr_assert_null(n->program);
	cr_assert_eq(fixture_sent(MSG_PROGRAM_SEEN, 1), 0);
}
