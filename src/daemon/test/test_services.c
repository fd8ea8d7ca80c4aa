/* Services in the configuration: sections, files beside it, --define. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/remove.h"
#include "daemon/load.h"
#include "program/words.h"

static const struct surroundings around = {
    .root = true,
    .worker = "/usr/libexec/dtree/dtree-worker",
};

static struct config config;
static struct mistakes found;
static char dir[] = "/tmp/dtree-test-XXXXXX";
static char *file; /* the configuration file */

static void set_up(void)
{
	cleanup_free char *beside = NULL;

	cr_assert(mkdtemp(dir));
	file = mem_format("%s/dtreed.conf", dir);
	beside = mem_format("%s.d", file);
	cr_assert_eq(mkdir(beside, 0700), 0);
}

static void tear_down(void)
{
	config_free(&config);
	mistakes_free(&found);
	remove_all(dir, NULL);
	free(file);
}

TestSuite(services, .init = set_up, .fini = tear_down, .timeout = 60);

/* name: below the directory; "" is the configuration file itself. */
static void put(const char *name, const char *text)
{
	cleanup_free char *path = *name ? mem_format("%s.d/%s", file, name) : mem_string(file);
	FILE *f = fopen(path, "w");

	cr_assert(f);
	cr_assert_geq(fputs(text, f), 0);
	cr_assert_eq(fclose(f), 0);
}

/* Loads with these arguments more; the list ends with NULL. */
static void load_with(const char *const *arguments)
{
	char *argv[20] = {mem_string("dtreed"), mem_string("--config"), mem_string(file)};
	int argc = 3;

	for (size_t i = 0; arguments[i]; i++)
		argv[argc++] = mem_string(arguments[i]);
	config_free(&config);
	mistakes_free(&found);
	config_load(argc, argv, &around, &config, &found);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
}

#define LOAD(...) load_with((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void taken(void)
{
	cr_assert_eq(found.count, 0, "%s", found.count ? found.texts[0] : "");
}

/* Just these mistakes, in this order; DIR stands for the directory. */
static void mistaken(const char *const *expected)
{
	size_t n = 0;

	for (; expected[n]; n++) {
		bool in_file = strncmp(expected[n], "DIR", 3) == 0;
		cleanup_free char *text =
		    mem_format("%s%s", in_file ? dir : "", expected[n] + (in_file ? 3 : 0));
		cr_assert_lt(n, found.count, "missing: %s", text);
		cr_expect_str_eq(found.texts[n], text);
	}
	cr_expect_eq(found.count, n, "one more: %s", n < found.count ? found.texts[n] : "");
}

#define MISTAKEN(...) mistaken((const char *const[]){__VA_ARGS__, NULL})

static const struct declaration *declared(const char *name)
{
	for (size_t i = 0; i < config.services.count; i++)
		if (strcmp(config.services.items[i]->name, name) == 0)
			return config.services.items[i];
	cr_assert(false, "%s is not declared", name);
	return NULL;
}

Test(services, a_section_declares_one)
{
	cleanup_free char *origin = mem_format("%s:3", file);
	const struct program_spec *s;

	put("", "[dtreed]\ntopology = bst\n[service calc] ; adds\nprotocol = lines\n"
	        "  command = bc -lq  \r\n# no\n; no\n\n[ dtreed\n");
	LOAD();
	cr_assert_eq(found.count, 1); /* the last line */
	put("", "[dtreed]\ntopology = bst\n[service calc] ; adds\nprotocol = lines\n"
	        "  command = bc -lq  \r\n# no\n; no\n\n[dtreed]\nheartbeat = 7\n");
	LOAD("--service", "calc");
	taken();
	s = &declared("calc")->spec;
	cr_expect_str_eq(s->name, "calc");
	cr_expect_str_eq(s->origin, origin);
	cr_expect_eq(s->protocol, PROGRAM_LINES);
	cr_expect_str_eq(s->command[1], "-lq");
	cr_expect_eq(config.heartbeat, 7);
	cr_expect_str_eq(config.service, "calc");
}

Test(services, values_are_taken_as_they_stand)
{
	const struct program_spec *s;

	put("",
	    "[service\tcalc]\nprotocol = lines\ncommand = sh -c \"echo ; echo # = \" ;\n"
	    "summary = a ; b = \"c\"\nhello = {\"a\" : [1]} ; #\nsentinel = 'print \"; \"' ;\n");
	LOAD();
	taken();
	s = &declared("calc")->spec;
	cr_expect_eq(program_words_count(s->command), 4);
	cr_expect_str_eq(s->command[2], "echo ; echo # = ");
	cr_expect_str_eq(s->command[3], ";");
	cr_expect_str_eq(s->summary, "a ; b = \"c\"");
	cr_expect_str_eq(s->hello[0], "{\"a\" : [1]} ; #");
	cr_expect_str_eq(s->sentinel, "print \"; \"");
	cr_expect_str_eq(s->sentinel_answer, ";");
}

Test(services, a_long_line_is_whole)
{
	cleanup_free char *words = mem_new(PROGRAM_VALUE_MAX + 2);
	cleanup_free char *text = NULL;

	memset(words, 'x', PROGRAM_VALUE_MAX);
	words[2] = ' ';
	text = mem_format("[service calc]\nprotocol = run\ncommand = %s\n", words);
	put("", text);
	LOAD();
	taken();
	cr_expect_eq(strlen(declared("calc")->spec.command[1]), PROGRAM_VALUE_MAX - 3);
	words[PROGRAM_VALUE_MAX] = 'x';
	free(text);
	text = mem_format("[service calc]\nprotocol = run\ncommand = %s\n", words);
	put("", text);
	LOAD();
	MISTAKEN("DIR/dtreed.conf:3: command has 65536 bytes; at most 65535 are possible");
}

Test(services, later_files_win_key_by_key)
{
	cleanup_free char *origin = mem_format("%s.d/20.conf:2", file);
	const struct declaration *d;

	put("",
	    "[dtreed]\nheartbeat = 1\nmax-nodes = 5\nmax-line = 4097\n"
	    "[service calc]\nprotocol = lines\ncommand = a\nhello = 1\nenvironment = A=1 B=2\n");
	put("20.conf", "[service calc]\ncommand = c\nhello = 3\n[dtreed]\nmax-nodes = 7\n");
	put("10.conf", "[dtreed]\nheartbeat = 2\nmax-nodes = 6\n[service calc]\ncommand = b\n"
	               "environment =\nenvironment = C=3\n[service other]\nprotocol = run\n"
	               "command = o\nhello =\n");
	put("99.con", "nonsense");
	put(".30.conf", "nonsense");
	LOAD("--heartbeat", "9");
	taken();
	cr_expect_eq(config.heartbeat, 9);
	cr_expect_eq(config.max_nodes, 7);
	cr_expect_eq(config.max_line, 4097);
	d = declared("calc");
	cr_expect_str_eq(d->spec.command[0], "c");
	cr_expect_str_eq(d->spec.hello[0], "1");
	cr_expect_str_eq(d->spec.hello[1], "3");
	cr_expect_str_eq(d->spec.environment[0], "C=3");
	cr_expect_null(d->spec.environment[1]);
	cr_expect_str_eq(declare_origin(d, "command"), origin);
	cr_expect_null(strstr(d->spec.text, "command = b"));
	cr_expect_str_eq(declared("other")->spec.command[0], "o");
}

Test(services, all_mistakes_are_told_at_once)
{
	put("", "[service]\n"
	        "command = '' x\n"
	        "[service sum]\n"
	        "colour = red\n"
	        "[service Big]\n"
	        "[service calc] x\n"
	        "protocol = line\n"
	        "command = 'bc -lq\n"
	        "command = bc -lq\n"
	        "umask = 9\n"
	        "nonsense\n"
	        "[service late]\n"
	        "protocol = run\n"
	        "sentinel = a b\n"
	        "idle-timeout = 5\n"
	        "[dtreed]\n"
	        "service = clac\n"
	        "[service open\n");
	put("a.conf", "[service late]\nsummary = x\nsummary = y\n[dtreed]\nservice = other\n");
	LOAD();
	MISTAKEN("DIR/dtreed.conf:1: '' is no name of a service: a letter, then letters, digits "
	         "and -, all small, at most 32",
	         "DIR/dtreed.conf:2: command begins with an empty word",
	         "DIR/dtreed.conf:3: 'sum' is the name of a built-in service",
	         "DIR/dtreed.conf:4: unknown key 'colour'; there are protocol, command, library, "
	         "summary, "
	         "usage, start, framing, concurrency, instances, start-timeout, stop-grace, "
	         "idle-timeout, "
	         "reply-max, terminal, hello, sentinel, error-prefix, check, check-error, probe, "
	         "probe-interval, probe-timeout, method, "
	         "cancel-method, "
	         "directory, environment, environment-file, credential, user, group, umask, nice, "
	         "limit-files, "
	         "limit-memory, limit-core, memory-max, tasks-max, cpu-weight",
	         "DIR/dtreed.conf:5: 'Big' is no name of a service: a letter, then letters, digits "
	         "and -, all small, at most 32",
	         "DIR/dtreed.conf:6: '[service calc] x' has text behind the section's name",
	         "DIR/dtreed.conf:7: protocol 'line' is none of run, lines, json",
	         "DIR/dtreed.conf:8: command: 'bc -lq has a quote that is not closed",
	         "DIR/dtreed.conf:9: command was set in line 8 already",
	         "DIR/dtreed.conf:10: umask '9' is not one to four octal digits",
	         "DIR/dtreed.conf:11: 'nonsense' is not name = value",
	         "DIR/dtreed.conf:18: '[service open' is a section without a ]",
	         "DIR/dtreed.conf.d/a.conf:3: summary was set in line 2 already",
	         "DIR/dtreed.conf:12: service late: command is missing",
	         "DIR/dtreed.conf:15: service late: idle-timeout is for protocol lines and json "
	         "only, and this is run",
	         "DIR/dtreed.conf:14: service late: sentinel is for protocol lines only, and this "
	         "is run",
	         "DIR/dtreed.conf:15: service late: idle-timeout needs start = demand: a program "
	         "that is started with its node is not ended for idling",
	         "DIR/dtreed.conf:17: service 'clac' is none of sum, dict, timer, search, calc, "
	         "late",
	         "DIR/dtreed.conf.d/a.conf:5: service 'other' is none of sum, dict, timer, search, "
	         "calc, late");
}

Test(services, a_directory_that_cannot_be_read_is_a_mistake)
{
	cleanup_free char *beside = mem_format("%s.d", file);
	cleanup_free char *loop = mem_format("%s.d/a.conf", file);

	put("", "");
	cr_assert_eq(symlink("a.conf", loop), 0);
	LOAD();
	MISTAKEN("DIR/dtreed.conf.d/a.conf: Too many levels of symbolic links");
	cr_assert_eq(unlink(loop), 0);
	cr_assert_eq(rmdir(beside), 0);
	LOAD();
	taken();
	cr_assert_eq(symlink("dtreed.conf.d", beside), 0);
	LOAD();
	MISTAKEN("DIR/dtreed.conf.d: Too many levels of symbolic links");
}

Test(services, one_is_defined_on_the_command_line)
{
	const struct declaration *d;

	put("", "[service calc]\nprotocol = json\ncommand = x\nmethod = first\n");
	LOAD("--define", "calc=bc -lq 'a b'", "--define=up=sed -u 's/=/ /'", "--service", "up");
	taken();
	d = declared("calc");
	cr_expect_eq(d->spec.protocol, PROGRAM_LINES);
	cr_expect_str_eq(d->spec.command[2], "a b");
	cr_expect_not(d->spec.method_first);
	cr_expect_str_eq(d->origin, "command line");
	d = declared("up");
	cr_expect_str_eq(d->spec.command[2], "s/=/ /");
}

Test(services, a_path_on_the_command_line_is_meant_from_here)
{
	cleanup_free char *here = NULL;
	cleanup_free char *expected = NULL;

	put("", "");
	cr_assert_eq(chdir(dir), 0);
	here = getcwd(NULL, 0);
	expected = mem_format("%s/my \"x\".py", here);
	LOAD("--define", "my='./my \"x\".py' 'a b' ./c");
	taken();
	cr_expect_str_eq(declared("my")->spec.command[0], expected);
	cr_expect_str_eq(declared("my")->spec.command[1], "a b");
	cr_expect_str_eq(declared("my")->spec.command[2], "./c");
}

Test(services, a_path_in_a_file_is_meant_from_its_directory)
{
	cleanup_free char *program = mem_format("%s/bin/calc", dir);
	cleanup_free char *working = mem_format("%s/", dir);
	cleanup_free char *credential = mem_format("a:%s/b/c", dir);
	cleanup_free char *variables = mem_format("%s.d/../calc.env", file);
	const struct program_spec *s;

	put("", "[service calc]\nprotocol = run\ncommand = ./bin/calc ./x\ndirectory = .\n"
	        "environment-file = /etc/x\ncredential = a:b/c\ncredential = d:/e\n");
	put("a.conf", "[service calc]\nenvironment-file = ../calc.env\n");
	LOAD();
	taken();
	s = &declared("calc")->spec;
	cr_expect_str_eq(s->command[0], program);
	cr_expect_str_eq(s->command[1], "./x");
	cr_expect_str_eq(s->directory, working);
	cr_expect_str_eq(s->environment_files[0], "/etc/x");
	cr_expect_str_eq(s->credentials[0], credential);
	cr_expect_str_eq(s->credentials[1], "d:/e");
	cr_expect_str_eq(s->environment_files[1], variables);
}

Test(services, bad_definitions_are_named)
{
	put("", "");
	LOAD("--define", "calc", "--define", "sum=x", "--define", "=x", "--define",
	     "a=", "--define", "b='x", "--define", "c=x", "--define", "c=y", "--service", "d");
	MISTAKEN("--define 'calc' is not NAME=COMMAND",
	         "--define 'sum' is the name of a built-in service",
	         "--define '' is no name of a service: a letter, then letters, digits and -, all "
	         "small, at most 32",
	         "--define a: command is empty",
	         "--define b: command: 'x has a quote that is not closed",
	         "--define c: it is defined already",
	         "--service 'd' is none of sum, dict, timer, search, c");
}

Test(services, what_is_printed_declares_the_same)
{
	char *text = NULL;
	size_t size = 0;
	cleanup_free char *before = NULL;
	FILE *out = open_memstream(&text, &size);

	put("", "[service calc]\nprotocol = lines\ncommand = bc '; #'\nhello = 1\nhello =\n"
	        "hello = 2\nhello = 3\n");
	put("a.conf", "[service calc]\ncommand = bc -q '; #'\n");
	LOAD("--define", "up=sed -u s/a/b/");
	taken();
	before = mem_string(declared("calc")->spec.text);
	config_print(&config, out);
	fclose(out);
	cr_expect(strstr(text, ".d/a.conf:2\ncommand = bc -q '; #'\n"), "%s", text);
	cr_expect(strstr(text, "[service up] ; command line\n"), "%s", text);
	put("", text);
	put("a.conf", "");
	LOAD();
	taken();
	cr_expect_str_eq(declared("calc")->spec.text, before);
	cr_expect_str_eq(declared("up")->spec.command[0], "sed");
	free(text);
}

Test(services, a_library_is_meant_from_its_file)
{
	cleanup_free char *path = mem_format("%s/a/b.so", dir);

	put("", "[service mine]\nlibrary = a/b.so\nsummary = here\n");
	LOAD("--service", "mine");
	taken();
	cr_expect_str_eq(declared("mine")->spec.library, path);
	cr_expect_eq(program_spec_kind(&declared("mine")->spec), PROGRAM_LIBRARY);
}

Test(services, a_library_has_no_keys_of_a_program)
{
	put("", "[service mine]\nlibrary = a.so\nprotocol = run\ncommand = true\nnice = 1\n"
	        "[service bad]\nlibrary =\n");
	LOAD();
	MISTAKEN(
	    "DIR/dtreed.conf:7: library is empty",
	    "DIR/dtreed.conf:3: service mine: protocol is for a program, and this is a library",
	    "DIR/dtreed.conf:4: service mine: command is for a program, and this is a library",
	    "DIR/dtreed.conf:5: service mine: nice is for a program, and this is a library");
}
