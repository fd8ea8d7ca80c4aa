/* What a former dtreed left: who is taken over, who lives again, in which order. */
#include <criterion/criterion.h>
#include <signal.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/check.h"
#include "controller/lifecycle/restart.h"
#include "controller/lifecycle/test/fakes.h"

TestSuite(revive, .timeout = 60, .fini = fakes_tear_down);

static void store(int id, int parent, enum registry_phase phase, enum registry_life life)
{
	uint32_t number = (uint32_t)id;

	fakes.rows[fakes.stored++] = (struct registry_row){.data_id = number,
	                                                   .id = id,
	                                                   .phase = phase,
	                                                   .parent = parent,
	                                                   .slot = SLOT_ANY,
	                                                   .order = number,
	                                                   .service = "dict",
	                                                   .restart = "always",
	                                                   .incarnation = number,
	                                                   .life = life,
	                                                   .cause = ""};
}

Test(revive, each_row_says_what_becomes_of_its_node)
{
	const enum node_life lives[] = {LIFE_RESTARTING, LIFE_DEAD, LIFE_STOPPED, LIFE_GIVEN_UP};

	store(1, NODE_CONTROLLER, REGISTRY_KEPT, REGISTRY_LIFE_RUNS);
	store(2, NODE_CONTROLLER, REGISTRY_KEPT, REGISTRY_LIFE_DEAD);
	store(3, NODE_CONTROLLER, REGISTRY_KEPT, REGISTRY_LIFE_STOPPED);
	store(4, NODE_CONTROLLER, REGISTRY_KEPT, REGISTRY_LIFE_GIVEN_UP);
	store(5, NODE_CONTROLLER, REGISTRY_STARTING, REGISTRY_LIFE_RUNS);
	store(6, NODE_CONTROLLER, REGISTRY_DOOMED, REGISTRY_LIFE_RUNS);
	fakes_set_up();
	for (int id = 1; id <= 4; id++)
		cr_assert_eq(fakes_node(id)->life, lives[id - 1], "%d", id);
	cr_assert_null(fakes_node(5));
	cr_assert_null(fakes_node(6));
	/* What was half done is finished. */
	cr_assert_null(fakes_row(5));
	cr_assert_null(fakes_row(6));
	cr_assert_str_eq(node_state_name(fakes_node(1)), "starting");
	cr_assert_null(controller_valid(fakes.controller));
}

Test(revive, those_with_links_elsewhere_end_and_live_again)
{
	store(1, NODE_CONTROLLER, REGISTRY_KEPT, REGISTRY_LIFE_RUNS);
	store(2, 1, REGISTRY_KEPT, REGISTRY_LIFE_STOPPED);
	fakes.living[0] = 1;
	fakes.living[1] = 2;
	fakes.head.links = "/";
	fakes_set_up();
	cr_assert_null(controller_valid(fakes.controller));
	/* It cannot be linked to this controller. */
	cr_assert(fakes_process(1)->signalled);
	cr_assert_eq(fakes_node(2)->life, LIFE_STOPPED);
	fakes_end(2, "exit status 0");
	fakes_end(1, "exit status 0");
	fakes_pass(1000);
	cr_assert_eq(fakes_node(1)->life, LIFE_RESTARTING);
}

Test(revive, parents_come_first_and_a_slow_one_keeps_nobody_away)
{
	store(1, NODE_CONTROLLER, REGISTRY_KEPT, REGISTRY_LIFE_RUNS);
	store(2, 1, REGISTRY_KEPT, REGISTRY_LIFE_RUNS);
	fakes_set_up();
	cr_assert_eq(fakes_node(1)->life, LIFE_RESTARTING);
	cr_assert_eq(fakes_node(2)->life, LIFE_BACKOFF);
	fakes_pass(499);
	cr_assert_eq(fakes_node(2)->life, LIFE_BACKOFF);
	fakes_pass(1);
	cr_assert_eq(fakes_node(2)->life, LIFE_RESTARTING);
	cr_assert_null(fakes_node(2)->link.up); /* it is linked above its parent */
}

Test(revive, a_child_follows_its_parent_at_once)
{
	store(1, NODE_CONTROLLER, REGISTRY_KEPT, REGISTRY_LIFE_RUNS);
	store(2, 1, REGISTRY_KEPT, REGISTRY_LIFE_RUNS);
	fakes_set_up();
	fakes_written();
	fakes_join(1);
	cr_assert_eq(fakes_node(2)->life, LIFE_RESTARTING);
	cr_assert_eq(fakes_node(2)->link.up, fakes_node(1));
	cr_assert_null(controller_valid(fakes.controller));
}

Test(revive, a_child_does_not_wait_for_a_parent_that_is_stopped)
{
	struct answer stop = {0};

	store(1, NODE_CONTROLLER, REGISTRY_KEPT, REGISTRY_LIFE_RUNS);
	store(2, 1, REGISTRY_KEPT, REGISTRY_LIFE_RUNS);
	fakes_set_up();
	controller_stop(fakes.session, 1, fakes_answer, &stop);
	fakes_written();
	fakes_end(1, "exit status 0");
	fakes_written();
	cr_assert_eq(stop.outcome.error.code, ERR_NONE);
	cr_assert_eq(fakes_node(1)->life, LIFE_STOPPED);
	cr_assert_eq(fakes_node(2)->life, LIFE_RESTARTING);
	cr_assert_null(fakes_node(2)->link.up);
	cr_assert_null(controller_valid(fakes.controller));
}
