/* Two tables: of units, and of kinds of goals. */
#include "goal.h"

#include <math.h>

#include "base/mem.h"

static const struct unit_row units[] = {
    [UNIT_US] = {"us", "us", 1, false},
    [UNIT_MS] = {"ms", "ms", 1, false},
    [UNIT_RATE] = {"per_s", "k/s", 1000, true},
    [UNIT_KIB] = {"KiB", "KiB", 1, false},
    [UNIT_MIB_RATE] = {"mib_per_s", "MiB/s", 1, true},
    [UNIT_BYTES] = {"bytes", "B", 1, false},
    [UNIT_CPU] = {"percent_cpu", "% cpu", 1, false},
    [UNIT_INSTRUCTIONS] = {"instructions", "instr.", 1, false},
};

const struct unit_row *unit_row(enum unit unit)
{
	return &units[unit];
}

/* What is judged; NAN: it was not measured. */
typedef double measure_fn(const struct figures *figures);
/* What is shown of a bound. */
typedef char *text_fn(double bound, const struct unit_row *unit);

static double times_floor(const struct figures *f)
{
	return f->floor.median > 0 ? f->dtree.median / f->floor.median : NAN;
}

static double tail_times_floor(const struct figures *f)
{
	return f->floor.p99 > 0 ? f->dtree.p99 / f->floor.p99 : NAN;
}

/* It may be less. */
static double over_floor(const struct figures *f)
{
	return f->floor.median > 0 && f->dtree.median > 0 ? f->dtree.median - f->floor.median : NAN;
}

static double itself(const struct figures *f)
{
	return f->dtree.median > 0 ? f->dtree.median : NAN;
}

static char *ratio_text(double bound, const struct unit_row *unit)
{
	(void)unit;
	return mem_format("<= %gx", bound);
}

static char *share_text(double bound, const struct unit_row *unit)
{
	(void)unit;
	return mem_format(">= %g%% of it", bound * 100);
}

static char *tail_text(double bound, const struct unit_row *unit)
{
	(void)unit;
	return mem_format("p99 <= %gx", bound);
}

static char *over_text(double bound, const struct unit_row *unit)
{
	return mem_format("<= it + %g %s", bound / unit->scale, unit->shown);
}

static char *most_text(double bound, const struct unit_row *unit)
{
	return mem_format("<= %g %s", bound / unit->scale, unit->shown);
}

static char *least_text(double bound, const struct unit_row *unit)
{
	return mem_format(">= %g %s", bound / unit->scale, unit->shown);
}

static const struct kind_row {
	measure_fn *measure;
	bool at_least;
	text_fn *text;
} kinds[] = {
    [GOAL_RATIO] = {times_floor, false, ratio_text},
    [GOAL_SHARE] = {times_floor, true, share_text},
    [GOAL_TAIL] = {tail_times_floor, false, tail_text},
    [GOAL_OVER] = {over_floor, false, over_text},
    [GOAL_MOST] = {itself, false, most_text},
    [GOAL_LEAST] = {itself, true, least_text},
};

char *goals_text(const struct goal *goals, enum unit unit)
{
	char *all = mem_string("");

	for (size_t i = 0; i < GOAL_MAX && goals[i].kind != GOAL_NONE; i++) {
		cleanup_free char *before = all;
		cleanup_free char *one = kinds[goals[i].kind].text(goals[i].bound, &units[unit]);
		all = mem_format("%s%s%s", before, i ? ", " : "", one);
	}
	return all;
}

enum verdict goals_judge(const struct goal *goals, const struct figures *figures)
{
	enum verdict verdict = VERDICT_NONE;

	for (size_t i = 0; i < GOAL_MAX && goals[i].kind != GOAL_NONE; i++) {
		const struct kind_row *kind = &kinds[goals[i].kind];
		double value = kind->measure(figures);

		if (isnan(value))
			return VERDICT_NONE;
		if (kind->at_least ? value < goals[i].bound : value > goals[i].bound)
			verdict = VERDICT_MISSED;
		else if (verdict == VERDICT_NONE)
			verdict = VERDICT_MET;
	}
	return verdict;
}

double figures_ratio(const struct figures *figures, enum unit unit)
{
	double dtree = figures->dtree.median;
	double floor = figures->floor.median;

	if (dtree <= 0 || floor <= 0)
		return 0;
	return units[unit].larger_is_better ? floor / dtree : dtree / floor;
}
