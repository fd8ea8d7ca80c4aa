/* Tables and JSON. Nothing is kept. */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/json_write.h"

/* How many times the floor's cost; 0 where a side was not measured. */
static double ratio(const struct result *result)
{
	double dtree = result->dtree.median;
	double floor = result->floor.median;

	if (dtree <= 0 || floor <= 0)
		return 0;
	return result->unit == UNIT_US ? dtree / floor : floor / dtree;
}

void report_head(void)
{
	printf("%-38s %10s %10s %10s %10s %7s\n", "", "dtree", "p99", "floor", "p99", "ratio");
}

static void print_number(double value, enum unit unit)
{
	if (value > 0)
		printf(" %10.1f", unit == UNIT_RATE ? value / 1000 : value);
	else
		printf(" %10s", "-");
}

void report_row(const struct result *result)
{
	cleanup_free char *name =
	    mem_format("%s [%s]", result->name, result->unit == UNIT_US ? "us" : "k/s");

	printf("%-38s", name);
	print_number(result->dtree.median, result->unit);
	print_number(result->dtree.p99, result->unit);
	print_number(result->floor.median, result->unit);
	print_number(result->floor.p99, result->unit);
	if (ratio(result) > 0)
		printf(" %7.2f\n", ratio(result));
	else
		printf(" %7s\n", "-");
	fflush(stdout);
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

static void add_result(struct buffer *out, const struct result *result)
{
	json_open_object(out, NULL);
	json_add_text(out, "name", result->name);
	json_add_text(out, "unit", result->unit == UNIT_US ? "us" : "per_s");
	add_side(out, "dtree", &result->dtree);
	add_side(out, "floor", &result->floor);
	if (ratio(result) > 0)
		add_number(out, "ratio", ratio(result));
	else
		json_add_null(out, "ratio");
	json_close_object(out);
}

int report_json(const char *path, const struct result *results, size_t count, struct error *err)
{
	struct buffer out = {0};
	char time[CLOCK_TEXT_SIZE];
	FILE *file;
	int rc = 0;

	clock_text(time);
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
