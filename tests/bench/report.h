/* The result, as a table for people and as JSON for programs. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "goal.h"

struct result {
	const char *name;         /* borrowed, as all of these */
	const char *beside;       /* what the floor's figures are of */
	const struct goal *goals; /* GOAL_MAX */
	enum unit unit;
	struct figures figures;
	bool failed;
	struct error reason; /* of the failure */
};

/* The head of the table, or of a part of it. */
void report_head(const char *beside);
/* One line of the table. */
void report_row(const struct result *result);
/* Explains the table's columns, and tells how many goals were met. */
void report_foot(const struct result *results, size_t count);
/* All results, into a file that is made or replaced. */
int report_json(const char *path, const struct result *results, size_t count, struct error *err);

#endif
