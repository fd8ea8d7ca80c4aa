/* The kernel's list of connections. */
#include "base/tcp_table.h"

#include <criterion/criterion.h>
#include <unistd.h>

#include "tcp_pair.h"

TestSuite(tcp_table, .timeout = 60);

#define PAIRS 300
/* Without rights (nobody). */
#define ANOTHER_USER 65534

static struct tcp_pair pairs[PAIRS];

static bool has(const struct tcp_pair *pair, const struct tcp_table *table)
{
	struct tcp_end client;
	struct tcp_end server;

	return tcp_pair_find(pair, table, &client, &server);
}

Test(tcp_table, what_is_read_in_parts_is_whole_in_the_end)
{
	struct tcp_table table = {0};
	struct error err;
	int parts = 0;
	int more;

	for (int i = 0; i < PAIRS; i++)
		tcp_pair_open(&pairs[i], 0);
	for (more = 1; more > 0; parts++)
		cr_assert_geq(more = tcp_table_read_some(&table, 1, &err), 0, "%s", err.text);
	cr_assert_geq(parts, 4);
	for (int i = 0; i < PAIRS; i++) {
		cr_assert(has(&pairs[i], &table), "%d", i);
		tcp_pair_close(&pairs[i]);
	}
	tcp_table_free(&table);
	cr_assert(!table.rows && !table.open);
}

Test(tcp_table, what_is_not_read_to_its_end_is_freed)
{
	struct tcp_table table = {0};
	struct error err;

	for (int i = 0; i < PAIRS; i++)
		tcp_pair_open(&pairs[i], 0);
	cr_assert_eq(tcp_table_read_some(&table, 1, &err), 1);
	tcp_table_free(&table);
	cr_assert_eq(tcp_table_read(&table, &err), 0);
	tcp_table_free(&table);
	for (int i = 0; i < PAIRS; i++)
		tcp_pair_close(&pairs[i]);
}

Test(tcp_table, what_another_user_has_is_not_listed)
{
	struct tcp_table all = {0};
	struct tcp_table own = {0};
	struct tcp_pair pair;
	struct error err;

	if (geteuid() != 0)
		cr_skip_test("only root becomes another user");
	cr_assert_eq(seteuid(ANOTHER_USER), 0);
	tcp_pair_open(&pair, 0);
	cr_assert_eq(tcp_table_read(&all, &err), 0, "%s", err.text);
	cr_assert_eq(seteuid(0), 0);
	cr_assert_eq(tcp_table_read(&own, &err), 0, "%s", err.text);
	cr_assert(has(&pair, &all));
	cr_assert(!has(&pair, &own));
	tcp_table_free(&all);
	tcp_table_free(&own);
	tcp_pair_close(&pair);
}
