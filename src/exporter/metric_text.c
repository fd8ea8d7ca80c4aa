/* Owns nothing. */
#include "exporter/metric_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void metric_head(struct buffer *out, const char *name, const char *type, const char *help)
{
	buffer_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Backslash, quote and line feed are escaped. */
static void metric_value(struct buffer *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n') {
			buffer_add_string(out, "\\n");
			continue;
		}
		if (*value == '\\' || *value == '"')
			buffer_add(out, "\\", 1);
		buffer_add(out, value, 1);
	}
}

/* bound: of a bucket; NULL: it is none. */
static void metric_name(struct buffer *out, const char *name, const char *suffix,
                        const struct metric_labels *labels, const char *bound)
{
	const char *before = "{";

	buffer_add_string(out, name);
	buffer_add_string(out, suffix);
	for (size_t i = 0; labels && i < METRIC_LABELS && labels->pairs[i].name; i++) {
		buffer_format(out, "%s%s=\"", before, labels->pairs[i].name);
		metric_value(out, labels->pairs[i].value);
		buffer_add(out, "\"", 1);
		before = ",";
	}
	if (bound)
		buffer_format(out, "%sle=\"%s\"", before, bound);
	if (bound || *before == ',')
		buffer_add(out, "}", 1);
	buffer_add(out, " ", 1);
}

void metric_int(struct buffer *out, const char *name, const struct metric_labels *labels,
                int64_t value)
{
	metric_name(out, name, "", labels, NULL);
	buffer_format(out, "%" PRId64 "\n", value);
}

void metric_part(struct buffer *out, const char *name, const struct metric_labels *labels,
                 int64_t value, int64_t of)
{
	metric_name(out, name, "", labels, NULL);
	buffer_format(out, "%.9g\n", (double)value / (double)of);
}

void metric_histogram(struct buffer *out, const char *name, const struct metric_labels *labels,
                      const struct histogram *h)
{
	uint64_t count = 0;
	char bound[32];

	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++) {
		count += h->buckets[i];
		if (i < HISTOGRAM_BOUNDS)
			snprintf(bound, sizeof bound, "%g", histogram_bounds_us[i] / 1e6);
		metric_name(out, name, "_bucket", labels, i < HISTOGRAM_BOUNDS ? bound : "+Inf");
		buffer_format(out, "%" PRIu64 "\n", count);
	}
	metric_name(out, name, "_sum", labels, NULL);
	buffer_format(out, "%.9g\n", (double)h->sum_ns / 1e9);
	metric_name(out, name, "_count", labels, NULL);
	buffer_format(out, "%" PRIu64 "\n", count);
}
