/* The services in text: a table, aligned where a person reads it. */
#include <stdint.h>
#include <string.h>

#include "ctl/member.h"
#include "ctl/render.h"

/* The columns, in their order. */
static const char *const columns[] = {"name", "kind", "usage", "summary", "origin"};

/* "-" where nothing was said. New memory. */
static char *cell_of(const struct dtree_value *service, size_t column)
{
	return member_text(service, columns[column], "-");
}

static void measure(const struct dtree_value *service, size_t widths[])
{
	for (; service; service = dtree_value_next(service))
		for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
			cleanup_free char *cell = cell_of(service, i);
			if (strlen(cell) > widths[i])
				widths[i] = strlen(cell);
		}
}

static void add_service(struct buffer *out, const struct dtree_value *service,
                        const size_t widths[], bool aligned)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		cleanup_free char *cell = cell_of(service, i);
		bool last = i + 1 == ARRAY_SIZE(columns);
		if (aligned && !last)
			buffer_format(out, "%-*s  ", (int)widths[i], cell);
		else
			buffer_format(out, "%s%s", cell, last ? "" : "\t");
	}
}

void render_services(struct buffer *out, const struct dtree_value *result,
                     const struct style *style)
{
	const struct dtree_value *service = dtree_value_first(result, "services");
	size_t widths[ARRAY_SIZE(columns)] = {0};

	measure(service, widths);
	for (; service; service = dtree_value_next(service)) {
		add_service(out, service, widths, style->lines);
		if (dtree_value_next(service))
			buffer_add_string(out, "\n");
	}
}
