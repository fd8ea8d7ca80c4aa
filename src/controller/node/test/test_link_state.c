/* The link of a node: each state, and each step from it. */
#include "controller/node/link_state.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "controller/node/node.h"

TestSuite(link_state, .timeout = 60);

static const char *const steps[] = {
    "no link -> joining",    "no link -> unadopted", "joining -> no link",   "joining -> up",
    "up -> no link",         "up -> moving",         "up -> orphaned",       "moving -> no link",
    "moving -> up",          "moving -> orphaned",   "orphaned -> no link",  "orphaned -> up",
    "orphaned -> silent",    "silent -> no link",    "silent -> up",         "unadopted -> up",
    "unadopted -> orphaned", "unadopted -> silent",  "unadopted -> no link",
};

static bool is_listed(enum link_state from, enum link_state to)
{
	char step[64];

	snprintf(step, sizeof step, "%s -> %s", link_state_name(from), link_state_name(to));
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (strcmp(steps[i], step) == 0)
			return true;
	return false;
}

Test(link_state, has_these_steps_and_no_other)
{
	size_t count = 0;

	for (enum link_state from = 0; from < LINK_STATES; from++) {
		cr_assert(link_may_follow(from, from), "%s", link_state_name(from));
		for (enum link_state to = 0; to < LINK_STATES; to++) {
			bool may = from != to && link_may_follow(from, to);
			cr_assert_eq(may, is_listed(from, to), "%s -> %s", link_state_name(from),
			             link_state_name(to));
			count += may;
		}
	}
	cr_assert_eq(count, ARRAY_SIZE(steps));
}

Test(link_state, ends_with_the_process_whatever_it_is)
{
	for (enum link_state from = 0; from < LINK_STATES; from++)
		cr_assert(link_may_follow(from, LINK_NONE), "%s", link_state_name(from));
}

Test(link_state, each_one_but_none_comes_to_a_link_again)
{
	for (enum link_state from = 0; from < LINK_STATES; from++)
		cr_assert_eq(link_may_follow(from, LINK_UP), from != LINK_NONE, "%s",
		             link_state_name(from));
}

/* Steps are taken whether they are in the table or not: the second kind is logged as an error. */
Test(link_state, takes_each_step)
{
	for (enum link_state from = 0; from < LINK_STATES; from++)
		for (enum link_state to = 0; to < LINK_STATES; to++) {
			struct node n = {.id = 1, .link = {.state = from}};

			node_set_link(&n, to, "a test");
			cr_assert_eq(n.link.state, to);
		}
}

Test(link_state, is_a_link_or_lost_or_neither)
{
	static const struct {
		bool has_link;
		bool orphaned;
	} sums[LINK_STATES] = {
	    [LINK_NONE] = {false, false},     [LINK_JOINING] = {false, false},
	    [LINK_UP] = {true, false},        [LINK_MOVING] = {true, false},
	    [LINK_ORPHANED] = {false, true},  [LINK_SILENT] = {false, true},
	    [LINK_UNADOPTED] = {false, true},
	};

	for (enum link_state state = 0; state < LINK_STATES; state++) {
		const struct node n = {.id = 1, .life = LIFE_RUNNING, .link = {.state = state}};

		cr_assert_eq(node_has_link(&n), sums[state].has_link, "%s", link_state_name(state));
		cr_assert_eq(node_is_orphaned(&n), sums[state].orphaned, "%s",
		             link_state_name(state));
		cr_assert_eq(node_unreachable(&n), sums[state].orphaned);
		cr_assert_eq(node_is_moving(&n), state == LINK_MOVING);
		cr_assert_eq(node_is_silent(&n), state == LINK_SILENT);
		cr_assert_eq(node_available(&n), state != LINK_SILENT);
	}
}
