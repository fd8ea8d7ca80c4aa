/* The states of a node's children: each change has a version, messages of other links change
 * nothing. */
#include "worker/child_state.h"

#include <criterion/criterion.h>
#include <utlist.h>

static const struct peer_name seven = {.id = 7, .incarnation = 2, .generation = 5};
static const struct peer_name seven_again = {.id = 7, .incarnation = 2, .generation = 6};
static const struct peer_name eight = {.id = 8, .incarnation = 3, .generation = 1};

static struct child_states child_states;

static void set_up(void)
{
	child_states = (struct child_states){0};
	cr_assert(child_state_here(&child_states, &seven));
	cr_assert(child_state_here(&child_states, &eight));
}

static void tear_down(void)
{
	child_states_free(&child_states);
	cr_assert_null(child_states.table);
	cr_assert_null(child_states.changed);
}

TestSuite(child_state, .init = set_up, .fini = tear_down, .timeout = 60);

/* The ids by version, oldest change first, as digits. */
static int order(void)
{
	const struct child_state *child;
	uint64_t last = 0;
	int digits = 0;

	DL_FOREACH (child_states.changed, child) {
		cr_assert_gt(child->version, last);
		last = child->version;
		digits = digits * 10 + child->id;
	}
	cr_assert_leq(last, child_states.version);
	return digits;
}

Test(child_state, each_change_is_the_last_one)
{
	cr_assert_eq(order(), 78);
	cr_assert(child_state_silent(&child_states, &seven, 10));
	cr_assert_eq(order(), 87);
	cr_assert(child_state_left(&child_states, &eight));
	cr_assert_eq(order(), 78);
	cr_assert(child_state_here(&child_states, &seven));
	cr_assert_eq(order(), 87);
	cr_assert_eq(child_states.version, 5);
}

Test(child_state, what_is_known_changes_nothing)
{
	cr_assert_not(child_state_here(&child_states, &seven));
	cr_assert(child_state_silent(&child_states, &seven, 10));
	cr_assert_not(child_state_silent(&child_states, &seven, 20));
	cr_assert(child_state_left(&child_states, &eight));
	cr_assert_not(child_state_left(&child_states, &eight));
	cr_assert_eq(child_states.version, 4);
}

Test(child_state, a_word_of_another_link_changes_nothing)
{
	const struct peer_name life = {.id = 7, .incarnation = 9, .generation = 5};

	cr_assert(child_state_here(&child_states, &seven_again));
	cr_assert_not(child_state_silent(&child_states, &seven, 10));
	cr_assert_not(child_state_left(&child_states, &seven));
	cr_assert_not(child_state_gone(&child_states, &seven));
	cr_assert_not(child_state_gone(&child_states, &life));
	cr_assert_eq(child_state_find(&child_states, 7)->state, REPORT_HERE);
	cr_assert_eq(child_state_find(&child_states, 7)->name.generation, 6);
}

Test(child_state, a_new_link_owes_nothing)
{
	child_state_find(&child_states, 7)->owed = 3;
	cr_assert(child_state_here(&child_states, &seven_again));
	cr_assert_eq(child_state_find(&child_states, 7)->owed, 0);
}

Test(child_state, what_is_gone_is_gone_with_its_older_links)
{
	cr_assert(child_state_gone(&child_states, &seven_again));
	cr_assert_null(child_state_find(&child_states, 7));
	cr_assert_eq(order(), 8);
	cr_assert_not(child_state_silent(&child_states, &seven, 10));
}

Test(child_state, the_sum_of_digests_is_that_of_those_that_are_heard)
{
	cr_assert(child_state_beat(&child_states, &seven, 100));
	cr_assert(child_state_beat(&child_states, &eight, 20));
	cr_assert_not(child_state_beat(&child_states, &eight, 20));
	cr_assert_eq(child_states.digest, 120);
	cr_assert(child_state_silent(&child_states, &seven, 10));
	cr_assert_eq(child_states.digest, 20);
	cr_assert(child_state_here(&child_states, &seven));
	cr_assert_eq(child_states.digest, 120);
	cr_assert(child_state_left(&child_states, &eight));
	cr_assert_eq(child_states.digest, 100);
	/* A new link has no digest yet. */
	cr_assert(child_state_here(&child_states, &seven_again));
	cr_assert_eq(child_states.digest, 0);
	cr_assert_not(child_state_beat(&child_states, &seven, 5));
	cr_assert(child_state_beat(&child_states, &seven_again, 5));
	cr_assert(child_state_gone(&child_states, &seven_again));
	cr_assert_eq(child_states.digest, 0);
}
