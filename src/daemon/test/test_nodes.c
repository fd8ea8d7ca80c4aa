/* Nodes in the configuration: [node ID], [group NAME]. */
#include <sys/stat.h>

#include "base/remove.h"
#include "daemon/test/config_fixture.h"

TestSuite(nodes, .init = set_up, .fini = tear_down, .timeout = 60);

#define MISTAKEN(...) mistaken((const char *const[]){__VA_ARGS__, NULL})

static void nodes_of(const char *bytes)
{
	write_bytes(bytes, strlen(bytes));
	LOAD(&as_root, "--config", file, "--max-nodes", "5");
}

static const char *value_of(size_t node, enum node_key key)
{
	const char *value;

	cr_assert_lt(node, config.nodes.count);
	value = config.nodes.nodes[node].values[key];
	return value ? value : "-";
}

Test(nodes, a_node_has_what_its_section_says)
{
	nodes_of(
	    "[node 10]\nparent=-1 ; the top\nservice = dict # here\nrestart = always\n"
	    "name = a.b\ngroup = g-1\n[node -20 ] ; empty\n[node 30]\nparent = @a.b\nname =\n");
	cr_assert_eq(found.count, 0, "%s", found.count ? found.texts[0] : "");
	cr_assert_eq(config.nodes.count, 3);
	cr_expect_eq(config.nodes.nodes[0].id, 10);
	cr_expect_str_eq(value_of(0, NODE_PARENT), "-1");
	cr_expect_str_eq(value_of(0, NODE_SERVICE), "dict");
	cr_expect_str_eq(value_of(0, NODE_RESTART), "always");
	cr_expect_str_eq(value_of(0, NODE_NAME), "a.b");
	cr_expect_str_eq(value_of(0, NODE_GROUP), "g-1");
	cr_expect_eq(config.nodes.nodes[1].id, -20);
	cr_expect_str_eq(value_of(1, NODE_SERVICE), "-");
	cr_expect_str_eq(value_of(2, NODE_PARENT), "@a.b");
	cr_expect_str_eq(value_of(2, NODE_NAME), "-");
}

Test(nodes, a_group_is_so_many_nodes)
{
	nodes_of("[group web]\ninstances = 2\nparent = 10\nservice = dict\nrestart = on-failure\n"
	         "[group none]\n[group zero]\ninstances = 0\n");
	cr_assert_eq(found.count, 0, "%s", found.count ? found.texts[0] : "");
	cr_assert_eq(config.nodes.count, 2);
	cr_expect_not(config.nodes.nodes[1].has_id);
	cr_expect_str_eq(value_of(1, NODE_NAME), "web-2");
	cr_expect_str_eq(value_of(1, NODE_GROUP), "web");
	cr_expect_str_eq(value_of(1, NODE_PARENT), "10");
	cr_expect_str_eq(value_of(1, NODE_SERVICE), "dict");
	cr_expect_str_eq(value_of(1, NODE_RESTART), "on-failure");
}

Test(nodes, all_mistakes_are_told_with_their_choices)
{
	nodes_of("[node 10]\nparent = x\nrestart = maybe\nname = 1a\ngroup = -\nservice = nope\n"
	         "colour = red\nparent = 5\n"
	         "[node -1]\nparent = y\n"
	         "[node 5x]\n[node 4294967306]\n[node]\n[node 10]\n[node 20\n[group 1]\n"
	         "[group a]\ninstances = -1\nname = b\n[nodes 1]\n");
	MISTAKEN(
	    "FILE:2: parent 'x' is not an integer",
	    "FILE:3: restart 'maybe' is none of no, on-failure, always",
	    "FILE:4: name '1a' is not a letter with letters, digits, '-', '_' or '.' behind it",
	    "FILE:5: group '-' is not a letter with letters, digits, '-', '_' or '.' behind it",
	    "FILE:7: unknown key 'colour'; of a node there are parent, service, restart, "
	    "on-hang, hang-timeout, after, name, group",
	    "FILE:8: parent was set in line 2 already", "FILE:9: node '-1' names the controller",
	    "FILE:10: parent 'y' is not an integer", "FILE:11: node '5x' is not an integer",
	    "FILE:12: node '4294967306' does not fit in 32 bits",
	    "FILE:13: node '' is not an integer", "FILE:14: [node 10] begins in line 1 already",
	    "FILE:15: '[node 20' is a section without a ]",
	    "FILE:16: group '1' is not a letter with letters, digits, '-', '_' or '.' behind it",
	    "FILE:18: instances '-1' is not an integer from 0 to 1000000",
	    "FILE:19: unknown key 'name'; of a group there are instances, parent, service, "
	    "restart, on-hang, hang-timeout, after",
	    "FILE:20: '[nodes 1]' is an unknown section; there are [dtreed], [service NAME], "
	    "[node ID] and [group NAME]",
	    "FILE:6: node 10: service 'nope' is none of sum, dict, timer, search");
}

Test(nodes, names_are_one_node_s)
{
	nodes_of("[node 10]\nname = a\n[node 20]\nname = a\n[group b]\ninstances = 2\n"
	         "[node 30]\nname = b-2\n");
	MISTAKEN("FILE:4: node 20: the name 'a' is that of node 10 in FILE:2",
	         "FILE:5: group b: the name 'b-2' is that of node 30 in FILE:8");
}

Test(nodes, parents_in_a_circle_are_told_once)
{
	nodes_of("[node 10]\nparent = 30\n[node 20]\nparent = 10\n[node 30]\nparent = 20\n"
	         "[node 40]\nparent = 40\n[node 50]\nparent = 40\n");
	MISTAKEN("FILE:1: the parents lead back to it: 10, 30, 20",
	         "FILE:7: the parents lead back to it: 40");
}

Test(nodes, a_topology_without_named_parents_ignores_them)
{
	static const char text[] =
	    "[dtreed]\ntopology = bst\n[node 10]\nparent = 10\n[node 20]\nparent = 20\n";

	file_taken(text);
	cr_expect_eq(config.nodes.count, 2);
}

Test(nodes, a_list_has_one_node_behind_another)
{
	nodes_of("[dtreed]\ntopology = list\n[node 10]\nparent = 5\n[node 20]\nparent = 5\n"
	         "[group g]\ninstances = 2\nparent = 6\n[node 30]\n");
	MISTAKEN("FILE:6: node 20: in a list only one node stands behind 5: node 10 in FILE:4",
	         "FILE:9: group g: in a list only one node stands behind 6");
}

Test(nodes, more_than_may_be_are_refused)
{
	nodes_of("[node 1]\n[node 2]\n[group g]\ninstances = 4\n");
	MISTAKEN("FILE:3: group g: with it there are 6 nodes, and max-nodes is 5");
	nodes_of("[group abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijab]\n"
	         "instances = 5\n");
	MISTAKEN(
	    "FILE:2: group abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijab: name "
	    "'abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijab-5' has 64 bytes; "
	    "at most 63 are possible");
}

Test(nodes, a_service_with_instances_is_a_group_already)
{
	nodes_of("[service web]\nprotocol = lines\ncommand = /bin/cat\ninstances = 1\n[group web]\n"
	         "[node 1]\nservice = web\n");
	MISTAKEN("FILE:5: group web: the service of that name has instances, which are this group");
}

Test(nodes, later_files_win_key_by_key_and_take_back)
{
	cleanup_free char *dir = mem_format("%s.d", file);
	cleanup_free char *beside = mem_format("%s/a.conf", dir);
	static const char text[] = "[node 10]\nservice = dict\nname = a\nrestart = always\n";
	FILE *f;

	cr_assert_eq(mkdir(dir, 0700), 0);
	f = fopen(beside, "w");
	cr_assert(f);
	fputs("[node 10]\nservice = timer\nname =\n[node 20]\n[group g]\n[group g]\n", f);
	cr_assert_eq(fclose(f), 0);
	write_bytes(text, strlen(text));
	LOAD(&as_root, "--config", file);
	cr_assert_eq(found.count, 1);
	cr_expect(strstr(found.texts[0], "a.conf:6: [group g] begins in line 5 already"));
	cr_assert_eq(config.nodes.count, 2);
	cr_expect_str_eq(value_of(0, NODE_SERVICE), "timer");
	cr_expect_str_eq(value_of(0, NODE_NAME), "-");
	cr_expect_str_eq(value_of(0, NODE_RESTART), "always");
	remove_all(dir, NULL);
}

Test(nodes, they_are_printed_as_they_are_read)
{
	char *text = NULL;
	size_t size;
	FILE *out;

	nodes_of("[node 10]\nname = a\n[group g]\ninstances = 2\n");
	out = open_memstream(&text, &size);
	config_print(&config, out);
	fclose(out);
	{
		cleanup_free char *expected =
		    mem_format("\n[node 10] ; %s:1\nname = a ; %s:2\n\n[group g] ; %s:3\n"
		               "instances = 2 ; %s:4\n",
		               file, file, file, file);
		cr_expect(strstr(text, expected), "%s", text);
	}
	free(text);
}
