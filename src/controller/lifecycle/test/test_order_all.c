/* An order to many nodes: which of them, in which order, how many at once, and what a failure
 * stops. */
#include "controller/lifecycle/order_all.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/check.h"
#include "controller/lifecycle/orders.h"
#include "controller/lifecycle/test/fakes.h"

#define ENDED "exit status 0"

/* 1 above 2 and 3, 2 above 4; 5 beside 1. */
static void set_up(void)
{
	fakes_set_up();
	fakes_create(NODE_CONTROLLER, 1);
	fakes_create(1, 2);
	fakes_create(1, 3);
	fakes_create(2, 4);
	fakes_create(NODE_CONTROLLER, 5);
}

TestSuite(order_all, .timeout = 60, .init = set_up, .fini = fakes_tear_down);

/* "4+ 2! 1-": done, failed, left. */
static struct {
	unsigned calls;
	enum error_code code;
	char words[256];
} told;

static int told_by_id(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void on_told(void *arg, const struct outcome *outcome)
{
	const struct order_all_result *all = outcome->ordered;
	struct buffer b = {0};

	(void)arg;
	told.calls++;
	told.code = outcome->error.code;
	for (size_t i = 0; all && i < all->word_count; i++)
		buffer_format(&b, "%d%c ", all->words[i].id, all->words[i].error ? '!' : '+');
	for (size_t i = 0; all && i < all->left_count; i++)
		buffer_format(&b, "%d- ", all->left[i]);
	buffer_add(&b, "", 1);
	snprintf(told.words, sizeof told.words, "%s", buffer_bytes(&b));
	buffer_free(&b);
}

static void order(enum order what, int root, size_t at_once)
{
	told.calls = 0;
	controller_order_all(fakes.session,
	                     &(struct order_all_request){.order = what,
	                                                 .has_root = root != NODE_CONTROLLER,
	                                                 .root = root,
	                                                 .at_once = at_once},
	                     on_told, NULL);
	fakes_turn();
}

/* The nodes whose state it is, as "4 5". */
static const char *nodes_in(enum node_life life)
{
	static char text[64];
	int ids[16];
	size_t count = 0;

	for (const struct node *n = fakes.controller->nodes; n; n = n->hh.next)
		if (n->life == life)
			ids[count++] = n->id;
	qsort(ids, count, sizeof *ids, told_by_id);
	*text = '\0';
	for (size_t i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d", i ? " " : "",
		         ids[i]);
	return text;
}

/* Node `id` is started after the other one. */
static void put_after(int id, int other)
{
	after_set(&fakes_node(id)->after, &other, 1);
}

/* Its process ends as it was asked to. */
static void leave(int id)
{
	fakes_written();
	fakes_end(id, ENDED);
	fakes_written();
}

static void come(int id)
{
	fakes_written();
	fakes_join(id);
	fakes_written();
}

static void come_back(int id)
{
	leave(id);
	come(id);
}

static void stop_all(void)
{
	order(ORDER_STOP, NODE_CONTROLLER, 64);
	for (const int *id = (const int[]){4, 3, 2, 5, 1, 0}; *id; id++)
		leave(*id);
	cr_assert_str_eq(nodes_in(LIFE_STOPPED), "1 2 3 4 5");
}

Test(order_all, a_restart_begins_with_the_leaves_and_goes_up_when_they_are_done)
{
	order(ORDER_RESTART, NODE_CONTROLLER, 64);
	cr_assert_str_eq(nodes_in(LIFE_STOPPING), "3 4");
	come_back(4);
	cr_assert_str_eq(nodes_in(LIFE_STOPPING), "2 3 5");
	come_back(3);
	come_back(5);
	cr_assert_str_eq(nodes_in(LIFE_STOPPING), "2");
	cr_assert_eq(told.calls, 0);
	come_back(2);
	cr_assert_str_eq(nodes_in(LIFE_STOPPING), "1");
	come_back(1);
	cr_assert_eq(told.calls, 1);
	cr_assert_str_eq(told.words, "1+ 2+ 3+ 4+ 5+ ");
	cr_assert_null(controller_valid(fakes.controller));
}

Test(order_all, no_more_are_under_way_than_were_asked_for)
{
	order(ORDER_STOP, NODE_CONTROLLER, 1);
	cr_assert_str_eq(nodes_in(LIFE_STOPPING), "4");
	leave(4);
	cr_assert_str_eq(nodes_in(LIFE_STOPPING), "3");
	leave(3);
	cr_assert_str_eq(nodes_in(LIFE_STOPPING), "2");
	leave(2);
	cr_assert_str_eq(nodes_in(LIFE_STOPPING), "5");
	leave(5);
	leave(1);
	cr_assert_str_eq(told.words, "1+ 2+ 3+ 4+ 5+ ");
	cr_assert_str_eq(nodes_in(LIFE_STOPPED), "1 2 3 4 5");
}

Test(order_all, of_a_subtree_no_other_node_is_asked)
{
	order(ORDER_RESTART, 2, 4);
	come_back(4);
	come_back(2);
	cr_assert_str_eq(told.words, "2+ 4+ ");
	order(ORDER_RESTART, 9, 4);
	cr_assert_eq(told.code, ERR_NOT_FOUND);
}

Test(order_all, what_has_no_process_is_not_restarted_unless_it_is_named)
{
	order(ORDER_STOP, 2, 4);
	leave(4);
	leave(2);
	order(ORDER_RESTART, 1, 4);
	come_back(3);
	come_back(1);
	cr_assert_str_eq(told.words, "1+ 3+ ");
	cr_assert_str_eq(nodes_in(LIFE_STOPPED), "2 4");
	order(ORDER_RESTART, 2, 4);
	come(2);
	cr_assert_str_eq(told.words, "2+ ");
	cr_assert_str_eq(nodes_in(LIFE_STOPPED), "4");
}

Test(order_all, a_start_begins_at_the_top_and_leaves_those_that_run)
{
	order(ORDER_STOP, 2, 4);
	leave(4);
	leave(2);
	order(ORDER_START, NODE_CONTROLLER, 4);
	cr_assert_str_eq(nodes_in(LIFE_RESTARTING), "2");
	come(2);
	cr_assert_str_eq(nodes_in(LIFE_RESTARTING), "4");
	come(4);
	cr_assert_str_eq(told.words, "2+ 4+ ");
	order(ORDER_START, NODE_CONTROLLER, 4);
	cr_assert_eq(told.calls, 1);
	cr_assert_str_eq(told.words, "");
}

/* As a start of that node alone waits for it. */
Test(order_all, a_node_that_is_being_stopped_is_started_when_it_has_ended)
{
	struct answer stopped = {0};

	orders_ask(fakes.controller, NULL, ORDER_STOP, 5, fakes_answer, &stopped);
	fakes_turn();
	order(ORDER_START, NODE_CONTROLLER, 4);
	cr_assert_eq(told.calls, 0);
	leave(5);
	cr_assert_str_eq(nodes_in(LIFE_RESTARTING), "5");
	come(5);
	cr_assert_str_eq(told.words, "5+ ");
	cr_assert_eq(stopped.calls, 1);
}

Test(order_all, what_is_started_after_others_has_its_turn_behind_them)
{
	stop_all();
	put_after(1, 5);
	put_after(2, 3);
	order(ORDER_START, NODE_CONTROLLER, 1);
	for (const int *id = (const int[]){5, 1, 3, 2, 4, 0}; *id; id++) {
		cr_assert_eq(fakes_node(*id)->life, LIFE_RESTARTING, "node %d", *id);
		come(*id);
	}
	cr_assert_str_eq(told.words, "1+ 2+ 3+ 4+ 5+ ");
}

Test(order_all, what_a_node_is_started_after_may_be_below_it)
{
	stop_all();
	put_after(1, 4);
	order(ORDER_START, NODE_CONTROLLER, 64);
	cr_assert_str_eq(nodes_in(LIFE_RESTARTING), "2 3 5");
	come(2);
	cr_assert_str_eq(nodes_in(LIFE_RESTARTING), "3 4 5");
	come(3);
	come(4);
	cr_assert_str_eq(nodes_in(LIFE_RESTARTING), "1 5");
	come(5);
	come(1);
	cr_assert_str_eq(told.words, "1+ 2+ 3+ 4+ 5+ ");
	cr_assert_null(controller_valid(fakes.controller));
}

Test(order_all, where_one_does_not_start_no_further_one_is_restarted)
{
	order(ORDER_RESTART, NODE_CONTROLLER, 1);
	fakes.start_fails = "no such program";
	fakes_written();
	fakes_end(4, ENDED);
	fakes_written();
	cr_assert_eq(told.calls, 1);
	cr_assert_str_eq(told.words, "4! 1- 2- 3- 5- ");
	cr_assert_str_eq(nodes_in(LIFE_RUNNING), "1 2 3 5");
}

Test(order_all, a_node_that_is_killed_meanwhile_is_passed_over)
{
	struct session *other = session_open(fakes.controller);
	struct answer answer = {0};

	order(ORDER_RESTART, 1, 1);
	controller_kill(other, 3, fakes_answer, &answer);
	fakes_turn();
	fakes_written();
	fakes_end(3, ENDED);
	come_back(4);
	come_back(2);
	come_back(1);
	cr_assert_str_eq(told.words, "1+ 2+ 4+ ");
	session_close(other);
}

static bool nothing_goes_on(const void *request)
{
	(void)request;
	return false;
}

Test(order_all, one_that_is_cancelled_begins_with_no_further_node)
{
	order(ORDER_RESTART, NODE_CONTROLLER, 1);
	session_cancel(fakes.session, nothing_goes_on);
	fakes_turn();
	cr_assert_eq(told.code, ERR_CANCELLED);
	come_back(4);
	cr_assert_str_eq(nodes_in(LIFE_RUNNING), "1 2 3 4 5");
	cr_assert_eq(requests_count(fakes.controller->requests), 0);
}

/* Its node has the usual time, and so has the next one. */
Test(order_all, it_takes_as_long_as_its_nodes_take)
{
	order(ORDER_RESTART, 2, 1);
	fakes_written();
	fakes_pass(TIMEOUT_MS - 1);
	cr_assert_eq(told.calls, 0);
	fakes_end(4, ENDED);
	come(4);
	fakes_pass(TIMEOUT_MS - 1);
	cr_assert_eq(told.calls, 0);
	fakes_end(2, ENDED);
	come(2);
	cr_assert_str_eq(told.words, "2+ 4+ ");
}
