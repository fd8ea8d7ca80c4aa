/* Names and groups: whose a name is, when it is free, and who is in a group. */
#include "controller/node/names.h"

#include <criterion/criterion.h>
#include <string.h>

static struct controller world;
static struct node nodes[3]; /* 1, 2, 3 */

static void names_set_up(void)
{
	world = (struct controller){0};
	for (int i = 0; i < 3; i++)
		nodes[i] = (struct node){.id = i + 1};
}

static void names_tear_down(void)
{
	for (int i = 0; i < 3; i++) {
		names_leave(&world, &nodes[i]);
		node_label_free(nodes[i].label);
	}
	cr_assert_null(world.names);
	cr_assert_null(world.groups);
}

TestSuite(names, .timeout = 60, .init = names_set_up, .fini = names_tear_down);

/* It is the name of that node; 0: of none. */
static void assert_named(const char *name, int id)
{
	struct error err;
	int found = 0;

	cr_assert_eq(names_find(&world, name, &found, &err), id ? 0 : -1);
	cr_assert_eq(found, id);
	if (!id) {
		cr_assert_eq(err.code, ERR_NOT_FOUND);
		cr_assert(strstr(err.text, name), "%s", err.text);
	}
}

Test(names, have_a_form)
{
	char longest[NAME_LENGTH_MAX + 2];
	static const char *const good[] = {"a", "Z", "worker-1", "a_b.C9", "x--..__"};
	static const char *const bad[] = {"",      "1",   "-a",  ".a",       "_a",
	                                  "a b",   "a@b", "@a",  "\xc3\xa4", "a\n",
	                                  "a\x01", "a/b", "a,b", "a\xc3\xa4"};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert_eq(name_check("name", good[i], &err), 0, "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_assert_eq(name_check("group", bad[i], &err), -1, "%s", bad[i]);
		cr_assert_eq(err.code, ERR_PARAMS);
		cr_assert(strncmp(err.text, "group '", 7) == 0, "%s", err.text);
	}
	memset(longest, 'a', sizeof longest);
	longest[NAME_LENGTH_MAX] = '\0';
	cr_assert_eq(name_check("name", longest, &err), 0);
	longest[NAME_LENGTH_MAX] = 'a';
	longest[NAME_LENGTH_MAX + 1] = '\0';
	cr_assert_eq(name_check("name", longest, &err), -1);
	cr_assert(strstr(err.text, "at most 63"), "%s", err.text);
}

Test(names, are_one_nodes_at_a_time)
{
	struct error err;

	cr_assert_eq(names_enter(&world, &nodes[0], "a", NULL, &err), 0);
	assert_named("a", 1);
	assert_named("A", 0);
	cr_assert_eq(names_enter(&world, &nodes[1], "a", "g", &err), -1);
	cr_assert_eq(err.code, ERR_NAME_TAKEN);
	cr_assert_str_eq(err.text, "node 1 has the name 'a'");
	cr_assert_null(nodes[1].label);
	cr_assert_null(names_group(&world, "g"));
	names_leave(&world, &nodes[0]);
	cr_assert_str_eq(node_name(&nodes[0]), "a");
	assert_named("a", 0);
	cr_assert_eq(names_enter(&world, &nodes[1], "a", NULL, &err), 0);
	assert_named("a", 2);
}

Test(names, of_creates_that_have_not_begun_can_be_said)
{
	struct name_claim older = {0};
	struct name_claim newer = {0};

	names_claim(&world, &older, "a", 1);
	names_claim(&world, &newer, "a", 2);
	assert_named("a", 2);
	names_enter(&world, &nodes[2], "a", NULL, NULL);
	assert_named("a", 3);
	names_leave(&world, &nodes[2]);
	assert_named("a", 2);
	names_unclaim(&newer);
	names_unclaim(&newer);
	assert_named("a", 1);
	names_unclaim(&older);
	assert_named("a", 0);
}

Test(names, of_groups_are_there_while_a_node_is_in_them)
{
	const struct node_group *group;

	names_enter(&world, &nodes[0], NULL, "g", NULL);
	names_enter(&world, &nodes[1], NULL, "g", NULL);
	names_enter(&world, &nodes[2], "g", "other", NULL);
	group = names_group(&world, "g");
	cr_assert_eq(group->count, 2);
	cr_assert_eq(group->nodes, &nodes[0]);
	names_leave(&world, &nodes[0]);
	cr_assert_eq(names_group(&world, "g"), group);
	cr_assert_eq(group->nodes, &nodes[1]);
	names_leave(&world, &nodes[1]);
	cr_assert_null(names_group(&world, "g"));
	assert_named("g", 3);
}

static void assert_in(const char *name, size_t count)
{
	const struct node_group *group = names_group(&world, name);

	cr_assert_eq(group ? group->count : 0, count);
}

Test(names, are_given_anew_to_a_node_that_is_there)
{
	struct error err;

	HASH_ADD_INT(world.nodes, id, &nodes[0]);
	cr_assert_eq(names_enter(&world, &nodes[0], "a", "g", &err), 0);
	cr_assert_eq(names_enter(&world, &nodes[1], "b", "g", &err), 0);
	cr_assert_eq(names_check(&world, &nodes[0], "b", &err), -1);
	cr_assert_str_eq(err.text, "node 2 has the name 'b'");
	assert_named("a", 1);
	cr_assert_eq(names_check(&world, &nodes[0], "a", &err), 0);
	names_set_name(&world, &nodes[0], "a");
	assert_named("a", 1);
	names_set_name(&world, &nodes[0], "c");
	assert_named("a", 0);
	assert_named("c", 1);
	cr_assert_str_eq(node_name(&nodes[0]), "c");
	names_set_group(&world, &nodes[0], "h");
	assert_in("g", 1);
	assert_in("h", 1);
	names_set_group(&world, &nodes[1], "h");
	assert_in("g", 0);
	assert_in("h", 2);
	names_set_name(&world, &nodes[0], NULL);
	names_set_group(&world, &nodes[0], NULL);
	assert_named("c", 0);
	assert_in("h", 1);
	cr_assert_null(node_name(&nodes[0]));
	cr_assert_null(node_group(&nodes[0]));
	HASH_DEL(world.nodes, &nodes[0]);
}

Test(names, that_a_node_gives_up_stay_claimed)
{
	struct name_claim claim = {0};
	struct error err;

	cr_assert_eq(names_enter(&world, &nodes[0], "a", NULL, &err), 0);
	names_claim(&world, &claim, "a", 2);
	names_set_name(&world, &nodes[0], NULL);
	assert_named("a", 2);
	names_unclaim(&claim);
	assert_named("a", 0);
}
