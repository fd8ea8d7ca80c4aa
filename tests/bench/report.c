/* Tables and JSON. Nothing is kept. */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/json_write.h"

static const char *const verdicts[] = {
    [VERDICT_NONE] = "", [VERDICT_MET] = "met", [VERDICT_MISSED] = "missed"};

void report_head(const char *beside)
{
	printf("%-48s %10s %10s %10s %10s %7s  %-20s\n", "", "dtree", "p99", beside, "p99", "ratio",
	       "goal");
}

static void print_number(double value, enum unit unit)
{
	if (value > 0)
		printf(" %10.1f", value / unit_row(unit)->scale);
	else
		printf(" %10s", "-");
}

void report_row(const struct result *result)
{
	const struct figures *figures = &result->figures;
	cleanup_free char *name =
	    mem_format("%s [%s]", result->name, unit_row(result->unit)->shown);
	cleanup_free char *goals = goals_text(result->goals, result->unit);
	double ratio = figures_ratio(figures, result->unit);

	printf("%-48s", name);
	if (result->failed) {
		printf(" failed: %s\n", result->reason.text);
		fflush(stdout);
		return;
	}
	print_number(figures->dtree.median, result->unit);
	print_number(figures->dtree.p99, result->unit);
	print_number(figures->floor.median, result->unit);
	print_number(figures->floor.p99, result->unit);
	if (ratio > 0)
		printf(" %7.2f", ratio);
	else
		printf(" %7s", "-");
	if (*goals)
		printf("  %-20s %s", goals, verdicts[goals_judge(result->goals, figures)]);
	putchar('\n');
	fflush(stdout);
}

void report_foot(const struct result *results, size_t count)
{
	size_t judged = 0;
	size_t met = 0;

	for (size_t i = 0; i < count; i++) {
		enum verdict verdict = goals_judge(results[i].goals, &results[i].figures);
		judged += verdict != VERDICT_NONE;
		met += verdict == VERDICT_MET;
	}
	puts(
	    "median and p99: 99 of 100 are at least as good; ratio: how many times the cost beside "
	    "it;\na goal that does not say p99 is one for the median, x times what is beside it");
	printf("%zu of %zu goals met\n", met, judged);
}

static void add_number(struct buffer *out, const char *key, double value)
{
	cleanup_free char *text = mem_format("%.3f", value);

	json_add_raw(out, key, text, strlen(text));
}

static void add_side(struct buffer *out, const char *key, const struct summary *side)
{
	if (!side->count) {
		json_add_null(out, key);
		return;
	}
	json_open_object(out, key);
	json_add_int(out, "count", (int64_t)side->count);
	add_number(out, "median", side->median);
	add_number(out, "p99", side->p99);
	json_close_object(out);
}

static void add_goal(struct buffer *out, const struct result *result)
{
	cleanup_free char *goals = goals_text(result->goals, result->unit);
	enum verdict verdict = goals_judge(result->goals, &result->figures);

	if (*goals)
		json_add_text(out, "goal", goals);
	else
		json_add_null(out, "goal");
	if (verdict == VERDICT_NONE)
		json_add_null(out, "met");
	else
		json_add_bool(out, "met", verdict == VERDICT_MET);
}

static void add_result(struct buffer *out, const struct result *result)
{
	double ratio = figures_ratio(&result->figures, result->unit);

	json_open_object(out, NULL);
	json_add_text(out, "name", result->name);
	json_add_text(out, "unit", unit_row(result->unit)->key);
	json_add_text(out, "beside", result->beside);
	add_side(out, "dtree", &result->figures.dtree);
	add_side(out, "floor", &result->figures.floor);
	if (ratio > 0)
		add_number(out, "ratio", ratio);
	else
		json_add_null(out, "ratio");
	add_goal(out, result);
	if (result->failed)
		json_add_text(out, "failed", result->reason.text);
	json_close_object(out);
}

int report_json(const char *path, const struct result *results, size_t count, struct error *err)
{
	struct buffer out = {0};
	char time[CLOCK_TEXT_SIZE];
	FILE *file;
	int rc = 0;

	clock_text(clock_wall_us(), time);
	json_open_object(&out, NULL);
	json_add_text(&out, "version", PACKAGE_VERSION);
	json_add_text(&out, "time", time);
	json_open_array(&out, "rows");
	for (size_t i = 0; i < count; i++)
		add_result(&out, &results[i]);
	json_close_array(&out);
	json_close_object(&out);
	buffer_add_string(&out, "\n");
	file = fopen(path, "we");
	if (!file || fwrite(buffer_bytes(&out), 1, buffer_size(&out), file) != buffer_size(&out))
		rc = error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	if (file && fclose(file) && rc == 0)
		rc = error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	buffer_free(&out);
	return rc;
}
