/* Invariants of a node: what is right passes in each state, and what is broken is named. */
#include "controller/node/invariants.h"

#include <criterion/criterion.h>
#include <string.h>

#include "controller/node/node.h"

TestSuite(invariants, .timeout = 60);

static char some_process;

/* A node as it is in that state. */
static struct node in_state(enum node_life life, enum link_state state)
{
	struct node n = {.id = 1,
	                 .life = life,
	                 .restart.joined = life == LIFE_RUNNING,
	                 .worker.process = (struct process *)&some_process,
	                 .link = {.state = state}};
	bool orphaned = node_is_orphaned(&n);

	n.link.joined = state != LINK_NONE && (!orphaned || state == LINK_UNADOPTED);
	n.link.unadopted = state == LINK_UNADOPTED;
	n.link.generation = state == LINK_UNADOPTED ? 0 : 1;
	n.health.since = orphaned ? 1 : 0;
	n.health.reported = state == LINK_SILENT;
	if (state == LINK_MOVING) {
		n.link.move_prev = (struct node *)&some_process;
		n.link.newest = n.link.move.generation = 2;
		n.link.move.orders = 1;
		n.link.move.ordered = 1;
	}
	return n;
}

#define ASSERT_WRONG(node, word) \
	do { \
		const char *wrong = node_check_link(node); \
		cr_assert_not_null(wrong, "nothing is wrong"); \
		cr_assert_not_null(strstr(wrong, word), "%s", wrong); \
	} while (0)

Test(invariants, each_life_has_its_links)
{
	static const bool good[LIFE_STATES][LINK_STATES] = {
	    [LIFE_STARTING] = {[LINK_JOINING] = true},
	    [LIFE_COMMITTING] = {[LINK_JOINING] = true},
	    [LIFE_RUNNING] = {[LINK_UP] = true,
	                      [LINK_MOVING] = true,
	                      [LINK_ORPHANED] = true,
	                      [LINK_SILENT] = true,
	                      [LINK_UNADOPTED] = true},
	    [LIFE_DEAD] = {[LINK_NONE] = true, [LINK_JOINING] = true},
	    [LIFE_GIVEN_UP] = {[LINK_NONE] = true},
	    [LIFE_STOPPING] = {[LINK_NONE] = true, [LINK_JOINING] = true},
	    [LIFE_STOPPED] = {[LINK_NONE] = true},
	    [LIFE_BACKOFF] = {[LINK_NONE] = true},
	    [LIFE_RESTARTING] = {[LINK_NONE] = true, [LINK_JOINING] = true},
	    [LIFE_RETIRED] = {[LINK_NONE] = true},
	};

	for (enum node_life life = 0; life < LIFE_STATES; life++)
		for (enum link_state state = 0; state < LINK_STATES; state++) {
			const struct node n = in_state(life, state);
			const char *wrong = node_check_link(&n);

			cr_assert_eq(!wrong, good[life][state], "%s, %s: %s", life_name(life),
			             link_state_name(state), wrong);
		}
}

Test(invariants, one_that_is_stopped_keeps_its_link_until_its_process_ends)
{
	for (enum link_state state = LINK_UP; state < LINK_STATES; state++) {
		struct node n = in_state(LIFE_STOPPING, state);

		cr_assert_not_null(node_check_link(&n));
		n.restart.joined = 1;
		cr_assert_null(node_check_link(&n), "%s", link_state_name(state));
	}
}

Test(invariants, no_link_without_a_process)
{
	for (enum link_state state = LINK_JOINING; state < LINK_STATES; state++) {
		enum node_life life = state == LINK_JOINING ? LIFE_STARTING : LIFE_RUNNING;
		struct node n = in_state(life, state);

		n.worker.process = NULL;
		ASSERT_WRONG(&n, "process");
	}
}

Test(invariants, a_kid_knows_whose_it_is)
{
	struct node *top = NULL;
	struct node up = in_state(LIFE_RUNNING, LINK_UP);
	struct node n = in_state(LIFE_RUNNING, LINK_UP);

	node_join(&n, &up, &top);
	cr_assert_null(node_check_link(&n));
	cr_assert_null(node_check_link(&up));
	n.link.up = NULL;
	ASSERT_WRONG(&up, "kid->link.up == n");
	n.link.up = &up;
	up.link.kids = NULL;
	ASSERT_WRONG(&n, "is_kid_of");
}

Test(invariants, nothing_hangs_below_the_dead_unless_all_end)
{
	struct node *top = NULL;
	struct node up = in_state(LIFE_DEAD, LINK_NONE);
	struct node n = in_state(LIFE_RUNNING, LINK_UP);

	node_join(&n, &up, &top);
	ASSERT_WRONG(&n, "node_has_joined(up)");
	n.departure.id = 1;
	cr_assert_null(node_check_link(&n));
}

Test(invariants, a_move_has_a_newer_link_as_its_goal)
{
	struct node n = in_state(LIFE_RUNNING, LINK_MOVING);

	cr_assert_null(node_check_link(&n));
	n.link.generation = n.link.move.generation;
	ASSERT_WRONG(&n, "move->generation");
}

Test(invariants, only_a_move_holds_messages)
{
	struct node n = in_state(LIFE_RUNNING, LINK_MOVING);

	n.link.move.held = (struct held *)&some_process;
	ASSERT_WRONG(&n, "leaving");
	n.link.move.leaving = true;
	cr_assert_null(node_check_link(&n));
	n = in_state(LIFE_RUNNING, LINK_UP);
	n.link.move.held = (struct held *)&some_process;
	ASSERT_WRONG(&n, "held");
}

Test(invariants, only_a_move_is_listed)
{
	struct node n = in_state(LIFE_RUNNING, LINK_MOVING);

	n.link.move_prev = NULL;
	ASSERT_WRONG(&n, "move_prev");
	n = in_state(LIFE_RUNNING, LINK_UP);
	n.link.move_prev = &n;
	ASSERT_WRONG(&n, "move_prev");
}

Test(invariants, a_lost_link_is_an_outage_and_a_link_is_none)
{
	struct node n = in_state(LIFE_RUNNING, LINK_ORPHANED);

	n.health.since = 0;
	ASSERT_WRONG(&n, "since");
	n = in_state(LIFE_RUNNING, LINK_UP);
	n.health.since = 1;
	ASSERT_WRONG(&n, "since");
}

Test(invariants, only_what_was_inherited_hangs_somewhere_without_a_link)
{
	struct node n = in_state(LIFE_RUNNING, LINK_ORPHANED);

	n.link.joined = true;
	ASSERT_WRONG(&n, "joined");
	n = in_state(LIFE_RUNNING, LINK_SILENT);
	n.link.joined = true;
	ASSERT_WRONG(&n, "unadopted");
	n.link.unadopted = true;
	n.link.generation = 0;
	cr_assert_null(node_check_link(&n));
}

Test(invariants, silence_is_told)
{
	struct node n = in_state(LIFE_RUNNING, LINK_SILENT);

	n.health.reported = false;
	ASSERT_WRONG(&n, "reported");
}
