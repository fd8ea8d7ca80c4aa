/* Moves that take too long. */
#include "controller/overlay/rehome_watch.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "controller/overlay/test/overlay_fixture.h"

TestSuite(rehome_watch, .init = fixture_begin, .fini = fixture_end, .timeout = 60);

/* In this time a move is ordered again; in this one it is given up. */
#define ORDERED_AGAIN_MS 1100
#define GIVEN_UP_MS      2100

Test(rehome_watch, a_move_that_takes_long_is_ordered_once_more_with_a_newer_link)
{
	struct node *n = fixture_moving();

	fixture_pass(ORDERED_AGAIN_MS);
	cr_assert_eq(fixture_sent(MSG_REHOME, 2), 2);
	cr_assert_eq(n->link.move.generation, 3);
	/* The word of the link that was given up comes late, and is nothing. */
	fixture_report(fixture_find(3), n, 2, REPORT_HERE);
	cr_assert_not(n->link.move.linked);
	cr_assert_eq(fixture_sent(MSG_LEAVE, 2), 0);
	fixture_report(fixture_find(3), n, 3, REPORT_HERE);
	cr_assert(n->link.move.linked);
}

Test(rehome_watch, a_move_that_does_not_get_there_is_given_up)
{
	struct node *n = fixture_moving();
	struct node *to = fixture_find(3);

	fixture_pass(GIVEN_UP_MS);
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_eq(n->link.up->id, 1);
	cr_assert_eq(n->link.generation, 1);
	cr_assert_eq(to->link.refusals, 1);
	cr_assert_eq(fixture_sent(MSG_REHOME, 2), 2);
	cr_assert_eq(fixture_last_sent(MSG_FORGET, 3)->m.forget.link_generation, 3);
	/* Its present link is kept. */
	cr_assert_eq(fixture_sent(MSG_FORGET, 1), 0);
	/* Later it is tried again, by a link that is newer than all before. */
	fixture_pass(1500);
	cr_assert_eq(n->link.state, LINK_MOVING);
	cr_assert_eq(n->link.move.generation, 4);
}

Test(rehome_watch, a_link_that_was_given_up_is_no_surprise)
{
	struct node *n = fixture_moving();

	fixture_pass(GIVEN_UP_MS);
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_not(link_events_here(&world, n, fixture_find(3), 3));
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_eq(fixture_count(WORD_SIGNAL, 2), 0);
}

Test(rehome_watch, one_that_has_left_and_does_not_get_there_comes_to_the_controller)
{
	struct node *n = fixture_moving();

	fixture_report(fixture_find(3), n, 2, REPORT_HERE);
	cr_assert(n->link.move.leaving);
	fixture_pass(GIVEN_UP_MS);
	cr_assert_eq(n->link.state, LINK_ORPHANED);
	cr_assert_eq(fixture_last(WORD_SIGNAL, 2)->signal, SIGUSR1);
	cr_assert_eq(fixture_sent(MSG_FORGET, 3), 1);
	cr_assert_eq(fixture_sent(MSG_FORGET, 1), 1);
}

Test(rehome_watch, a_move_back_to_the_present_parent_that_is_given_up_keeps_the_link)
{
	struct node *n = fixture_moving_back();

	fixture_pass(GIVEN_UP_MS);
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_eq(n->link.up->id, 1);
	cr_assert_eq(n->link.generation, 1);
	cr_assert_eq(fixture_sent(MSG_FORGET, 1), 0);
}
