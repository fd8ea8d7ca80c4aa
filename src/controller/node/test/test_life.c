/* The life of a node: each state, each step from it, and what users are told. */
#include "controller/node/life.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "controller/node/node.h"

TestSuite(life, .timeout = 60);

/* Besides those to "retired", which every other state has. */
static const char *const steps[] = {
    "starting -> committing", "committing -> running",  "running -> stopping",
    "running -> dead",        "stopping -> stopped",    "stopping -> restarting",
    "stopping -> backoff",    "stopped -> backoff",     "given up -> backoff",
    "stopping -> dead",       "stopped -> restarting",  "dead -> running",
    "dead -> stopping",       "dead -> stopped",        "dead -> backoff",
    "dead -> restarting",     "dead -> given up",       "backoff -> stopped",
    "backoff -> dead",        "backoff -> restarting",  "restarting -> running",
    "restarting -> stopping", "restarting -> dead",     "restarting -> backoff",
    "given up -> stopped",    "given up -> restarting",
};

static bool is_listed(enum node_life from, enum node_life to)
{
	char step[64];

	if (to == LIFE_RETIRED)
		return from != LIFE_RETIRED;
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
	cr_assert_eq(count, ARRAY_SIZE(steps) + LIFE_STATES - 1);
}

Test(life, ends_once_and_for_good)
{
	for (enum node_life to = 0; to < LIFE_RETIRED; to++)
		cr_assert(!life_may_follow(LIFE_RETIRED, to), "%s", life_name(to));
}

Test(life, takes_each_step)
{
	for (enum node_life from = 0; from < LIFE_STATES; from++)
		for (enum node_life to = 0; to < LIFE_STATES; to++) {
			struct node n = {.id = 1};

			if (!life_may_follow(from, to))
				continue;
			node_begin_life(&n, from);
			node_set_life(&n, to, "a test");
			cr_assert_eq(n.life, to);
		}
}

/* What is known of a node by its state, and what makes a difference in it. */
static const struct {
	struct node node;
	const char *name; /* for users */
	bool new, joined, down, available, coming, awaited;
} states[] = {
    {.node.life = LIFE_STARTING, .name = "starting", .new = true, .coming = true},
    {.node.life = LIFE_COMMITTING, .name = "starting", .new = true, .coming = true},
    {.node.life = LIFE_RUNNING, .name = "available", .joined = true, .available = true},
    {.node = {.life = LIFE_RUNNING, .link.state = LINK_SILENT},
     .name = "unavailable",
     .joined = true},
    {.node = {.life = LIFE_STOPPING, .restart.joined = 1}, .name = "stopping", .joined = true},
    {.node = {.life = LIFE_STOPPING, .restart = {.joined = 1, .to_restart = true}},
     .name = "restarting",
     .joined = true,
     .coming = true,
     .awaited = true},
    {.node.life = LIFE_STOPPING, .name = "stopping", .down = true},
    {.node = {.life = LIFE_STOPPING, .restart.to_restart = true},
     .name = "restarting",
     .down = true,
     .coming = true,
     .awaited = true},
    {.node.life = LIFE_STOPPED, .name = "stopped", .down = true},
    {.node.life = LIFE_DEAD, .name = "dead", .down = true},
    {.node.life = LIFE_BACKOFF, .name = "restarting", .down = true},
    {.node = {.life = LIFE_BACKOFF, .restart = {.fresh = true, .revive = true}},
     .name = "starting",
     .down = true,
     .coming = true,
     .awaited = true},
    {.node.life = LIFE_RESTARTING,
     .name = "restarting",
     .down = true,
     .coming = true,
     .awaited = true},
    {.node = {.life = LIFE_RESTARTING, .restart = {.fresh = true, .failures = 1}},
     .name = "starting",
     .down = true,
     .coming = true},
    {.node.life = LIFE_GIVEN_UP, .name = "given_up", .down = true},
    {.node.life = LIFE_RETIRED, .name = "dead"},
};

Test(life, says_what_is_known_of_the_node)
{
	bool seen[LIFE_STATES] = {0};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		const struct node *n = &states[i].node;

		seen[n->life] = true;
		cr_assert_str_eq(node_state_name(n), states[i].name);
		cr_assert_eq(node_is_new(n), states[i].new, "%zu", i);
		cr_assert_eq(node_has_joined(n), states[i].joined, "%zu", i);
		cr_assert_eq(node_is_down(n), states[i].down, "%zu", i);
		cr_assert_eq(node_available(n), states[i].available, "%zu", i);
		cr_assert_eq(node_is_coming(n), states[i].coming, "%zu", i);
		cr_assert_eq(node_is_awaited(n), states[i].awaited, "%zu", i);
	}
	for (enum node_life life = 0; life < LIFE_STATES; life++)
		cr_assert(seen[life], "%s", life_name(life));
}
