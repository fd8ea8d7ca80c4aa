/* The settings of dtreed: command line, defaults, and every way to get one wrong. */
#include "daemon/test/config_fixture.h"

TestSuite(config, .init = set_up, .fini = tear_down);

Test(config, defaults_of_root)
{
	cr_assert_eq(load(&as_root, (const char *const[]){NULL}), 0, "%s", err.text);
	cr_expect_str_eq(config.socket, "/run/dtree/control.sock");
	cr_expect_str_eq(config.runtime_dir, "/run/dtree");
	cr_expect_str_eq(config.state_dir, "/var/lib/dtree");
	cr_expect_str_eq(config.topology, "tree");
	cr_expect_str_eq(config.service, "sum");
	cr_expect_str_eq(config.durability, "full");
	cr_expect_str_eq(config.log_level, "info");
	cr_expect_str_eq(config.worker, as_root.worker);
	cr_expect_eq(config.heartbeat, 1000);
	cr_expect_eq(config.request_timeout, 10000);
	cr_expect_eq(config.max_line, 1024 * 1024);
}

Test(config, defaults_of_a_user)
{
	cr_assert_eq(load(&as_user, (const char *const[]){NULL}), 0, "%s", err.text);
	cr_expect_str_eq(config.socket, "/run/user/7/dtree/control.sock");
	cr_expect_str_eq(config.runtime_dir, "/run/user/7/dtree");
	cr_expect_str_eq(config.state_dir, "/home/u/.local/state/dtree");
	cr_expect_null(config.worker);
}

Test(config, xdg_state_home_wins_over_home)
{
	struct surroundings around = as_user;

	around.xdg_state_home = "/state";
	cr_assert_eq(LOAD(&around, "--topology", "list"), 0);
	cr_expect_str_eq(config.state_dir, "/state/dtree");
}

Test(config, relative_xdg_directories_are_ignored)
{
	struct surroundings around = as_user;

	around.xdg_state_home = "state";
	around.xdg_runtime_dir = "run";
	cr_assert_eq(LOAD(&around, "--topology", "list"), -1);
	cr_expect_str_eq(err.text, "XDG_RUNTIME_DIR is not set to an absolute path: set it, or "
	                           "name a directory with --runtime-dir");
	cr_assert_eq(LOAD(&around, "--runtime-dir", "/r"), 0);
	cr_expect_str_eq(config.state_dir, "/home/u/.local/state/dtree");
}

Test(config, without_a_home_the_state_needs_a_name)
{
	const struct surroundings around = {.xdg_runtime_dir = "/run/user/7"};

	cr_assert_eq(LOAD(&around, "--topology", "list"), -1);
	cr_expect_str_eq(err.text, "HOME is not set to an absolute path: set it, or name a "
	                           "directory with --state-dir");
	cr_assert_eq(LOAD(&around, "--state-dir", "/s"), 0);
}

Test(config, socket_follows_the_runtime_directory)
{
	cr_assert_eq(LOAD(&as_root, "--runtime-dir", "/r"), 0);
	cr_expect_str_eq(config.socket, "/r/control.sock");
}

Test(config, command_line_takes_both_forms_and_the_last_one_wins)
{
	cr_assert_eq(LOAD(&as_root, "--heartbeat=5", "--heartbeat", "0", "--service=dict"), 0);
	cr_expect_eq(config.heartbeat, 0);
	cr_expect_str_eq(config.service, "dict");
}

Test(config, bounds_are_taken)
{
	cr_assert_eq(LOAD(&as_root, "--heartbeat", "86400000", "--request-timeout", "1",
	                  "--slow-request", "86400000", "--max-nodes", "1", "--max-clients", "1",
	                  "--max-line", "4096"),
	             0, "%s", err.text);
	cr_expect_eq(config.heartbeat, 86400000);
	cr_expect_eq(config.slow_request, 86400000);
	cr_expect_eq(config.max_line, 4096);
}

Test(config, numbers_that_are_none_are_refused)
{
	REFUSED("--heartbeat '5x' is not an integer from 0 to 86400000", "--heartbeat", "5x");
	REFUSED("--heartbeat '-1' is not an integer from 0 to 86400000", "--heartbeat=-1");
	REFUSED("--heartbeat '1.5' is not an integer from 0 to 86400000", "--heartbeat", "1.5");
	REFUSED("--heartbeat '86400001' is not an integer from 0 to 86400000", "--heartbeat",
	        "86400001");
	REFUSED("--heartbeat '' is not an integer from 0 to 86400000", "--heartbeat=");
	REFUSED("--request-timeout '0' is not an integer from 1 to 86400000", "--request-timeout",
	        "0");
	REFUSED("--max-nodes '0x10' is not an integer from 1 to 1000000", "--max-nodes", "0x10");
	REFUSED("--max-clients '0' is not an integer from 1 to 100000", "--max-clients", "0");
	REFUSED("--max-line '4095' is not an integer from 4096 to 1073741824", "--max-line",
	        "4095");
	REFUSED("--max-line '18446744073709555712' is not an integer from 4096 to 1073741824",
	        "--max-line", "18446744073709555712");
	REFUSED("--lifeline '2' is not an integer from 3 to 2147483647", "--lifeline", "2");
}

Test(config, unknown_words_are_refused_with_the_known_ones)
{
	REFUSED("--topology 'ring' is none of list, tree, bst, balanced", "--topology", "ring");
	REFUSED("--service 'Sum' is none of sum, dict, timer, search", "--service", "Sum");
	REFUSED("--durability 'half' is none of none, process, full", "--durability", "half");
	REFUSED("--log-level '' is none of error, warn, info, debug", "--log-level", "");
	REFUSED("--topology 'a\\x0ab' is none of list, tree, bst, balanced", "--topology", "a\nb");
}

Test(config, empty_paths_are_refused)
{
	REFUSED("--socket is empty", "--socket", "");
	REFUSED("--runtime-dir is empty", "--runtime-dir=");
	REFUSED("--state-dir is empty", "--state-dir", "");
	REFUSED("--worker is empty", "--worker", "");
	REFUSED("--config is empty", "--config", "");
}

Test(config, socket_path_ends_at_107_bytes)
{
	cleanup_free char *longest = path_of(107);
	cleanup_free char *longer = path_of(108);
	cleanup_free char *text =
	    mem_format("--socket '%s' has 108 bytes; at most 107 are possible", longer);

	cr_expect_eq(LOAD(&as_root, "--socket", longest), 0, "%s", err.text);
	REFUSED(text, "--socket", longer);
}

Test(config, runtime_directory_leaves_room_for_the_names_of_links)
{
	cleanup_free char *longest = path_of(76);
	cleanup_free char *longer = path_of(77);
	cleanup_free char *text =
	    mem_format("--runtime-dir '%s' has 77 bytes; at most 76 are possible", longer);

	cr_expect_eq(LOAD(&as_root, "--runtime-dir", longest), 0, "%s", err.text);
	REFUSED(text, "--runtime-dir", longer);
}

Test(config, what_is_no_option_is_refused)
{
	REFUSED("unknown option '--topolgy'; see --help", "--topolgy", "list");
	REFUSED("unknown option '--topolgy=x'; see --help", "--topolgy=x");
	REFUSED("unknown option '--s'; see --help", "--s", "x");
	REFUSED("unknown option '-x'; see --help", "-x");
	REFUSED("unexpected argument 'list'; see --help", "list");
	REFUSED("unexpected argument '--'; see --help", "--", "--");
	REFUSED("--socket needs a value", "--socket");
	REFUSED("--help takes no value", "--help=x");
}

Test(config, private_needs_what_it_is_to_remove_and_when)
{
	REFUSED("--private needs --lifeline", "--private", "--runtime-dir", "/r");
	REFUSED("--private needs --runtime-dir", "--private", "--lifeline", "5");
	REFUSED("--lifeline needs --private", "--lifeline", "5");
}

Test(config, private_tree_is_quiet_and_keeps_to_its_directory)
{
	struct surroundings around = as_root;
	static const char text[] = "[dtreed]\ntopology = list\n";

	write_bytes(text, strlen(text));
	around.system_config = file;
	cr_assert_eq(LOAD(&around, "--private", "--lifeline", "5", "--runtime-dir", "/r"), 0, "%s",
	             err.text);
	cr_expect_eq(config.heartbeat, 500);
	cr_expect_eq(config.lifeline, 5);
	cr_expect_str_eq(config.log_level, "warn");
	cr_expect_str_eq(config.durability, "none");
	cr_expect_str_eq(config.state_dir, "/r/state");
	cr_expect_str_eq(config.topology, "tree");
}

Test(config, help_and_version_look_at_no_file)
{
	cr_expect_eq(LOAD(&as_root, "--help", "--config", "/nonexistent"), 0);
	cr_expect(config.help);
	cr_expect_eq(LOAD(&as_user, "--version", "--private"), 0);
	cr_expect(config.version);
}

Test(config, help_names_every_row)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	config_help(out);
	fclose(out);
	for (size_t i = 0; setting_at(i); i++) {
		cleanup_free char *option = mem_format("  --%s ", setting_name(setting_at(i)));
		cr_expect(strstr(text, option), "%s", option);
	}
	free(text);
}

/* Just these mistakes, in this order; the list ends with NULL. "FILE" stands for the file's path.
 */
Test(config, all_mistakes_are_told_at_once)
{
	static const char text[] = "topology = ring\n"
	                           "[dtreed]\n"
	                           "heartbeat = 1s\n"
	                           "nonsense\n"
	                           "service = dict\n"
	                           "topolgy = red\n"
	                           "heartbeat = 5\n"
	                           "[other]\n"
	                           "max-nodes = 7\n"
	                           "last\n";

	write_bytes(text, sizeof text - 1);
	cr_assert_eq(
	    LOAD(&as_root, "--config", file, "--max-line=1", "--private", "--restart=never"), -1);
	mistaken((const char *const[]){
	    "--max-line '1' is not an integer from 4096 to 1073741824",
	    "--restart 'never' is none of no, on-failure, always",
	    "--private needs --lifeline",
	    "--private needs --runtime-dir",
	    "FILE:1: 'topology' stands before [dtreed]",
	    "FILE:1: topology 'ring' is none of list, tree, bst, balanced",
	    "FILE:3: heartbeat '1s' is not an integer from 0 to 86400000",
	    "FILE:4: 'nonsense' is not name = value",
	    "FILE:6: unknown setting 'topolgy'; is 'topology' meant?",
	    "FILE:7: heartbeat was set in line 3 already",
	    "FILE:8: '[other]' is an unknown section; there are [dtreed], [service NAME], [node "
	    "ID] and [group NAME]",
	    "FILE:10: 'last' is not name = value",
	    NULL,
	});
	/* Valid settings are kept in spite of mistakes, for further checks. */
	cr_expect_str_eq(config.service, "dict");
	cr_expect_eq(config.max_nodes, 7);
}

Test(config, mistakes_have_a_bound)
{
	struct buffer text = {0};

	for (size_t i = 0; i < MISTAKES_MAX + 7; i++)
		buffer_add_string(&text, "nonsense\n");
	write_bytes(buffer_bytes(&text), buffer_size(&text));
	buffer_free(&text);
	cr_assert_eq(LOAD(&as_root, "--config", file), -1);
	cr_expect_eq(found.count, MISTAKES_MAX);
	cr_expect_eq(found.more, (size_t)7);
}

Test(config, what_a_service_manager_made_is_used)
{
	struct surroundings around = as_user;
	static const char text[] = "[dtreed]\ntopology = list\n";

	around.runtime_directory = "/run/dtree";
	around.state_directory = "/var/lib/dtree";
	around.configuration_directory = "/nonexistent";
	cr_assert_eq(load(&around, (const char *const[]){NULL}), 0, "%s", err.text);
	cr_expect_str_eq(config.runtime_dir, "/run/dtree");
	cr_expect_str_eq(config.socket, "/run/dtree/control.sock");
	cr_expect_str_eq(config.state_dir, "/var/lib/dtree");
	cr_expect_str_eq(config.topology, "tree");
	/* The command line wins. */
	write_bytes(text, sizeof text - 1);
	cr_assert_eq(LOAD(&around, "--config", file, "--state-dir", "/s"), 0, "%s", err.text);
	cr_expect_str_eq(config.topology, "list");
	cr_expect_str_eq(config.state_dir, "/s");
	/* A private tree ignores the service manager. */
	cr_assert_eq(LOAD(&around, "--private", "--lifeline", "5", "--runtime-dir", "/r"), 0);
	cr_expect_str_eq(config.state_dir, "/r/state");
}
