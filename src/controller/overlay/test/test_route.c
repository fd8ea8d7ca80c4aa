/* Routes, and what is held back while a node moves. */
#include "controller/overlay/route.h"

#include <criterion/criterion.h>
#include <string.h>

#include "controller/overlay/test/overlay_fixture.h"

TestSuite(route, .init = fixture_begin, .fini = fixture_end, .timeout = 60);

static void post(struct node *n, const char *text)
{
	route_post(
	    &world, n,
	    &(struct message){
	        .type = MSG_EXEC, .request = 1, .payload = text, .payload_size = strlen(text) + 1});
}

/* 1 above 2 above 3, and 4. Node 2 is told to move below 4, and 4 has heard it. */
static struct node *set_moving(void)
{
	struct node *n;

	fixture_add(1, NODE_CONTROLLER);
	n = fixture_add(2, 1);
	fixture_add(3, 2);
	fixture_add(4, NODE_CONTROLLER);
	fixture_place(2, 4);
	rehome_node(&world, n);
	cr_assert(node_is_moving(n));
	rehome_linked(&world, n);
	fixture_clear();
	return n;
}

Test(route, leads_over_the_links_as_they_are)
{
	const struct word *word;
	struct node *n;

	fixture_add(1, NODE_CONTROLLER);
	fixture_add(2, 1);
	n = fixture_add(3, 2);
	/* In the tree it is elsewhere. */
	fixture_place(3, NODE_CONTROLLER);
	post(n, "a");
	word = fixture_last_sent(MSG_EXEC, 3);
	cr_assert_eq(word->m.route_len, 3);
	cr_assert_eq(word->route[0], 1);
	cr_assert_eq(word->route[1], 2);
	cr_assert_eq(word->route[2], 3);
	cr_assert_eq(word->m.incarnation, n->incarnation);
	cr_assert_str_eq(word->payload, "a");
}

Test(route, nothing_goes_to_an_orphan_or_below_one)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	struct node *below = fixture_add(2, n->id);

	orphan_recall(&world, n, "a test");
	fixture_clear();
	post(n, "a");
	post(below, "b");
	cr_assert_null(fixture_message(0));
}

Test(route, what_is_for_a_node_that_leaves_or_below_it_is_held_in_order)
{
	struct node *n = set_moving();

	post(n, "first");
	post(fixture_find(3), "second");
	post(n, "third");
	cr_assert_null(fixture_message(0));
	/* Others are not held up. */
	post(fixture_find(1), "free");
	cr_assert_eq(fixture_sent(MSG_EXEC, 1), 1);
	fixture_clear();

	rehome_left(&world, n, n->link.move.generation);
	cr_assert_eq(n->link.state, LINK_UP);
	/* RESUME goes before all of it. */
	cr_assert_eq(fixture_message(0)->m.type, MSG_RESUME);
	cr_assert_str_eq(fixture_message(2)->payload, "first");
	cr_assert_str_eq(fixture_message(3)->payload, "second");
	cr_assert_str_eq(fixture_message(4)->payload, "third");
	cr_assert_null(fixture_message(5));
	/* Over the new link. */
	cr_assert_eq(fixture_message(3)->route[0], 4);
	cr_assert_eq(fixture_message(3)->node, 3);
	cr_assert_null(n->link.move.held);
}

Test(route, what_is_held_is_a_copy)
{
	struct node *n = set_moving();
	char text[] = "before";

	post(n, text);
	memset(text, 'x', sizeof text - 1);
	rehome_left(&world, n, n->link.move.generation);
	cr_assert_str_eq(fixture_last_sent(MSG_EXEC, 2)->payload, "before");
}

Test(route, so_is_its_traceparent)
{
	static const char given[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
	struct node *n = set_moving();
	char text[sizeof given];

	memcpy(text, given, sizeof text);
	route_post(&world, n,
	           &(struct message){.type = MSG_SWEEP,
	                             .request = 1,
	                             .traceparent = text,
	                             .payload = "before",
	                             .payload_size = sizeof "before"});
	memset(text, 'x', sizeof text);
	rehome_left(&world, n, n->link.move.generation);
	cr_assert_str_eq(fixture_last_sent(MSG_SWEEP, 2)->traceparent, given);
	cr_assert_str_eq(fixture_last_sent(MSG_SWEEP, 2)->payload, "before");
}

Test(route, before_the_last_word_over_the_old_link_nothing_is_held)
{
	struct node *n;

	fixture_add(1, NODE_CONTROLLER);
	n = fixture_add(2, NODE_CONTROLLER);
	fixture_place(2, 1);
	rehome_node(&world, n);
	cr_assert(node_is_moving(n));
	post(n, "a");
	cr_assert_eq(fixture_last_sent(MSG_EXEC, 2)->route[0], 2);
}

Test(route, a_word_of_the_move_itself_is_not_held)
{
	struct node *n = set_moving();

	route_now(&world, n, &(struct message){.type = MSG_SEEN});
	cr_assert_eq(fixture_sent(MSG_SEEN, 2), 1);
}

Test(route, a_move_that_fails_leaves_nothing_behind)
{
	struct node *n = set_moving();

	post(n, "a");
	orphan_recall(&world, n, "a test");
	cr_assert_null(n->link.move.held);
	orphan_returned(&world, n, 9);
	cr_assert_eq(fixture_sent(MSG_EXEC, 2), 0);
	/* It is asked for by the one who sent it. */
	cr_assert_eq(fixture_count(WORD_RESEND, 2), 1);
}

/* What was before it may be lost with the way of another node, and comes behind what is held. */
Test(route, what_is_sent_again_does_not_come_behind_what_was_held)
{
	struct node *n = set_moving();
	struct node *above = fixture_find(1);

	post(n, "later");
	post(fixture_find(3), "below");
	route_post(&world, n, &(struct message){.type = MSG_FORGET});
	orphan_recall(&world, above, "a test");
	orphan_returned(&world, above, 9);
	cr_assert_eq(fixture_count(WORD_RESEND, 2), 1);
	post(n, "earlier");
	fixture_clear();
	rehome_linked(&world, n);
	rehome_left(&world, n, n->link.move.generation);
	cr_assert_eq(fixture_sent(MSG_EXEC, 2), 1);
	cr_assert_str_eq(fixture_last_sent(MSG_EXEC, 2)->payload, "earlier");
	cr_assert_eq(fixture_sent(MSG_EXEC, 3), 0);
	cr_assert_eq(fixture_sent(MSG_FORGET, 2), 1);
}

Test(route, neither_where_it_is_its_own_link_that_is_new)
{
	struct node *n = set_moving();

	post(n, "later");
	fixture_report(fixture_find(1), n, 5, REPORT_HERE);
	cr_assert_eq(fixture_count(WORD_RESEND, 2), 1);
	cr_assert_null(n->link.move.held);
}

Test(route, what_was_for_a_former_life_is_dropped)
{
	struct node *n = set_moving();
	struct node *below = fixture_find(3);

	post(below, "a");
	fixture_kill(below);
	below->incarnation++;
	rehome_left(&world, n, n->link.move.generation);
	cr_assert_eq(fixture_sent(MSG_EXEC, 3), 0);
	cr_assert_null(n->link.move.held);
}
