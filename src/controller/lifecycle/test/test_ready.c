/* When a controller says that the tree of a former dtreed is there. */
#include "controller/lifecycle/ready.h"

#include <criterion/criterion.h>

#include "base/parse.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/test/fakes.h"

TestSuite(ready, .timeout = 60, .fini = fakes_tear_down);

static size_t calls;
static size_t left;
static size_t others;

static void told(void *arg, size_t count)
{
	(void)arg;
	calls++;
	left = count;
}

static size_t also(void *arg)
{
	(void)arg;
	return others;
}

/* One node that runs, and has not heard of this controller yet. */
static struct node *set_up(void)
{
	struct node *n;

	fakes_set_up();
	fakes_create(NODE_CONTROLLER, 1);
	n = fakes_node(1);
	n->link.unadopted = true;
	ready_when(fakes.controller, also, told, NULL);
	cr_assert_eq(calls, 0, "not from inside the call");
	fakes_pass(0);
	return n;
}

Test(ready, an_empty_tree_is_there_in_the_next_turn)
{
	fakes_set_up();
	ready_when(fakes.controller, also, told, NULL);
	cr_assert_eq(calls, 0, "not from inside the call");
	fakes_pass(0);
	cr_assert_eq(calls, 1);
	cr_assert_eq(left, 0);
	cr_assert_null(fakes.controller->lifecycle->ready);
}

Test(ready, an_inherited_node_is_waited_for)
{
	struct node *n = set_up();

	cr_assert_eq(calls, 1);
	cr_assert_eq(left, 1);
	fakes_pass(500);
	cr_assert_eq(calls, 1);
	n->link.unadopted = false;
	fakes_pass(20);
	cr_assert_eq(calls, 2);
	cr_assert_eq(left, 0);
	cr_assert_null(fakes.controller->lifecycle->ready);
}

Test(ready, who_waits_is_told_each_second)
{
	set_up();
	fakes_pass(3000);
	cr_assert_eq(calls, 4);
	cr_assert_eq(left, 1);
}

Test(ready, what_the_caller_waits_for_besides_is_waited_for)
{
	struct node *n;

	others = 2;
	n = set_up();
	cr_assert_eq(left, 3);
	n->link.unadopted = false;
	fakes_pass(1000);
	cr_assert_eq(left, 2);
	others = 0;
	fakes_pass(20);
	cr_assert_eq(left, 0);
	cr_assert_null(fakes.controller->lifecycle->ready);
}

Test(ready, without_progress_the_wait_ends)
{
	const struct node *n = set_up();

	fakes_pass(TIMEOUT_MS - 1);
	cr_assert_eq(left, 1);
	fakes_pass(20);
	cr_assert(n->link.unadopted);
	cr_assert_eq(left, 0);
	cr_assert_null(fakes.controller->lifecycle->ready);
}
