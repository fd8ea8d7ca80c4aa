/* The units of figures, and their goals. */
#ifndef BENCH_GOAL_H
#define BENCH_GOAL_H

#include <stdbool.h>

#include "stats.h"

enum unit {
	UNIT_US,       /* microseconds */
	UNIT_MS,       /* milliseconds */
	UNIT_RATE,     /* per second; more is better; the table shows thousands */
	UNIT_MIB_RATE, /* MiB a second; the same */
	UNIT_KIB,      /* KiB of memory */
	UNIT_BYTES,    /* bytes of memory */
	UNIT_CPU,      /* percent of one processor */
	UNIT_INSTRUCTIONS,
};

struct unit_row {
	const char *key;   /* in JSON */
	const char *shown; /* in the table */
	double scale;      /* what one of it is in the table's unit: a divisor */
	bool larger_is_better;
};

/* Static storage. */
const struct unit_row *unit_row(enum unit unit);

enum goal_kind {
	GOAL_NONE,
	GOAL_RATIO, /* the median, in the floor's */
	GOAL_SHARE, /* the median of a rate, at least this share of the floor's */
	GOAL_TAIL,  /* the p99, in the floor's p99 */
	GOAL_OVER,  /* the median, over the floor's, in the row's unit */
	GOAL_MOST,  /* the median, in the row's unit */
	GOAL_LEAST,
};

struct goal {
	enum goal_kind kind;
	double bound;
};

#define GOAL_MAX 2

/* The figures of a row, and of its floor. */
struct figures {
	struct summary dtree;
	struct summary floor;
};

enum verdict { VERDICT_NONE, VERDICT_MET, VERDICT_MISSED };

/* GOAL_MAX goals as text, owned by the caller; empty where there is none. */
char *goals_text(const struct goal *goals, enum unit unit);
/* Judges all goals. VERDICT_NONE: there is none, or its figures were not measured. */
enum verdict goals_judge(const struct goal *goals, const struct figures *figures);

/* The cost as a multiple of the floor's; 0 if a side was not measured. */
double figures_ratio(const struct figures *figures, enum unit unit);

#endif
