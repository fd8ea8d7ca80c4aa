/* Promises of descriptors: never more than the limit leaves. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/limits.h"

TestSuite(limits, .timeout = 60);

static void limit(size_t n)
{
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = n;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

Test(limits, what_is_promised_fits_below_the_limit)
{
	limit(LIMITS_OWN + 10);
	cr_assert(limits_promise(4));
	cr_assert(limits_promise(0));
	cr_assert_not(limits_promise(7));
	cr_assert(limits_promise(6));
	cr_assert_not(limits_promise(1));
	limits_release(4);
	cr_assert_not(limits_promise(5));
	cr_assert_not(limits_promise(SIZE_MAX));
	cr_assert(limits_promise(4));
}

Test(limits, a_limit_that_falls_takes_no_promise_back)
{
	limit(LIMITS_OWN + 10);
	cr_assert(limits_promise(8));
	limit(LIMITS_OWN + 5);
	cr_assert_not(limits_promise(0));
	limits_release(4);
	cr_assert(limits_promise(1));
	cr_assert_not(limits_promise(1));
	limit(LIMITS_OWN - 1);
	cr_assert_not(limits_promise(1));
}

Test(limits, the_lowest_limit_counts)
{
	limit(200);
	cr_assert_eq(limits_descriptors(), 200);
	limits_lower(300);
	cr_assert_eq(limits_descriptors(), 200);
	limits_lower(LIMITS_OWN + 3);
	cr_assert_eq(limits_descriptors(), LIMITS_OWN + 3);
	limits_lower(150);
	cr_assert(limits_promise(3));
	cr_assert_not(limits_promise(1));
}
