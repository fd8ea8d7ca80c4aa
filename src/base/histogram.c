/* The bounds, and the search among them. Owns nothing. */
#include "base/histogram.h"

const uint32_t histogram_bounds_us[HISTOGRAM_BOUNDS] = {
    50,    100,    200,    500,    1000,    2000,    5000,    10000,    20000,
    50000, 100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000, 60000000};

/* By the highest bit of a time in nanoseconds: the first bucket that may be its own. Above 35 it is
 * the last. */
static const uint8_t first_bucket[] = {0, 0, 0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
                                       0, 0, 0,  0,  1,  2,  3,  4,  5,  6,  6,  7,
                                       8, 9, 10, 11, 12, 13, 14, 15, 15, 16, 17, 17};

void histogram_add(struct histogram *h, uint64_t ns)
{
	unsigned highest = 63u - (unsigned)__builtin_clzll(ns | 1);
	size_t i = highest < sizeof first_bucket ? first_bucket[highest] : HISTOGRAM_BOUNDS;

	while (i < HISTOGRAM_BOUNDS && ns > (uint64_t)histogram_bounds_us[i] * 1000)
		i++;
	h->buckets[i]++;
	h->sum_ns += ns;
}

uint64_t histogram_count(const struct histogram *h)
{
	uint64_t count = 0;

	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
		count += h->buckets[i];
	return count;
}
