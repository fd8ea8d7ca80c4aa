/* The life of a node: each state, and each step from it. */
#include "controller/node/life.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "controller/node/node.h"

TestSuite(life, .timeout = 60);

static const char *const steps[] = {
    "starting -> running",    "starting -> dead",      "running -> dead",
    "dead -> running",        "dead -> given up",      "dead -> stopped",
    "dead -> backoff",        "dead -> restarting",    "given up -> stopped",
    "given up -> restarting", "stopped -> restarting", "backoff -> dead",
    "backoff -> stopped",     "backoff -> restarting", "restarting -> running",
    "restarting -> dead",     "restarting -> stopped", "restarting -> backoff",
};

static bool is_listed(enum node_life from, enum node_life to)
{
	char step[64];

	snprintf(step, sizeof step, "%s -> %s", life_name(from), life_name(to));
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (strcmp(steps[i], step) == 0)
			return true;
	return false;
}

Test(life, has_these_steps_and_no_other)
{
	size_t count = 0;

	for (enum node_life from = 0; from < LIFE_STATES; from++) {
		cr_assert(life_may_follow(from, from), "%s", life_name(from));
		for (enum node_life to = 0; to < LIFE_STATES; to++) {
			bool may = from != to && life_may_follow(from, to);
			cr_assert_eq(may, is_listed(from, to), "%s -> %s", life_name(from),
			             life_name(to));
			count += may;
		}
	}
	cr_assert_eq(count, ARRAY_SIZE(steps));
}

Test(life, can_be_left_whatever_it_is)
{
	for (enum node_life from = 0; from < LIFE_STATES; from++) {
		bool left = false;

		for (enum node_life to = 0; to < LIFE_STATES; to++)
			left = left || (from != to && life_may_follow(from, to));
		cr_assert(left, "%s", life_name(from));
	}
}

Test(life, takes_each_step)
{
	for (enum node_life from = 0; from < LIFE_STATES; from++)
		for (enum node_life to = 0; to < LIFE_STATES; to++) {
			struct node n = {.id = 1, .life = from};

			if (!life_may_follow(from, to))
				continue;
			node_set_life(&n, to, "a test");
			cr_assert_eq(n.life, to);
			cr_assert_eq(node_is_down(&n), to != LIFE_STARTING && to != LIFE_RUNNING);
		}
}
