/* The text form: heads, labels that are escaped, cumulative buckets. */
#include <criterion/criterion.h>
#include <string.h>

#include "exporter/metric_rows.h"
#include "exporter/metric_text.h"

TestSuite(metric_text, .timeout = 60);

static const char *text_of(struct buffer *out)
{
	buffer_add(out, "", 1);
	return buffer_bytes(out);
}

Test(metric_text, labels_are_escaped)
{
	struct buffer out = {0};

	metric_int(&out, "a", &(struct metric_labels){{{"x", "q\"b\\n\n"}, {"y", ""}}}, -5);
	metric_int(&out, "b", NULL, 7);
	cr_assert_str_eq(text_of(&out), "a{x=\"q\\\"b\\\\n\\n\",y=\"\"} -5\nb 7\n");
	buffer_free(&out);
}

Test(metric_text, buckets_add_up_and_end_at_infinity)
{
	struct histogram h = {.buckets = {1, 2, [HISTOGRAM_BOUNDS] = 4}, .sum_ns = 1500000000};
	struct buffer out = {0};
	const char *text;

	metric_histogram(&out, "t", &(struct metric_labels){{{"s", "v"}}}, &h);
	text = text_of(&out);
	cr_assert(strstr(text, "t_bucket{s=\"v\",le=\"5e-05\"} 1\n"), "%s", text);
	cr_assert(strstr(text, "t_bucket{s=\"v\",le=\"0.0001\"} 3\n"));
	cr_assert(strstr(text, "t_bucket{s=\"v\",le=\"60\"} 3\n"));
	cr_assert(strstr(text, "t_bucket{s=\"v\",le=\"+Inf\"} 7\nt_sum{s=\"v\"} 1.5\n"
	                       "t_count{s=\"v\"} 7\n"));
	buffer_free(&out);
}

Test(metric_text, without_dtreed_only_the_exporter_speaks)
{
	struct buffer out = {0};
	const char *text;

	metrics_write(&out, &(struct sample){0}, &(struct own_counts){.pages = 3}, true);
	text = text_of(&out);
	cr_assert(strstr(text, "# TYPE dtree_up gauge\ndtree_up 0\n"));
	cr_assert(strstr(text, "dtree_exporter_pages 3\n"));
	cr_assert_not(strstr(text, "dtree_nodes"));
	buffer_free(&out);
}
