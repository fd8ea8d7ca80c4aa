/* The settings of dtreed: command line, file, defaults, and every way to get one wrong. */
#include "daemon/load.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"

static const struct surroundings as_root = {
    .root = true,
    .worker = "/usr/libexec/dtree/dtree-worker",
};
static const struct surroundings as_user = {
    .home = "/home/u",
    .xdg_runtime_dir = "/run/user/7",
};

static struct config config;
static struct error err; /* the first mistake */
static struct mistakes found;
static char file[] = "/tmp/dtree-test-XXXXXX"; /* the configuration file of a test */

static void set_up(void)
{
	int fd = mkstemp(file);

	cr_assert_geq(fd, 0);
	close(fd);
}

static void tear_down(void)
{
	config_free(&config);
	mistakes_free(&found);
	unlink(file);
}

TestSuite(config, .init = set_up, .fini = tear_down);

static void write_bytes(const char *bytes, size_t n)
{
	FILE *f = fopen(file, "w");

	cr_assert(f);
	cr_assert_eq(fwrite(bytes, 1, n, f), n);
	cr_assert_eq(fclose(f), 0);
}

/* Loads `dtreed ARGUMENTS...` anew; the list ends with NULL. */
static int load(const struct surroundings *around, const char *const *arguments)
{
	char *argv[20] = {mem_string("dtreed")};
	int argc = 1;
	int result;

	for (; arguments[argc - 1]; argc++)
		argv[argc] = mem_string(arguments[argc - 1]);
	config_free(&config);
	err = (struct error){0};
	mistakes_free(&found);
	config_load(argc, argv, around, &config, &found);
	result = found.count ? error_set(&err, ERR_PARAMS, "%s", found.texts[0]) : 0;
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	return result;
}

#define LOAD(around, ...) load(around, (const char *const[]){__VA_ARGS__, NULL})

/* The command line is refused with that text. */
static void refused(const char *expected, const char *const *arguments)
{
	cr_expect_eq(load(&as_root, arguments), -1, "taken, not: %s", expected);
	cr_expect_eq(err.code, ERR_PARAMS);
	cr_expect_str_eq(err.text, expected);
}

#define REFUSED(expected, ...) refused(expected, (const char *const[]){__VA_ARGS__, NULL})

/* The file is refused with that text behind "FILE:LINE: ". */
static void file_refused(const char *bytes, int line, const char *text)
{
	cleanup_free char *expected = mem_format("%s:%d: %s", file, line, text);

	write_bytes(bytes, strlen(bytes));
	cr_expect_eq(LOAD(&as_root, "--config", file), -1, "%s", bytes);
	cr_expect_str_eq(err.text, expected);
}

static void file_taken(const char *bytes)
{
	write_bytes(bytes, strlen(bytes));
	cr_assert_eq(LOAD(&as_root, "--config", file), 0, "%s", err.text);
}

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

Test(config, command_line_wins_over_the_file)
{
	static const char text[] = "[dtreed]\ntopology = bst\nservice = dict\n";

	write_bytes(text, strlen(text));
	cr_assert_eq(LOAD(&as_root, "--topology", "list", "--config", file), 0, "%s", err.text);
	cr_expect_str_eq(config.topology, "list");
	cr_expect_str_eq(config.service, "dict");
}

Test(config, bad_value_in_the_file_is_an_error_even_where_the_command_line_wins)
{
	static const char text[] = "[dtreed]\ntopology = ring\n";

	write_bytes(text, strlen(text));
	cr_assert_eq(LOAD(&as_root, "--topology", "list", "--config", file), -1);
}

Test(config, bounds_are_taken)
{
	cr_assert_eq(LOAD(&as_root, "--heartbeat", "86400000", "--request-timeout", "1",
	                  "--max-nodes", "1", "--max-clients", "1", "--max-line", "4096"),
	             0, "%s", err.text);
	cr_expect_eq(config.heartbeat, 86400000);
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

/* A path of n bytes. New memory. */
static char *path_of(size_t n)
{
	char *path = mem_new(n + 1);

	memset(path, 'x', n);
	path[0] = '/';
	return path;
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

Test(config, default_file_need_not_be_there)
{
	struct surroundings around = as_root;

	around.system_config = "/nonexistent/dtreed.conf";
	cr_expect_eq(load(&around, (const char *const[]){NULL}), 0, "%s", err.text);
	REFUSED("/nonexistent: No such file or directory", "--config", "/nonexistent");
	REFUSED("/tmp: Is a directory", "--config", "/tmp");
}

Test(config, default_file_is_read)
{
	struct surroundings around = as_root;
	static const char text[] = "[dtreed]\ntopology = list\n";

	write_bytes(text, strlen(text));
	around.system_config = file;
	cr_assert_eq(load(&around, (const char *const[]){NULL}), 0, "%s", err.text);
	cr_expect_str_eq(config.topology, "list");
}

Test(config, file_forms_that_are_taken)
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

Test(config, file_with_unknown_names_is_refused)
{
	file_refused("[dtreed]\n\ntopolgy = list\n", 3, "unknown setting 'topolgy'");
	file_refused("[dtreed]\n = list\n", 2, "unknown setting ''");
	file_refused("[dtreed]\nTopology = list\n", 2, "unknown setting 'Topology'");
	file_refused("[dtreed]\nconfig = /x\n", 2, "unknown setting 'config'");
	file_refused("[dtreed]\nlifeline = 5\n", 2, "unknown setting 'lifeline'");
	file_refused("[dtreed]\nprivate = yes\n", 2, "unknown setting 'private'");
	file_refused("# c\n[tree]\n", 2,
	             "'[tree]' is an unknown section; there are [dtreed] and [service NAME]");
	file_refused("[dtreed\n", 1,
	             "'[dtreed' is an unknown section; there are [dtreed] and [service NAME]");
	file_refused("[dtreed] x\n", 1, "'[dtreed] x' has text behind the section's name");
	file_refused("topology = list\n[dtreed]\n", 1, "'topology' stands before [dtreed]");
}

Test(config, file_with_bad_values_is_refused)
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

Test(config, file_that_says_a_thing_twice_is_refused)
{
	file_refused("[dtreed]\nheartbeat = 1\nheartbeat = 1\n", 3,
	             "heartbeat was set in line 2 already");
}

Test(config, line_that_is_no_setting_is_refused)
{
	file_refused("[dtreed]\ntopology\n", 2, "'topology' is not name = value");
	file_refused("[dtreed]\ntopology list", 2, "'topology list' is not name = value");
	file_refused("[dtreed]\nheartbeat = 1\n  2\n", 3, "'2' is not name = value");
	file_refused("[dtreed]\nx\x01y\ntopolgy = list\n", 2, "'x\\x01y' is not name = value");
}

Test(config, long_line_is_refused_and_a_long_comment_is_not)
{
	cleanup_free char *path = path_of(3000);
	cleanup_free char *comment = mem_format("[dtreed]\n# %s\n", path);
	cleanup_free char *setting = mem_format("[dtreed]\nstate-dir = %s\n", path);

	file_taken(comment);
	file_refused(setting, 2, "the line is longer than 199 bytes");
}

Test(config, nul_bytes_in_the_file_are_refused)
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

Test(config, effective_settings_are_a_configuration_file)
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
static void mistaken(const char *const *expected)
{
	size_t n = 0;

	for (; expected[n]; n++) {
		bool in_file = strncmp(expected[n], "FILE", 4) == 0;
		cleanup_free char *text =
		    mem_format("%s%s", in_file ? file : "", expected[n] + (in_file ? 4 : 0));
		cr_assert_lt(n, found.count, "missing: %s", text);
		cr_expect_str_eq(found.texts[n], text);
	}
	cr_expect_eq(found.count, n, "one more: %s", n < found.count ? found.texts[n] : "");
}

Test(config, all_mistakes_are_told_at_once)
{
	static const char text[] = "topology = ring\n"
	                           "[dtreed]\n"
	                           "heartbeat = 1s\n"
	                           "nonsense\n"
	                           "service = dict\n"
	                           "colour = red\n"
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
	    "FILE:6: unknown setting 'colour'",
	    "FILE:7: heartbeat was set in line 3 already",
	    "FILE:8: '[other]' is an unknown section; there are [dtreed] and [service NAME]",
	    "FILE:10: 'last' is not name = value",
	    NULL,
	});
	/* What is good is taken all the same: it is judged further. */
	cr_expect_str_eq(config.service, "dict");
	cr_expect_eq(config.max_nodes, 7);
}

Test(config, values_in_quotes_are_refused)
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
	/* A shell's tree keeps to itself. */
	cr_assert_eq(LOAD(&around, "--private", "--lifeline", "5", "--runtime-dir", "/r"), 0);
	cr_expect_str_eq(config.state_dir, "/r/state");
}

Test(config, what_cannot_be_read_now_is_no_mistake)
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
