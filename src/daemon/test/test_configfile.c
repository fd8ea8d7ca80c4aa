/* The configuration file: what it may say, and every way to get it wrong. */
#include <sys/resource.h>

#include "daemon/test/config_fixture.h"

TestSuite(configfile, .init = set_up, .fini = tear_down);

Test(configfile, command_line_wins_over_the_file)
{
	static const char text[] = "[dtreed]\ntopology = bst\nservice = dict\n";

	write_bytes(text, strlen(text));
	cr_assert_eq(LOAD(&as_root, "--topology", "list", "--config", file), 0, "%s", err.text);
	cr_expect_str_eq(config.topology, "list");
	cr_expect_str_eq(config.service, "dict");
}

Test(configfile, bad_value_in_the_file_is_an_error_even_where_the_command_line_wins)
{
	static const char text[] = "[dtreed]\ntopology = ring\n";

	write_bytes(text, strlen(text));
	cr_assert_eq(LOAD(&as_root, "--topology", "list", "--config", file), -1);
}

Test(configfile, default_file_need_not_be_there)
{
	struct surroundings around = as_root;

	around.system_config = "/nonexistent/dtreed.conf";
	cr_expect_eq(load(&around, (const char *const[]){NULL}), 0, "%s", err.text);
	REFUSED("/nonexistent: No such file or directory", "--config", "/nonexistent");
	REFUSED("/tmp: Is a directory", "--config", "/tmp");
}

Test(configfile, default_file_is_read)
{
	struct surroundings around = as_root;
	static const char text[] = "[dtreed]\ntopology = list\n";

	write_bytes(text, strlen(text));
	around.system_config = file;
	cr_assert_eq(load(&around, (const char *const[]){NULL}), 0, "%s", err.text);
	cr_expect_str_eq(config.topology, "list");
}

Test(configfile, file_forms_that_are_taken)
{
	file_taken("");
	file_taken("\n# a\n ; b\n");
	file_taken("\xef\xbb\xbf[dtreed]\r\n  topology=list ; why\r\n\r\nservice : dict\r\n"
	           "\theartbeat =  7 \r\nrequest-timeout = 8");
	cr_expect_str_eq(config.topology, "list");
	cr_expect_str_eq(config.service, "dict");
	cr_expect_eq(config.heartbeat, 7);
	cr_expect_eq(config.request_timeout, 8);
	file_taken("[dtreed] ; the only one\n[dtreed]\nsocket = /with blank:#\n");
	cr_expect_str_eq(config.socket, "/with blank:#");
}

/* In line 2, as none of all that there are. */
static void file_refused_any(const char *text, const char *name)
{
	cleanup_free char *begin = mem_format("unknown setting '%s'; there are socket, ", name);
	cleanup_free char *told = setting_unknown(name);

	file_refused(text, 2, told);
	cr_expect_eq(strncmp(told, begin, strlen(begin)), 0, "%s", told);
	cr_expect(strstr(told, ", topology, "), "%s", told);
	cr_expect_not(strstr(told, ", config, "), "%s", told);
	cr_expect_not(strstr(told, ", private, "), "%s", told);
}

Test(configfile, file_with_unknown_names_is_refused)
{
	file_refused("[dtreed]\n\ntopolgy = list\n", 3,
	             "unknown setting 'topolgy'; is 'topology' meant?");
	file_refused("[dtreed]\nTopology = list\n", 2,
	             "unknown setting 'Topology'; is 'topology' meant?");
	file_refused_any("[dtreed]\n = list\n", "");
	file_refused_any("[dtreed]\nconfig = /x\n", "config");
	file_refused_any("[dtreed]\nlifeline = 5\n", "lifeline");
	file_refused_any("[dtreed]\nprivate = yes\n", "private");
	file_refused("# c\n[tree]\n", 2,
	             "'[tree]' is an unknown section; there are [dtreed], [service NAME], [node "
	             "ID] and [group NAME]");
	file_refused("[dtreed\n", 1,
	             "'[dtreed' is an unknown section; there are [dtreed], [service NAME], [node "
	             "ID] and [group NAME]");
	file_refused("[dtreed] x\n", 1, "'[dtreed] x' has text behind the section's name");
	file_refused("topology = list\n[dtreed]\n", 1, "'topology' stands before [dtreed]");
}

Test(configfile, file_with_bad_values_is_refused)
{
	file_refused("[dtreed]\ntopology = ring\n", 2,
	             "topology 'ring' is none of list, tree, bst, balanced");
	file_refused("[dtreed]\nservice = no\n", 2,
	             "service 'no' is none of sum, dict, timer, search");
	file_refused("[dtreed]\nlog-level = loud\n", 2,
	             "log-level 'loud' is none of error, warn, info, debug");
	file_refused("[dtreed]\nheartbeat = 1s\n", 2,
	             "heartbeat '1s' is not an integer from 0 to 86400000");
	file_refused("[dtreed]\nrequest-timeout =\n", 2,
	             "request-timeout '' is not an integer from 1 to 86400000");
	file_refused("[dtreed]\nmax-nodes = 1000001\n", 2,
	             "max-nodes '1000001' is not an integer from 1 to 1000000");
	file_refused("[dtreed]\nmax-clients = many\n", 2,
	             "max-clients 'many' is not an integer from 1 to 100000");
	file_refused("[dtreed]\nmax-line = -1\n", 2,
	             "max-line '-1' is not an integer from 4096 to 1073741824");
	file_refused("[dtreed]\nsocket =\n", 2, "socket is empty");
	file_refused("[dtreed]\nworker = ; nothing\n", 2, "worker is empty");
}

Test(configfile, file_that_says_a_thing_twice_is_refused)
{
	file_refused("[dtreed]\nheartbeat = 1\nheartbeat = 1\n", 3,
	             "heartbeat was set in line 2 already");
}

Test(configfile, line_that_is_no_setting_is_refused)
{
	file_refused("[dtreed]\ntopology\n", 2, "'topology' is not name = value");
	file_refused("[dtreed]\ntopology list", 2, "'topology list' is not name = value");
	file_refused("[dtreed]\nheartbeat = 1\n  2\n", 3, "'2' is not name = value");
	file_refused("[dtreed]\nx\x01y\ntopolgy = list\n", 2, "'x\\x01y' is not name = value");
}

Test(configfile, long_line_is_refused_and_a_long_comment_is_not)
{
	cleanup_free char *path = path_of(3000);
	cleanup_free char *comment = mem_format("[dtreed]\n# %s\n", path);
	cleanup_free char *setting = mem_format("[dtreed]\nstate-dir = %s\n", path);

	file_taken(comment);
	file_refused(setting, 2, "the line is longer than 199 bytes");
}

Test(configfile, nul_bytes_in_the_file_are_refused)
{
	static const char text[] = "[dtreed]\ntopology = list\0x\n";

	write_bytes(text, sizeof text - 1);
	cr_assert_eq(LOAD(&as_root, "--config", file), -1);
	cr_expect(strstr(err.text, ":2: the line holds a NUL byte"), "%s", err.text);
}

/* What is printed, as text. New memory. */
static char *printed(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	config_print(&config, out);
	fclose(out);
	return text;
}

Test(configfile, effective_settings_are_a_configuration_file)
{
	cleanup_free char *first = NULL;
	cleanup_free char *second = NULL;

	cr_assert_eq(LOAD(&as_root, "--topology", "bst", "--heartbeat", "0", "--worker", "/w"), 0);
	first = printed();
	cr_expect(strstr(first, "topology = bst ; command line\n"), "%s", first);
	cr_expect(strstr(first, "service = sum ; default\n"), "%s", first);
	file_taken(first);
	cr_expect_str_eq(config.topology, "bst");
	cr_expect_eq(config.heartbeat, 0);
	second = printed();
	cr_expect(strstr(second, ":5\n"), "%s", second);
}

Test(configfile, values_in_quotes_are_refused)
{
	static const char text[] = "[dtreed]\nstate-dir = \"/var/lib/dtree\"\ntopology = 'bst'\n"
	                           "runtime-dir = \"/a ; b\"\nworker = /usr/lib/it's\n";

	write_bytes(text, sizeof text - 1);
	cr_assert_eq(LOAD(&as_root, "--config", file, "--socket", "\"/s\""), -1);
	mistaken((const char *const[]){
	    "--socket: the quotes are part of the value \"/s\"; take them away",
	    "FILE:2: state-dir: the quotes are part of the value \"/var/lib/dtree\"; take them "
	    "away",
	    "FILE:3: topology: the quotes are part of the value 'bst'; take them away",
	    "FILE:4: runtime-dir: the quotes are part of the value \"/a; take them away",
	    NULL,
	});
	cr_expect_str_eq(config.worker, "/usr/lib/it's");
}

Test(configfile, what_cannot_be_read_now_is_no_mistake)
{
	struct rlimit before;
	static const char text[] = "[dtreed]\ntopology = list\n";

	cr_assert_eq(LOAD(&as_root, "--config", "/nonexistent/file"), -1);
	cr_expect_not(found.passing);
	write_bytes(text, sizeof text - 1);
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
	cr_assert_eq(LOAD(&as_root, "--config", file), -1);
	cr_expect(found.passing);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	cr_assert_eq(LOAD(&as_root, "--config", file), 0);
}
