/* That a broken invariant is found: each by itself, and by the look after each turn of the loop. */
#include "controller/check.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/start_queue.h"
#include "controller/lifecycle/test/fakes.h"
#include "controller/node/invariants.h"

/* 1 runs, 2 is dead, 3 is being created, 4 is being stopped. */
static void set_up(void)
{
	static struct answer answers[2];

	fakes_set_up();
	fakes_create(NODE_CONTROLLER, 1);
	fakes_create(NODE_CONTROLLER, 2);
	fakes_create(NODE_CONTROLLER, 4);
	fakes_node(2)->restart.policy = RESTART_NO;
	fakes_end(2, "signal 9 (Killed)");
	fakes_pass(2000);
	controller_create(fakes.session, &(struct create_request){.id = 3}, fakes_answer,
	                  &answers[0]);
	controller_stop(fakes.session, 4, fakes_answer, &answers[1]);
	fakes_written();
	cr_assert_null(controller_valid(fakes.controller));
}

TestSuite(check, .timeout = 60, .init = set_up);

static void forget_process(struct node *n)
{
	n->worker.process = NULL;
}

static void take_another_pid(struct node *n)
{
	n->worker.pid++;
}

static void forget_joined(struct node *n)
{
	n->restart.joined = 0;
}

static void plan_a_restart(struct node *n)
{
	n->restart.to_restart = true;
}

static void plan_to_revive(struct node *n)
{
	n->restart.revive = true;
}

static struct restart_timers timers;

static void no_call(void *arg)
{
	(void)arg;
}

static void run_the_timer(struct node *n)
{
	n->restart.timers = &timers;
	timer_init(&timers.next, fakes.controller->loop, no_call, NULL);
	timer_start(&timers.next, 1);
}

static void doom_the_row(struct node *n)
{
	n->record.phase = REGISTRY_DOOMED;
}

static void keep_the_row(struct node *n)
{
	n->record.phase = REGISTRY_KEPT;
}

static void forget_the_create(struct node *n)
{
	n->traffic.create = NULL;
}

static void leave_no_departure(struct node *n)
{
	n->departure.id = 0;
}

static void take_a_process(struct node *n)
{
	n->worker.process = fakes_node(1)->worker.process;
}

static const struct {
	int node;
	void (*break_it)(struct node *n);
	const char *says;
} broken[] = {
    {1, forget_process, "n->worker.process && n->restart.joined"},
    {1, take_another_pid, "process_pid"},
    {1, forget_joined, "n->worker.process && n->restart.joined"},
    {1, plan_a_restart, "to_restart"},
    {1, plan_to_revive, "revive"},
    {1, run_the_timer, "planned"},
    {1, doom_the_row, "REGISTRY_KEPT"},
    {2, take_a_process, "process_node"},
    {3, keep_the_row, "LIFE_COMMITTING"},
    {3, forget_the_create, "traffic.create"},
    {3, forget_process, "traffic.create"},
    {4, leave_no_departure, "departure.id"},
};

Test(check, finds_what_is_wrong_with_a_life)
{
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		struct node *n = fakes_node(broken[i].node);
		const struct node whole = *n;
		const char *wrong;

		cr_assert_null(node_check_life(n));
		broken[i].break_it(n);
		wrong = node_check_life(n);
		cr_assert(wrong && strstr(wrong, broken[i].says), "%zu: %s", i, wrong);
		node_stop_timers(n);
		*n = whole;
	}
}

Test(check, finds_a_node_that_is_not_in_the_tree)
{
	struct error err;

	cr_assert_eq(tree_apply(fakes.controller->tree,
	                        &(struct tree_edit){
	                            .kind = EDIT_REMOVE, .child = 1, .from = NODE_CONTROLLER},
	                        &err),
	             0);
	cr_assert_not_null(controller_valid(fakes.controller));
}

Test(check, finds_a_start_that_nobody_waits_for)
{
	start_queue_creating(fakes.controller, NULL);
	cr_assert_str_eq(controller_valid(fakes.controller),
	                 "starting == start_queue_creations(c)");
}

Test(check, finds_a_stop_without_its_departure)
{
	fakes_node(4)->departure.id = 1000;
	cr_assert_not_null(controller_valid(fakes.controller));
}

static void break_after_this_turn(void)
{
	if (!fakes.controller->check)
		check_start(fakes.controller);
	fakes_turn();
	fakes_node(1)->restart.joined = 0;
}

/* Each life is looked at, also of a tree of few nodes. */
Test(check, ends_the_program_after_the_turn, .signal = SIGABRT)
{
	break_after_this_turn();
	fakes_turn();
}

Test(check, ends_nothing_within_a_turn)
{
	break_after_this_turn();
	fakes_node(1)->restart.joined = clock_ms();
	fakes_turn();
	fakes_tear_down();
}
