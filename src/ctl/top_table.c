/* Columns are rows. Stateless, but for what qsort(3) compares by. */
#include "ctl/top_table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct top_column_row {
	const char *name; /* of the option */
	const char *head;
	int width;  /* negative: to the left */
	int weight; /* the least is left out first */
	bool rises; /* its usual order */
} top_columns[TOP_COLUMNS] = {
    [TOP_ID] = {"id", "ID", 11, 11, true},
    [TOP_STATE] = {"state", "STATE", -11, 10, true},
    [TOP_RATE] = {"rate", "REQ/S", 7, 9, false},
    [TOP_MEAN] = {"mean", "MEAN", 7, 8, false},
    [TOP_P99] = {"p99", "P99", 7, 5, false},
    [TOP_PENDING] = {"pending", "PENDING", 7, 3, false},
    [TOP_CPU] = {"cpu", "CPU%", 6, 7, false},
    [TOP_MEMORY] = {"memory", "MEMORY", 7, 6, false},
    [TOP_RESTARTS] = {"restarts", "RESTARTS", 8, 1, false},
    [TOP_SERVICE] = {"service", "SERVICE", -12, 4, true},
    [TOP_NAME] = {"name", "NAME", -24, 2, true},
};

const char *top_column_at(size_t i)
{
	return i < TOP_COLUMNS ? top_columns[i].name : NULL;
}

enum top_column top_column_find(const char *name, size_t n)
{
	for (size_t i = 0; i < TOP_COLUMNS; i++)
		if (strlen(top_columns[i].name) == n && memcmp(top_columns[i].name, name, n) == 0)
			return (enum top_column)i;
	return TOP_COLUMNS;
}

static double top_number(const struct sample_row *row, enum top_column column)
{
	switch (column) {
	case TOP_ID:
		return row->id;
	case TOP_RATE:
		return row->rate;
	case TOP_MEAN:
		return row->mean_us;
	case TOP_P99:
		return row->p99_us;
	case TOP_PENDING:
		return (double)row->pending;
	case TOP_CPU:
		return row->cpu;
	case TOP_MEMORY:
		return (double)row->memory;
	case TOP_RESTARTS:
		return (double)row->restarts;
	case TOP_STATE:
	case TOP_SERVICE:
	case TOP_NAME:
	case TOP_COLUMNS:
		break;
	}
	return 0;
}

/* NULL: the column is one of numbers. */
static const char *top_text(const struct sample_row *row, enum top_column column)
{
	switch (column) {
	case TOP_STATE:
		return row->state;
	case TOP_SERVICE:
		return row->service;
	case TOP_NAME:
		return row->name ? row->name : "";
	default:
		return NULL;
	}
}

static const struct top_view *top_sorting;

static int top_compare(const void *a, const void *b)
{
	const struct sample_row *x = *(const struct sample_row *const *)a;
	const struct sample_row *y = *(const struct sample_row *const *)b;
	enum top_column by = top_sorting->sort;
	const char *text = top_text(x, by);
	double n = top_number(x, by);
	double m = top_number(y, by);
	int order = text ? strcmp(text, top_text(y, by)) : (n > m) - (n < m);

	if (top_columns[by].rises == top_sorting->reverse)
		order = -order;
	return order ? order : (x->id > y->id) - (x->id < y->id);
}

static bool top_wanted(const struct sample_row *row, const char *filter)
{
	cleanup_free char *id = mem_format("%d", row->id);

	return !*filter || strcasestr(id, filter) || strcasestr(row->state, filter) ||
	       strcasestr(row->service, filter) || (row->name && strcasestr(row->name, filter));
}

const struct sample_row **top_choose(const struct sample *sample, const struct top_view *view,
                                     size_t *count)
{
	const struct sample_row **rows = mem_new_array(sample->count + 1, sizeof *rows);

	*count = 0;
	for (size_t i = 0; i < sample->count; i++)
		if (top_wanted(&sample->rows[i], view->filter))
			rows[(*count)++] = &sample->rows[i];
	top_sorting = view;
	qsort(rows, *count, sizeof *rows, top_compare);
	return rows;
}

/* "950us", "1.2ms", "3.1s". */
static char *top_time(double us)
{
	if (us < 0)
		return mem_string("-");
	if (us < 1000)
		return mem_format("%.0fus", us);
	return us < 1e6 ? mem_format("%.1fms", us / 1000) : mem_format("%.1fs", us / 1e6);
}

/* "812K", "3.4M", "1.2G". */
static char *top_bytes(int64_t bytes)
{
	if (bytes < 0)
		return mem_string("-");
	if (bytes < INT64_C(1000) * 1024)
		return mem_format("%.0fK", (double)bytes / 1024);
	return bytes < INT64_C(1000) * 1024 * 1024
	           ? mem_format("%.1fM", (double)bytes / 1024 / 1024)
	           : mem_format("%.1fG", (double)bytes / 1024 / 1024 / 1024);
}

/* What stands in the column. New memory. */
static char *top_shown(const struct sample_row *row, enum top_column column)
{
	double n = top_number(row, column);

	switch (column) {
	case TOP_MEAN:
	case TOP_P99:
		return top_time(n);
	case TOP_MEMORY:
		return top_bytes(row->memory);
	case TOP_RATE:
	case TOP_CPU:
		return n < 0 ? mem_string("-") : mem_format(n < 1000 ? "%.1f" : "%.0f", n);
	case TOP_ID:
	case TOP_PENDING:
	case TOP_RESTARTS:
		return mem_format("%.0f", n);
	case TOP_STATE:
	case TOP_SERVICE:
	case TOP_NAME:
	case TOP_COLUMNS:
		break;
	}
	return mem_string(*top_text(row, column) ? top_text(row, column) : "-");
}

static size_t top_width(enum top_column column)
{
	return (size_t)abs(top_columns[column].width);
}

/* The least weight of a column that is shown on a line of that width. */
static int top_least(size_t width)
{
	int least = 0;
	size_t whole;

	do {
		whole = 0;
		least++;
		for (size_t i = 0; i < TOP_COLUMNS; i++)
			if (top_columns[i].weight >= least)
				whole += top_width((enum top_column)i) + (whole > 0);
	} while (whole > width && least < TOP_COLUMNS);
	return least;
}

void top_line(struct buffer *out, const struct sample_row *row, size_t width)
{
	int least = top_least(width);
	size_t begin = buffer_size(out);

	for (size_t i = 0; i < TOP_COLUMNS; i++) {
		const struct top_column_row *column = &top_columns[i];
		cleanup_free char *text =
		    row ? top_shown(row, (enum top_column)i) : mem_string(column->head);
		if (column->weight >= least)
			buffer_format(out, "%s%*.*s", buffer_size(out) > begin ? " " : "",
			              column->width, (int)top_width((enum top_column)i), text);
	}
	if (buffer_size(out) - begin > width)
		out->end -= buffer_size(out) - begin - width;
}

void top_fields(struct buffer *out, const struct sample_row *row)
{
	for (size_t i = 0; i < TOP_COLUMNS; i++) {
		cleanup_free char *text =
		    row ? top_shown(row, (enum top_column)i) : mem_string(top_columns[i].head);
		buffer_format(out, "%s%s", i ? "\t" : "", text);
	}
}
