/* What a node knows of its children: each change has a version, words of other links change none.
 */
#include "worker/member.h"

#include <criterion/criterion.h>
#include <utlist.h>

static const struct link_name seven = {.id = 7, .incarnation = 2, .generation = 5};
static const struct link_name seven_again = {.id = 7, .incarnation = 2, .generation = 6};
static const struct link_name eight = {.id = 8, .incarnation = 3, .generation = 1};

static struct members members;

static void set_up(void)
{
	members = (struct members){0};
	cr_assert(member_here(&members, &seven));
	cr_assert(member_here(&members, &eight));
}

static void tear_down(void)
{
	members_free(&members);
	cr_assert_null(members.table);
	cr_assert_null(members.changed);
}

TestSuite(member, .init = set_up, .fini = tear_down, .timeout = 60);

/* The ids by version, oldest change first, as digits. */
static int order(void)
{
	const struct member *member;
	uint64_t last = 0;
	int digits = 0;

	DL_FOREACH (members.changed, member) {
		cr_assert_gt(member->version, last);
		last = member->version;
		digits = digits * 10 + member->id;
	}
	cr_assert_leq(last, members.version);
	return digits;
}

Test(member, each_change_is_the_last_one)
{
	cr_assert_eq(order(), 78);
	cr_assert(member_silent(&members, &seven, 10));
	cr_assert_eq(order(), 87);
	cr_assert(member_left(&members, &eight));
	cr_assert_eq(order(), 78);
	cr_assert(member_here(&members, &seven));
	cr_assert_eq(order(), 87);
	cr_assert_eq(members.version, 5);
}

Test(member, what_is_known_changes_nothing)
{
	cr_assert_not(member_here(&members, &seven));
	cr_assert(member_silent(&members, &seven, 10));
	cr_assert_not(member_silent(&members, &seven, 20));
	cr_assert(member_left(&members, &eight));
	cr_assert_not(member_left(&members, &eight));
	cr_assert_eq(members.version, 4);
}

Test(member, a_word_of_another_link_changes_nothing)
{
	const struct link_name life = {.id = 7, .incarnation = 9, .generation = 5};

	cr_assert(member_here(&members, &seven_again));
	cr_assert_not(member_silent(&members, &seven, 10));
	cr_assert_not(member_left(&members, &seven));
	cr_assert_not(member_gone(&members, &seven));
	cr_assert_not(member_gone(&members, &life));
	cr_assert_eq(member_find(&members, 7)->state, REPORT_HERE);
	cr_assert_eq(member_find(&members, 7)->name.generation, 6);
}

Test(member, a_new_link_owes_nothing)
{
	member_find(&members, 7)->owed = 3;
	cr_assert(member_here(&members, &seven_again));
	cr_assert_eq(member_find(&members, 7)->owed, 0);
}

Test(member, what_is_gone_is_gone_with_its_older_links)
{
	cr_assert(member_gone(&members, &seven_again));
	cr_assert_null(member_find(&members, 7));
	cr_assert_eq(order(), 8);
	cr_assert_not(member_silent(&members, &seven, 10));
}

Test(member, the_sum_of_digests_is_that_of_those_that_are_heard)
{
	cr_assert(member_beat(&members, &seven, 100));
	cr_assert(member_beat(&members, &eight, 20));
	cr_assert_not(member_beat(&members, &eight, 20));
	cr_assert_eq(members.digest, 120);
	cr_assert(member_silent(&members, &seven, 10));
	cr_assert_eq(members.digest, 20);
	cr_assert(member_here(&members, &seven));
	cr_assert_eq(members.digest, 120);
	cr_assert(member_left(&members, &eight));
	cr_assert_eq(members.digest, 100);
	/* A new link has said nothing. */
	cr_assert(member_here(&members, &seven_again));
	cr_assert_eq(members.digest, 0);
	cr_assert_not(member_beat(&members, &seven, 5));
	cr_assert(member_beat(&members, &seven_again, 5));
	cr_assert(member_gone(&members, &seven_again));
	cr_assert_eq(members.digest, 0);
}
