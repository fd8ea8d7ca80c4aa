/* The result, as a table for people and as JSON for programs. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stddef.h>

#include "base/error.h"
#include "stats.h"

enum unit {
	UNIT_US,   /* microseconds: smaller is better */
	UNIT_RATE, /* a second: larger is better; the table says thousands */
};

struct result {
	const char *name; /* borrowed */
	enum unit unit;
	struct summary dtree;
	struct summary floor;
};

void report_head(void);
/* One line of the table. */
void report_row(const struct result *result);
/* All results, into a file that is made or replaced. */
int report_json(const char *path, const struct result *results, size_t count, struct error *err);

#endif
