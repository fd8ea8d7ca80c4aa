/* Nodes that get no further children for a while. */
#include "controller/overlay/steady.h"

#include <criterion/criterion.h>

#include "controller/overlay/test/overlay_fixture.h"

TestSuite(steady, .init = fixture_begin, .fini = fixture_end, .timeout = 60);

/* Node 2 belongs below 1, and is linked to the controller. */
static struct node *set_up(struct node **parent)
{
	struct node *n = fixture_add(2, NODE_CONTROLLER);

	*parent = fixture_add(1, NODE_CONTROLLER);
	fixture_place(2, 1);
	return n;
}

Test(steady, one_that_waits_gets_a_child_when_its_time_is_over)
{
	struct node *parent;
	struct node *n = set_up(&parent);

	steady_wait(&world, parent, 500);
	rehome_all(&world);
	fixture_pass(499);
	cr_assert_eq(fixture_sent(MSG_REHOME, 2), 0);
	cr_assert_not(node_is_moving(n));
	fixture_pass(10);
	cr_assert_eq(fixture_sent(MSG_REHOME, 2), 1);
	cr_assert_eq(n->link.move.to, 1);
}

Test(steady, one_that_waits_keeps_the_children_that_it_has)
{
	struct node *parent = fixture_add(1, NODE_CONTROLLER);
	struct node *n = fixture_add(2, 1);

	steady_wait(&world, parent, 500);
	cr_assert_eq(rehome_goal(&world, n), 1);
	rehome_all(&world);
	fixture_pass(10);
	cr_assert_eq(n->link.state, LINK_UP);
	cr_assert_eq(n->link.up, parent);
}

Test(steady, a_refusal_waits_twice_as_long_each_time)
{
	struct node *n = fixture_add(1, NODE_CONTROLLER);
	int64_t expected = 1000;

	for (int i = 0; i < 10; i++) {
		steady_refused(&world, n);
		fixture_pass(expected - 1);
		steady_refused(&world, n); /* several children tried: it counts once */
		cr_assert_gt(n->link.steady, fixture_now(), "%d", i);
		fixture_pass(2);
		cr_assert_leq(n->link.steady, fixture_now(), "%d", i);
		expected = expected < 64000 ? 2 * expected : 64000;
	}
	cr_assert_eq(n->link.refusals, 10);
}

Test(steady, the_first_of_several_is_not_forgotten_for_a_later_one)
{
	struct node *parent;
	struct node *n = set_up(&parent);
	struct node *other = fixture_add(3, NODE_CONTROLLER);

	steady_wait(&world, parent, 200);
	steady_wait(&world, other, 5000);
	fixture_pass(210);
	cr_assert_eq(n->link.state, LINK_MOVING);
}

Test(steady, the_timer_goes_on_to_the_next_of_several)
{
	struct node *parent;
	struct node *n = set_up(&parent);
	struct node *other = fixture_add(3, NODE_CONTROLLER);

	steady_wait(&world, parent, 5000);
	steady_wait(&world, other, 200);
	fixture_pass(4000);
	cr_assert_eq(n->link.state, LINK_UP);
	fixture_pass(1010);
	cr_assert_eq(n->link.state, LINK_MOVING);
}
