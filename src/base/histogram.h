/* How long things took: so many within each bound. Of a fixed size. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BOUNDS 18

struct histogram {
	uint64_t buckets[HISTOGRAM_BOUNDS + 1]; /* the last: above all bounds */
	uint64_t sum_ns;
};

/* Microseconds, ascending; each belongs to the bucket below it. */
extern const uint32_t histogram_bounds_us[HISTOGRAM_BOUNDS];

void histogram_add(struct histogram *h, uint64_t ns);
/* How many were added. */
uint64_t histogram_count(const struct histogram *h);

#endif
