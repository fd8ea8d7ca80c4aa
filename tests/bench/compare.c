/* Owns the earlier run's JSON. Rows are the same if their names and units are. */
#include "compare.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/json.h"

/* No run's output is larger. */
#define FILE_MAX ((size_t)1024 * 1024)

struct earlier {
	struct cJSON *json;
	const struct cJSON *rows; /* borrowed from it */
};

static const char *text_of(const struct cJSON *object, const char *name)
{
	const char *text;
	size_t n;

	return json_string(json_member(object, name), name, &text, &n, NULL) ? "" : text;
}

/* 0: there is none. */
static double number_of(const struct cJSON *object, const char *name)
{
	const struct cJSON *value = json_member(object, name);
	cleanup_free char *text = json_is_number(value) ? json_text(value) : NULL;

	return text ? strtod(text, NULL) : 0;
}

static int file_read(const char *path, struct buffer *out, struct error *err)
{
	FILE *file = fopen(path, "re");
	int rc = 0;

	if (!file)
		return error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	buffer_claim(out, fread(buffer_reserve(out, FILE_MAX), 1, FILE_MAX, file));
	if (ferror(file))
		rc = error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	fclose(file);
	return rc;
}

struct earlier *earlier_read(const char *path, struct error *err)
{
	struct earlier *earlier = mem_new(sizeof *earlier);
	struct buffer text = {0};
	struct error why = {0};

	if (file_read(path, &text, err) == 0) {
		earlier->json = json_parse(buffer_bytes(&text), buffer_size(&text),
		                           JSON_REPLY_VALUES, NULL, &why);
		earlier->rows = json_member(earlier->json, "rows");
		if (!json_is_array(earlier->rows))
			error_set(err, ERR_INTERNAL, "%s: no result of a benchmark: %s", path,
			          why.text);
	}
	buffer_free(&text);
	if (json_is_array(earlier->rows))
		return earlier;
	earlier_free(earlier);
	return NULL;
}

void earlier_free(struct earlier *earlier)
{
	if (!earlier)
		return;
	json_free(earlier->json);
	free(earlier);
}

static bool is_same(const struct cJSON *row, const struct result *result)
{
	return strcmp(text_of(row, "name"), result->name) == 0 &&
	       strcmp(text_of(row, "unit"), unit_row(result->unit)->key) == 0;
}

static void print_number(double value, double scale, int digits)
{
	if (value > 0)
		printf(" %10.*f", digits, value / scale);
	else
		printf(" %10s", "-");
}

static void print_change(double before, double now)
{
	if (before > 0 && now > 0)
		printf(" %+9.1f%%", (now / before - 1) * 100);
	else
		printf(" %10s", "-");
}

static void compare_row(const struct cJSON *row, const struct result *result)
{
	const struct unit_row *unit = unit_row(result->unit);
	cleanup_free char *name = mem_format("%s [%s]", result->name, unit->shown);
	double median = number_of(json_member(row, "dtree"), "median");
	double ratio = figures_ratio(&result->figures, result->unit);

	printf("%-48s", name);
	print_number(median, unit->scale, 1);
	print_number(result->figures.dtree.median, unit->scale, 1);
	print_change(median, result->figures.dtree.median);
	print_number(number_of(row, "ratio"), 1, 2);
	print_number(ratio, 1, 2);
	print_change(number_of(row, "ratio"), ratio);
	putchar('\n');
}

static void print_lonely(const struct earlier *earlier, const struct result *results, size_t count)
{
	const struct cJSON *row;
	size_t i;

	for (row = json_first(earlier->rows); row; row = json_next(row)) {
		for (i = 0; i < count && !is_same(row, &results[i]); i++)
			continue;
		if (i == count)
			printf("%-48s not in this run\n", text_of(row, "name"));
	}
}

void earlier_compare(const struct earlier *earlier, const struct result *results, size_t count)
{
	const struct cJSON *row;

	printf("\n%-48s %10s %10s %10s %10s %10s %10s\n", "beside the run of the earlier file",
	       "before", "now", "change", "ratio", "now", "change");
	for (size_t i = 0; i < count; i++) {
		for (row = json_first(earlier->rows); row; row = json_next(row))
			if (is_same(row, &results[i]))
				break;
		if (row)
			compare_row(row, &results[i]);
		else
			printf("%-48s not in the earlier run\n", results[i].name);
	}
	print_lonely(earlier, results, count);
	printf("(the earlier run: version %s, %s)\n", text_of(earlier->json, "version"),
	       text_of(earlier->json, "time"));
}
