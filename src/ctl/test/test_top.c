/* The table of top: figures, order, choice, and lines of any width. */
#include "ctl/top_table.h"

#include <criterion/criterion.h>
#include <string.h>

#include "client/internal.h"
#include "ctl/top_options.h"

TestSuite(top, .timeout = 60);

static const struct sample_bounds bounds = {.us = {100, 1000, 10000}, .count = 3};

static struct sample sample_of(const char *nodes)
{
	cleanup_free char *line =
	    mem_format("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"nodes\":[%s]}}", nodes);
	struct sample sample = {0};
	uint64_t id;
	struct dtree_reply *reply = reply_read(line, strlen(line), &id, NULL);
	const struct dtree_value *node = dtree_value_first(dtree_reply_result(reply), "nodes");

	for (; node; node = dtree_value_next(node))
		sample_add(&sample, node);
	dtree_reply_free(reply);
	return sample;
}

static const char before[] =
    "{\"id\":20,\"state\":\"available\",\"service\":\"sum\",\"requests\":100,\"pending\":0,"
    "\"restarts\":0,\"took\":{\"sum_ns\":1000000,\"buckets\":[100,0,0,0]}},"
    "{\"id\":-7,\"state\":\"dead\",\"service\":\"dict\",\"name\":\"store\",\"requests\":50,"
    "\"pending\":0,\"restarts\":0,\"took\":{\"sum_ns\":5,\"buckets\":[50,0,0,0]}}";
/* A hundred and one later, of which two took longer; -7 counts anew, and 30 is new. */
static const char after[] =
    "{\"id\":30,\"state\":\"available\",\"service\":\"sum\",\"requests\":9,\"pending\":0,"
    "\"restarts\":0},"
    "{\"id\":20,\"state\":\"available\",\"service\":\"sum\",\"requests\":201,\"pending\":3,"
    "\"restarts\":1,\"took\":{\"sum_ns\":51500000,\"buckets\":[199,1,1,0]}},"
    "{\"id\":-7,\"state\":\"dead\",\"service\":\"dict\",\"name\":\"store\",\"requests\":2,"
    "\"pending\":0,\"restarts\":0,\"took\":{\"sum_ns\":5,\"buckets\":[2,0,0,0]}}";

static struct sample sample_after(void)
{
	struct sample former = sample_of(before);
	struct sample sample = sample_of(after);

	sample_compare(&former, &former, &bounds, 0);
	former.rows[1].cpu_ticks = 100;
	sample.rows[1].cpu_ticks = 150;
	sample.rows[1].memory = INT64_C(3) * 1024 * 1024;
	sample_compare(&sample, &former, &bounds, UINT64_C(2000000000));
	sample_free(&former);
	return sample;
}

Test(top, rates_are_what_has_changed)
{
	struct sample sample = sample_after();
	const struct sample_row *row = &sample.rows[1];

	cr_assert_eq(sample.rows[0].id, -7);
	cr_assert_eq(sample.rows[0].rate, -1);
	cr_assert_eq(row->id, 20);
	cr_assert_float_eq(row->rate, 50.5, 1e-9);
	cr_assert_float_eq(row->mean_us, 500, 1e-9);
	cr_assert_float_eq(row->p99_us, 1000, 1e-9);
	cr_assert_float_eq(row->cpu, 25, 1e-9);
	cr_assert_eq(sample.rows[2].rate, -1);
	sample_free(&sample);
}

static void chooses(const struct sample *sample, enum top_column sort, bool reverse,
                    const char *filter, const char *wanted)
{
	const struct top_view view = {sort, reverse, filter};
	struct buffer came = {0};
	size_t count;
	cleanup_free const struct sample_row **rows = top_choose(sample, &view, &count);

	for (size_t i = 0; i < count; i++)
		buffer_format(&came, "%d ", rows[i]->id);
	buffer_add(&came, "", 1);
	cr_assert_str_eq(came.data, wanted);
	buffer_free(&came);
}

Test(top, rows_are_sorted_and_filtered)
{
	struct sample sample = sample_after();

	chooses(&sample, TOP_ID, false, "", "-7 20 30 ");
	chooses(&sample, TOP_ID, true, "", "30 20 -7 ");
	chooses(&sample, TOP_RATE, false, "", "20 -7 30 ");
	chooses(&sample, TOP_STATE, false, "", "20 30 -7 ");
	chooses(&sample, TOP_MEMORY, true, "", "-7 30 20 ");
	chooses(&sample, TOP_ID, false, "SUM", "20 30 ");
	chooses(&sample, TOP_ID, false, "sto", "-7 ");
	chooses(&sample, TOP_ID, false, "0", "20 30 ");
	chooses(&sample, TOP_ID, false, "none", "");
	sample_free(&sample);
}

static void assert_line(const struct sample_row *row, size_t width, const char *wanted)
{
	struct buffer line = {0};

	top_line(&line, row, width);
	buffer_add(&line, "", 1);
	cr_assert_str_eq(line.data, wanted);
	buffer_free(&line);
}

Test(top, a_line_has_the_columns_that_fit)
{
	struct sample sample = sample_after();
	const struct sample_row *row = &sample.rows[1];
	struct buffer line = {0};

	assert_line(NULL, 40, "         ID STATE         REQ/S    MEAN");
	assert_line(row, 40, "         20 available      50.5   500us");
	assert_line(row, 54, "         20 available      50.5   500us   25.0    3.0M");
	assert_line(row, 5, "     ");
	for (size_t width = 0; width <= 200; width++) {
		top_line(&line, row, width);
		cr_assert_leq(buffer_size(&line), width);
		buffer_free(&line);
	}
	top_fields(&line, row);
	buffer_add(&line, "", 1);
	cr_assert_str_eq(line.data, "20\tavailable\t50.5\t500us\t1.0ms\t3\t25.0\t3.0M\t1\tsum\t-");
	buffer_free(&line);
	sample_free(&sample);
}

Test(top, options_are_checked)
{
	struct word words[] = {{"--sort=mean", 11}, {"--batch", 7}, {"--delay", 7}, {"0.5", 3}};
	struct word bad[][2] = {
	    {{"--sort", 6}, {"men", 3}}, {{"--delay", 7}, {"0", 1}}, {{"--filter", 8}, {NULL, 64}}};
	char filter[65] = {0};
	struct top_options o;
	struct error err;

	cr_assert_eq(top_options_read(&(struct words){words, 4}, &o, &err), 0);
	cr_assert(o.batch && !o.json);
	cr_assert_eq(o.sort, TOP_MEAN);
	cr_assert_eq(o.delay_ms, 500);
	memset(filter, 'x', 64);
	bad[2][1].s = filter;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_eq(top_options_read(&(struct words){bad[i], 2}, &o, &err), -1, "%zu", i);
	cr_assert_eq(top_options_read(&(struct words){words + 3, 1}, &o, &err), 1);
}
