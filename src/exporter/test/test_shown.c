/* What pages are told: rows that are new or have changed, rates, quantiles. */
#include "exporter/shown.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(shown, .timeout = 60);

static char state[] = "available";
static char service[] = "sum";

/* What is told of these nodes, at that time. */
static void told(struct shown *all, int64_t at, struct node_sample *nodes, size_t count,
                 const char *rows, const char *gone)
{
	const struct sample sample = {.at = at, .nodes = nodes, .count = count};
	struct buffer changed = {0};
	struct buffer removed = {0};

	shown_take(all, &sample, &changed, &removed);
	buffer_add(&changed, "", 1);
	buffer_add(&removed, "", 1);
	cr_assert_str_eq(buffer_bytes(&changed), rows);
	cr_assert_str_eq(buffer_bytes(&removed), gone);
	buffer_free(&changed);
	buffer_free(&removed);
}

Test(shown, only_what_has_changed_is_told)
{
	struct node_sample nodes[] = {
	    {.id = 7, .parent = -1, .state = state, .service = service, .requests = 5},
	    {.id = 8, .parent = 7, .state = state, .service = service}};
	struct shown all = {0};

	told(&all, 1000, nodes, 2,
	     "[7,-1,\"available\",\"sum\",\"\",0,0,0,0],[8,7,\"available\",\"sum\",\"\",0,0,0,0]",
	     "");
	told(&all, 2000, nodes, 2, "", "");
	nodes[0].requests = 15;
	nodes[0].took.buckets[0] = 10;
	nodes[0].took.sum_ns = 200000;
	told(&all, 4000, nodes, 2, "[7,-1,\"available\",\"sum\",\"\",5000,20,0,0]", "");
	told(&all, 5000, nodes, 1, "[7,-1,\"available\",\"sum\",\"\",0,0,0,0]", "8");
	/* A counter that begins anew is none that goes back. */
	nodes[0].requests = 1;
	told(&all, 6000, nodes, 1, "", "");
	shown_clear(&all);
}

Test(shown, a_quantile_lies_in_the_bucket_that_has_it)
{
	struct histogram h = {0};

	cr_assert_eq(histogram_quantile(&h, 0.5), 0);
	h.buckets[1] = 100;
	cr_assert_eq(histogram_quantile(&h, 0.5), 75);
	h.buckets[4] = 100;
	cr_assert_eq(histogram_quantile(&h, 0.5), 100);
	cr_assert_eq(histogram_quantile(&h, 1), 1000);
	h.buckets[HISTOGRAM_BOUNDS] = 10000;
	cr_assert_eq(histogram_quantile(&h, 0.99), 60000000);
}
