/* Owns the values of samples. Percentiles are nearest-rank: a value that was really measured. */
#include "stats.h"

#include <stdlib.h>

#include "base/mem.h"

void samples_add(struct samples *samples, double value)
{
	if (samples->count == samples->room) {
		samples->room = samples->room ? 2 * samples->room : 256;
		samples->values =
		    mem_resize(samples->values, samples->room * sizeof *samples->values);
	}
	samples->values[samples->count++] = value;
}

void samples_free(struct samples *samples)
{
	free(samples->values);
	*samples = (struct samples){0};
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The smallest value that `percent` of all do not exceed. */
static double percentile(const struct samples *samples, size_t percent)
{
	size_t rank = (samples->count * percent + 99) / 100;

	return samples->values[rank ? rank - 1 : 0];
}

struct summary samples_summary(struct samples *samples, int larger_is_better)
{
	if (!samples->count)
		return (struct summary){0};
	qsort(samples->values, samples->count, sizeof *samples->values, ascending);
	return (struct summary){
	    .count = samples->count,
	    .median = percentile(samples, 50),
	    .p99 = percentile(samples, larger_is_better ? 1 : 99),
	};
}
