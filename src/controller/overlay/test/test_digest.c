/* Digests of the reports of nodes: the sum over a tree of links, and when a node with a wrong
 * digest is asked for a report. */
#include "controller/overlay/digest.h"

#include <criterion/criterion.h>

#include "wire/report.h"

TestSuite(digest, .timeout = 60);

static struct node nodes[4];
static struct node *top;

/* 0 above 1 and 2, 3 below 1. */
static void set_up(void)
{
	top = NULL;
	for (int i = 0; i < 4; i++)
		nodes[i] = (struct node){.id = i,
		                         .incarnation = 10,
		                         .life = LIFE_RUNNING,
		                         .link.report.version = (uint64_t)i};
	node_join(&nodes[0], NULL, &top);
	node_join(&nodes[1], &nodes[0], &top);
	node_join(&nodes[2], &nodes[0], &top);
	node_join(&nodes[3], &nodes[1], &top);
}

static uint64_t own(int i)
{
	return report_digest(nodes[i].id, nodes[i].incarnation, nodes[i].link.report.version);
}

Test(digest, is_the_sum_over_all_below_by_links, .init = set_up)
{
	cr_assert_eq(digest_expected(&nodes[3]), own(3));
	cr_assert_eq(digest_expected(&nodes[0]), own(0) + own(1) + own(2) + own(3));
	node_part(&nodes[1], &top);
	cr_assert_eq(digest_expected(&nodes[0]), own(0) + own(2));
}

Test(digest, leaves_out_who_has_not_joined, .init = set_up)
{
	nodes[2].life = LIFE_STARTING;
	cr_assert_eq(digest_expected(&nodes[0]), own(0) + own(1) + own(3));
}

Test(digest, another_version_or_life_is_another_digest, .init = set_up)
{
	uint64_t before = digest_expected(&nodes[0]);

	nodes[3].link.report.version++;
	cr_assert_neq(digest_expected(&nodes[0]), before);
	nodes[3].link.report.version--;
	nodes[3].incarnation++;
	cr_assert_neq(digest_expected(&nodes[0]), before);
}

Test(digest, a_difference_that_stays_is_asked_about_and_ever_more_rarely)
{
	struct node_digest d = {0};
	int asked = 0;
	int64_t last = 0;

	for (int64_t now = 1; now < 100000; now += 10) {
		if (!digest_differs(&d, 1, 2, 100, now))
			continue;
		cr_assert_geq(now - last, 100);
		last = now;
		asked++;
	}
	/* After 100, 200, 400, … 6400, 6400, … ms. */
	cr_assert_geq(asked, 7 + 12);
	cr_assert_leq(asked, 7 + 15);
}

Test(digest, one_that_changes_is_on_its_way)
{
	struct node_digest d = {0};

	for (int64_t now = 1; now < 10000; now += 10)
		cr_assert_not(digest_differs(&d, (uint64_t)now, 0, 100, now));
}
