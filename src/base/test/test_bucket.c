/* Bounds on how often something is done. */
#include "base/bucket.h"

#include <criterion/criterion.h>

TestSuite(bucket, .timeout = 60);

static const struct bucket_rate rate = {.burst = 3, .second = 10};

Test(bucket, lets_a_burst_through_and_then_so_many_a_second)
{
	struct bucket b = {0};
	int done = 0;

	for (int i = 0; i < 10; i++)
		done += bucket_take(&b, &rate, 5000, 1);
	cr_assert_eq(done, 3);
	cr_assert_eq(bucket_wait(&b, &rate, 5000, 1), 100);
	cr_assert_not(bucket_take(&b, &rate, 5099, 1));
	cr_assert(bucket_take(&b, &rate, 5100, 1));
	cr_assert_not(bucket_take(&b, &rate, 5150, 1));
	done = 0;
	for (int64_t now = 5200; now < 15200; now++)
		done += bucket_take(&b, &rate, now, 1);
	cr_assert_eq(done, 100);
}

Test(bucket, is_empty_again_after_a_pause_and_holds_no_more_than_a_burst)
{
	struct bucket b = {0};
	int done = 0;

	bucket_take(&b, &rate, 1, 3);
	for (int i = 0; i < 10; i++)
		done += bucket_take(&b, &rate, INT64_C(1) << 40, 1);
	cr_assert_eq(done, 3);
}

Test(bucket, what_costs_more_waits_longer)
{
	struct bucket b = {0};

	cr_assert(bucket_take(&b, &rate, 0, 2));
	cr_assert_not(bucket_take(&b, &rate, 0, 2));
	cr_assert_eq(bucket_wait(&b, &rate, 0, 2), 100);
	cr_assert_eq(bucket_wait(&b, &rate, 0, 3), 200);
	cr_assert(bucket_take(&b, &rate, 100, 2));
}

Test(bucket, a_clock_that_goes_back_gives_nothing)
{
	struct bucket b = {0};

	cr_assert(bucket_take(&b, &rate, 1000, 3));
	cr_assert_not(bucket_take(&b, &rate, 0, 1));
	cr_assert_eq(bucket_wait(&b, &rate, 1000, 1), 100);
}
