/* Times within times add up. */
#include "base/intervals.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(intervals, none_is_nothing)
{
	cr_assert_eq(intervals_account(NULL, 0), 0);
}

Test(intervals, what_ended_last_was_waited_for)
{
	struct interval all[] = {
	    {0, 100, INTERVAL_TOP, 0}, {10, 40, 0, 0}, {20, 90, 0, 0}, {30, 50, 2, 0}};

	cr_assert_eq(intervals_account(all, 4), 0);
	cr_expect_eq(all[0].own, 20);
	cr_expect_eq(all[1].own, 10);
	cr_expect_eq(all[2].own, 50);
	cr_expect_eq(all[3].own, 20);
}

/* One branch of two: the other was under way for longer than its first half. */
Test(intervals, what_ended_when_the_next_began_was_waited_for)
{
	struct interval all[] = {{0, 100, INTERVAL_TOP, 0},
	                         {10, 40, 0, 0},
	                         {10, 30, 0, 0},
	                         {30, 70, 0, 0},
	                         {40, 100, 0, 0}};

	cr_assert_eq(intervals_account(all, 5), 0);
	cr_expect_eq(all[0].own, 10);
	cr_expect_eq(all[1].own, 30);
	cr_expect_eq(all[2].own, 0);
	cr_expect_eq(all[3].own, 0);
	cr_expect_eq(all[4].own, 60);
}

Test(intervals, what_is_in_none_is_left)
{
	struct interval all[] = {{0, 10, INTERVAL_TOP, 0}, {30, 50, INTERVAL_TOP, 0}};

	cr_assert_eq(intervals_account(all, 2), 20);
	cr_expect_eq(all[0].own, 10);
	cr_expect_eq(all[1].own, 20);
}

/* Of any shape all of the time is accounted for, once. */
Test(intervals, add_up)
{
	enum { COUNT = 60 };
	struct interval all[COUNT];
	unsigned seed = 1;

	for (int round = 0; round < 500; round++) {
		int64_t sum;
		size_t count = 0;

		all[count++] = (struct interval){0, 1000, INTERVAL_TOP, 0};
		for (int64_t begin = 0; count < COUNT && begin < 1000;
		     begin += rand_r(&seed) % 40) {
			size_t parent = (size_t)rand_r(&seed) % count;
			int64_t end = begin + rand_r(&seed) % 300;

			if (all[parent].begin > begin)
				continue;
			if (end > all[parent].end)
				end = all[parent].end;
			if (end >= begin)
				all[count++] = (struct interval){begin, end, parent, 0};
		}
		sum = intervals_account(all, count);
		for (size_t i = 0; i < count; i++) {
			cr_assert_geq(all[i].own, 0);
			cr_assert_leq(all[i].own, all[i].end - all[i].begin);
			sum += all[i].own;
		}
		cr_assert_eq(sum, 1000);
	}
}
