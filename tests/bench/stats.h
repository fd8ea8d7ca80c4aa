/* Samples of one side of one row, and what is said of them. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>

/* Zero-initialise it. */
struct samples {
	double *values; /* owned */
	size_t count;
	size_t room;
};

struct summary {
	size_t count; /* 0: nothing was measured, the rest is 0 */
	double median;
	double p99; /* 99 of 100 samples are at least as good */
};

void samples_add(struct samples *samples, double value);
void samples_free(struct samples *samples);
/* Sorts the samples. Is a larger value a better one? */
struct summary samples_summary(struct samples *samples, int larger_is_better);

#endif
