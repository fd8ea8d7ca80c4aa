/*
 * The table of `top`: what is in a column, the order and the choice of rows, and lines of any
 * width. Pure.
 */
#ifndef CTL_TOP_TABLE_H
#define CTL_TOP_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/choice.h"
#include "base/mem.h"
#include "ctl/sample.h"

enum top_column {
	TOP_ID,
	TOP_STATE,
	TOP_RATE,
	TOP_MEAN,
	TOP_P99,
	TOP_PENDING,
	TOP_CPU,
	TOP_MEMORY,
	TOP_RESTARTS,
	TOP_SERVICE,
	TOP_NAME,
	TOP_COLUMNS,
};

struct top_view {
	enum top_column sort;
	bool reverse;       /* not in the order that a column usually has */
	const char *filter; /* rows with this in id, name, state or service, in any case; "": all */
};

/* The names of the columns, as options have them. */
choice_fn top_column_at;
/* TOP_COLUMNS: there is none of that name. */
enum top_column top_column_find(const char *name, size_t n);

/* The rows that are wanted, in their order: new memory, *count of them; borrowed from the sample.
 */
const struct sample_row **top_choose(const struct sample *sample, const struct top_view *view,
                                     size_t *count);
/* A line of at most `width` columns, of those that fit by their weight; without a row the heads. */
void top_line(struct buffer *out, const struct sample_row *row, size_t width);
/* The same with all columns and tabs between them; "-" is what is not known. */
void top_fields(struct buffer *out, const struct sample_row *row);

#endif
