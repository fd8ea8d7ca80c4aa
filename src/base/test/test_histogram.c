/* Each time is in the bucket of the first bound that it does not exceed. */
#include "base/histogram.h"

#include <criterion/criterion.h>
#include <inttypes.h>

TestSuite(histogram, .timeout = 60);

Test(histogram, a_time_is_in_the_bucket_of_its_bound)
{
	struct histogram h = {0};

	for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
		uint64_t ns = (uint64_t)histogram_bounds_us[i] * 1000;
		histogram_add(&h, ns);
		cr_assert_eq(h.buckets[i], i ? 2 : 1);
		histogram_add(&h, ns + 1);
		cr_assert_eq(h.buckets[i + 1], 1);
	}
	cr_assert_eq(histogram_count(&h), 2 * HISTOGRAM_BOUNDS);
}

/* Also where the highest bit of the time changes. */
Test(histogram, a_bucket_is_found_as_by_a_look_at_all)
{
	for (unsigned bit = 0; bit < 64; bit++)
		for (int more = -1; more <= 1; more++) {
			uint64_t ns = (UINT64_C(1) << bit) + (uint64_t)more;
			struct histogram h = {0};
			size_t i = 0;

			while (i < HISTOGRAM_BOUNDS && ns > (uint64_t)histogram_bounds_us[i] * 1000)
				i++;
			histogram_add(&h, ns);
			cr_assert_eq(h.buckets[i], 1, "%" PRIu64 " ns", ns);
		}
}

Test(histogram, bounds_ascend)
{
	for (size_t i = 1; i < HISTOGRAM_BOUNDS; i++)
		cr_assert_lt(histogram_bounds_us[i - 1], histogram_bounds_us[i]);
}

Test(histogram, the_sum_is_that_of_all_times)
{
	struct histogram h = {0};

	histogram_add(&h, 1);
	histogram_add(&h, 70000000000);
	cr_assert_eq(h.sum_ns, 70000000001);
	cr_assert_eq(h.buckets[0], 1);
	cr_assert_eq(h.buckets[HISTOGRAM_BOUNDS], 1);
}
