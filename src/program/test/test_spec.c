/* The keys of a declared service. */
#include "program/spec.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "program/words.h"

TestSuite(program_spec, .timeout = 60);

static struct program_spec spec;

static void begin(void)
{
	program_spec_init(&spec, "calc", "dtreed.conf:1");
}

static void end(void)
{
	program_spec_free(&spec);
}

static void set(const char *key, const char *value)
{
	struct error err;

	cr_assert_eq(program_spec_set(&spec, key, value, &err), 0, "%s = %s: %s", key, value,
	             err.text);
}

static void refused(const char *key, const char *value, const char *text)
{
	cleanup_free char *before = mem_string(spec.text);
	struct error err = {0};

	cr_assert_eq(program_spec_set(&spec, key, value, &err), -1, "%s = %s", key, value);
	cr_assert_eq(err.code, ERR_PARAMS);
	cr_assert_str_eq(err.text, text);
	cr_assert_str_eq(spec.text, before);
}

Test(program_spec, without_keys_it_has_defaults, .init = begin, .fini = end)
{
	cr_assert_str_eq(spec.name, "calc");
	cr_assert_str_eq(spec.origin, "dtreed.conf:1");
	cr_assert_null(spec.summary);
	cr_assert_null(spec.usage);
	cr_assert_null(spec.command);
	cr_assert_eq(spec.start, PROGRAM_START_CREATE);
	cr_assert_eq(spec.framing, PROGRAM_FRAMING_LINES);
	cr_assert_eq(spec.concurrency, 1);
	cr_assert_eq(spec.start_timeout_ms, 10000);
	cr_assert_eq(spec.stop_grace_ms, 2000);
	cr_assert_eq(spec.idle_timeout_ms, 0);
	cr_assert_eq(spec.reply_max, 64 << 20);
	cr_assert_not(spec.terminal_output);
	cr_assert_null(spec.hello);
	cr_assert_null(spec.sentinel);
	cr_assert_null(spec.error_prefix);
	cr_assert_not(spec.method_first);
	cr_assert_str_eq(spec.cancel_method, "cancel");
	cr_assert_null(spec.directory);
	cr_assert_null(spec.environment);
	cr_assert_null(spec.environment_files);
	cr_assert_null(spec.user);
	cr_assert_null(spec.group);
	cr_assert_eq(spec.umask, -1);
	cr_assert_eq(spec.nice, INT64_MAX);
	cr_assert_eq(spec.limit_files, -1);
	cr_assert_eq(spec.limit_memory, -1);
	cr_assert_eq(spec.limit_core, -1);
	cr_assert_str_eq(spec.text, "");
}

Test(program_spec, each_key_is_stored, .init = begin, .fini = end)
{
	set("protocol", "json");
	set("command", "/usr/bin/env 'a b' c");
	set("library", "/usr/lib/calc.so");
	set("summary", "adds; \"and\" more");
	set("usage", "N...");
	set("start", "demand");
	set("framing", "headers");
	set("concurrency", "64");
	set("instances", "8");
	set("start-timeout", "500");
	set("stop-grace", "0");
	set("idle-timeout", "60000");
	set("reply-max", "2M");
	set("terminal", "output");
	set("hello", "{\"id\":1}");
	set("sentinel", "'print \"ok\"' ok");
	set("error-prefix", "error:");
	set("check", "a 'b c'");
	set("check-error", "x");
	set("probe", "a 'b c'");
	set("probe-interval", "100");
	set("probe-timeout", "86400000");
	set("method", "first");
	set("cancel-method", "$/cancelRequest");
	set("directory", "/srv");
	set("environment", "A=1 'B=2 3'");
	set("environment-file", "/etc/calc.env");
	set("credential", "key:/etc/key");
	set("user", "nobody");
	set("group", "65534");
	set("umask", "027");
	set("nice", "-5");
	set("limit-files", "256");
	set("limit-memory", "1G");
	set("limit-core", "0");
	set("memory-max", "2G");
	set("tasks-max", "30");
	set("cpu-weight", "50");
	cr_assert_eq(spec.protocol, PROGRAM_JSON);
	cr_assert_str_eq(spec.check[1], "b c");
	cr_assert_null(spec.check[2]);
	cr_assert_str_eq(spec.check_error[0], "x");
	cr_assert_str_eq(spec.command[0], "/usr/bin/env");
	cr_assert_str_eq(spec.command[1], "a b");
	cr_assert_str_eq(spec.command[2], "c");
	cr_assert_null(spec.command[3]);
	cr_assert_str_eq(spec.library, "/usr/lib/calc.so");
	cr_assert_str_eq(spec.summary, "adds; \"and\" more");
	cr_assert_str_eq(spec.usage, "N...");
	cr_assert_eq(spec.start, PROGRAM_START_DEMAND);
	cr_assert_eq(spec.framing, PROGRAM_FRAMING_HEADERS);
	cr_assert_eq(spec.concurrency, 64);
	cr_assert_eq(spec.instances, 8);
	cr_assert_eq(spec.start_timeout_ms, 500);
	cr_assert_eq(spec.stop_grace_ms, 0);
	cr_assert_eq(spec.idle_timeout_ms, 60000);
	cr_assert_eq(spec.reply_max, 2 << 20);
	cr_assert(spec.terminal_output);
	cr_assert_str_eq(spec.hello[0], "{\"id\":1}");
	cr_assert_str_eq(spec.sentinel, "print \"ok\"");
	cr_assert_str_eq(spec.sentinel_answer, "ok");
	cr_assert_str_eq(spec.error_prefix, "error:");
	cr_assert(spec.method_first);
	cr_assert_str_eq(spec.cancel_method, "$/cancelRequest");
	cr_assert_str_eq(spec.directory, "/srv");
	cr_assert_str_eq(spec.environment[0], "A=1");
	cr_assert_str_eq(spec.environment[1], "B=2 3");
	cr_assert_str_eq(spec.environment_files[0], "/etc/calc.env");
	cr_assert_str_eq(spec.credentials[0], "key:/etc/key");
	cr_assert_str_eq(spec.user, "nobody");
	cr_assert_str_eq(spec.group, "65534");
	cr_assert_eq(spec.umask, 027);
	cr_assert_eq(spec.nice, -5);
	cr_assert_eq(spec.limit_files, 256);
	cr_assert_eq(spec.limit_memory, INT64_C(1) << 30);
	cr_assert_eq(spec.limit_core, 0);
	cr_assert_eq(spec.memory_max, INT64_C(2) << 30);
	cr_assert_eq(spec.tasks_max, 30);
	cr_assert_eq(spec.cpu_weight, 50);
	for (size_t i = 0; program_spec_key_at(i); i++)
		cr_assert(spec.given & UINT64_C(1) << i, "%s", program_spec_key_at(i));
}

Test(program_spec, what_is_set_later_wins, .init = begin, .fini = end)
{
	set("concurrency", "4");
	set("concurrency", "8");
	set("command", "a b c");
	set("command", "d");
	set("sentinel", "a b");
	set("sentinel", "c d");
	cr_assert_eq(spec.concurrency, 8);
	cr_assert_str_eq(spec.command[0], "d");
	cr_assert_null(spec.command[1]);
	cr_assert_str_eq(spec.sentinel_answer, "d");
	cr_assert_str_eq(spec.text, "concurrency = 4\nconcurrency = 8\ncommand = a b c\n"
	                            "command = d\nsentinel = a b\nsentinel = c d\n");
}

Test(program_spec, what_is_repeatable_adds_until_it_is_cleared, .init = begin, .fini = end)
{
	set("hello", "one");
	set("hello", "two");
	set("environment", "A=1 B=2");
	set("environment", "A=3 C=");
	cr_assert_eq(program_words_count(spec.hello), 2);
	cr_assert_eq(program_words_count(spec.environment), 3);
	cr_assert_str_eq(spec.environment[0], "A=3");
	cr_assert_str_eq(spec.environment[2], "C=");
	set("credential", "key:/a");
	set("credential", "keys:/b");
	set("credential", "key:/c");
	cr_assert_eq(program_words_count(spec.credentials), 2);
	cr_assert_str_eq(spec.credentials[0], "key:/c");
	cr_assert_str_eq(spec.credentials[1], "keys:/b");
	cr_assert(program_spec_repeatable("credential"));
	set("hello", "");
	cr_assert_null(spec.hello);
	set("hello", "three");
	cr_assert_str_eq(spec.hello[0], "three");
	cr_assert_null(spec.hello[1]);
	cr_assert(program_spec_repeatable("hello"));
	cr_assert(program_spec_repeatable("environment"));
	cr_assert(program_spec_repeatable("environment-file"));
	cr_assert_not(program_spec_repeatable("command"));
	cr_assert_not(program_spec_repeatable("helo"));
}

Test(program_spec, bad_values_are_named, .init = begin, .fini = end)
{
	static const struct {
		const char *key;
		const char *value;
		const char *error;
	} rows[] = {
	    {"comand", "x", "unknown key 'comand'; is 'command' meant?"},
	    {"protocol", "line", "protocol 'line' is none of run, lines, json"},
	    {"protocol", "", "protocol is empty"},
	    {"command", "", "command is empty"},
	    {"command", "'' x", "command begins with an empty word"},
	    {"command", "./x",
	     "command './x' is neither an absolute path nor a name to be looked for in PATH"},
	    {"command", "a 'b", "command: 'b has a quote that is not closed"},
	    {"summary", "a\nb", "summary 'a\\x0ab' holds a control character"},
	    {"summary", "\xff", "summary '\\xff' is no UTF-8"},
	    {"start", "boot", "start 'boot' is none of create, demand"},
	    {"framing", "x", "framing 'x' is none of lines, headers"},
	    {"terminal", "yes", "terminal 'yes' is none of none, output"},
	    {"method", "last", "method 'last' is none of exec, first"},
	    {"concurrency", "0", "concurrency '0' is not an integer from 1 to 1024"},
	    {"concurrency", "1025", "concurrency '1025' is not an integer from 1 to 1024"},
	    {"concurrency", "4 ; four", "concurrency '4 ; four' is not an integer from 1 to 1024"},
	    {"start-timeout", "0", "start-timeout '0' is not an integer from 1 to 86400000"},
	    {"stop-grace", "60001", "stop-grace '60001' is not an integer from 0 to 60000"},
	    {"idle-timeout", "1s", "idle-timeout '1s' is not an integer from 0 to 86400000"},
	    {"reply-max", "65M",
	     "reply-max '65M' is no size from 1 to 64M: a number of bytes, or one with K, M, G or "
	     "T"},
	    {"reply-max", "1MB",
	     "reply-max '1MB' is no size from 1 to 64M: a number of bytes, or one with K, M, G or "
	     "T"},
	    {"reply-max", "M",
	     "reply-max 'M' is no size from 1 to 64M: a number of bytes, or one with K, M, G or T"},
	    {"reply-max", "9999999999999999999G",
	     "reply-max '9999999999999999999G' is no size from 1 to 64M: a number of bytes, or one "
	     "with K, M, G or T"},
	    {"reply-max", "1 M",
	     "reply-max '1 M' is no size from 1 to 64M: a number of bytes, or one with K, M, G or "
	     "T"},
	    {"limit-memory", "-1",
	     "limit-memory '-1' is no size from 1M to 1024G: a number of bytes, or one with K, M, "
	     "G or T"},
	    {"sentinel", "x",
	     "sentinel is two words, the line and its answer, each in quotes if it holds blanks; "
	     "here are 1"},
	    {"sentinel", "a b c",
	     "sentinel is two words, the line and its answer, each in quotes if it holds blanks; "
	     "here are 3"},
	    {"sentinel", "'' b", "sentinel: the line is empty"},
	    {"sentinel", "a b\\nc",
	     "sentinel: the answer is more than one line: \\n is a line end, and \\\\n is \\n"},
	    {"error-prefix", "", "error-prefix is empty"},
	    {"directory", "srv", "directory 'srv' is no absolute path"},
	    {"library", "a.so", "library 'a.so' is no absolute path"},
	    {"library", "", "library is empty"},
	    {"environment", "A", "environment 'A' is not NAME=value"},
	    {"environment", "1A=2", "environment '1A=2' has no name of a variable before the ="},
	    {"environment", "B=1 =2", "environment '=2' has no name of a variable before the ="},
	    {"environment", "DTREE_NODE=1",
	     "environment 'DTREE_NODE=1' is what dtree itself tells the program"},
	    {"environment-file", "-/x", "environment-file '-/x' is no absolute path"},
	    {"credential", "key", "credential 'key' is not NAME:PATH"},
	    {"credential", ":/x", "credential ':/x' has no name of a file before the :"},
	    {"credential", "..:/x", "credential '..:/x' has no name of a file before the :"},
	    {"credential", "a/b:/x", "credential 'a/b:/x' has no name of a file before the :"},
	    {"credential", "a:b", "credential 'a:b' has no absolute path behind the :"},
	    {"environment", "DTREE_CREDENTIALS=/x",
	     "environment 'DTREE_CREDENTIALS=/x' is what dtree itself tells the program"},
	    {"user", "a b", "user 'a b' is no name and no number of an account"},
	    {"umask", "8", "umask '8' is not one to four octal digits"},
	    {"umask", "1000", "umask '1000' is more than 0777"},
	    {"nice", "20", "nice '20' is not an integer from -20 to 19"},
	    {"cpu-weight", "10001", "cpu-weight '10001' is not an integer from 1 to 10000"},
	    {"tasks-max", "0", "tasks-max '0' is not an integer from 1 to 4194304"},
	    {"limit-files", "15", "limit-files '15' is not an integer from 16 to 1073741816"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		refused(rows[i].key, rows[i].value, rows[i].error);
	cr_assert_eq(spec.given, 0);
	cr_assert_null(spec.environment);
}

Test(program_spec, an_unknown_key_is_answered_with_all, .init = begin, .fini = end)
{
	struct error err;

	cr_assert_eq(program_spec_set(&spec, "x", "1", &err), -1);
	for (size_t i = 0; program_spec_key_at(i); i++)
		cr_assert(strstr(err.text, program_spec_key_at(i)), "%s", program_spec_key_at(i));
}

Test(program_spec, a_value_has_a_bound, .init = begin, .fini = end)
{
	cleanup_free char *value = mem_new(PROGRAM_VALUE_MAX + 2);

	memset(value, 'x', PROGRAM_VALUE_MAX + 1);
	refused("summary", value, "summary has 65536 bytes; at most 65535 are possible");
	value[PROGRAM_VALUE_MAX] = '\0';
	set("summary", value);
}

/* Mistake number i is this; NULL: there are no more. */
static void mistake(size_t i, const char *culprit, const char *text)
{
	struct error err;
	const char *key;

	cr_assert_eq(program_spec_mistake(&spec, i, &key, &err), text != NULL);
	if (!text)
		return;
	cr_assert_str_eq(err.text, text);
	cr_assert_str_eq(key, culprit);
}

Test(program_spec, what_is_missing_is_told, .init = begin, .fini = end)
{
	struct error err;

	mistake(0, "protocol", "protocol is missing: run, lines or json");
	mistake(1, "command", "command is missing");
	mistake(2, NULL, NULL);
	set("protocol", "run");
	mistake(0, "command", "command is missing");
	cr_assert_eq(program_spec_check(&spec, &err), -1);
	set("command", "uptime");
	mistake(0, NULL, NULL);
	cr_assert_eq(program_spec_check(&spec, &err), 0);
}

Test(program_spec, what_does_not_go_together_is_told_all_at_once, .init = begin, .fini = end)
{
	set("protocol", "run");
	set("sentinel", "a b");
	set("start", "create");
	set("framing", "lines");
	set("idle-timeout", "1");
	mistake(0, "command", "command is missing");
	mistake(1, "start", "start is for protocol lines and json only, and this is run");
	mistake(2, "framing", "framing is for protocol json only, and this is run");
	mistake(3, "idle-timeout",
	        "idle-timeout is for protocol lines and json only, and this is run");
	mistake(4, "sentinel", "sentinel is for protocol lines only, and this is run");
	mistake(5, "idle-timeout",
	        "idle-timeout needs start = demand: a program that is started with its node is not "
	        "ended for idling");
	mistake(6, NULL, NULL);
}

Test(program_spec, a_name_is_small_letters_digits_and_dashes)
{
	struct error err;

	cr_assert_eq(program_name_check("a", &err), 0);
	cr_assert_eq(program_name_check("calc-2", &err), 0);
	cr_assert_eq(program_name_check("abcdefghijklmnopqrstuvwxyz012345", &err), 0);
	cr_assert_eq(program_name_check("abcdefghijklmnopqrstuvwxyz0123456", &err), -1);
	cr_assert_eq(program_name_check("", &err), -1);
	cr_assert_eq(program_name_check("-a", &err), -1);
	cr_assert_eq(program_name_check("2a", &err), -1);
	cr_assert_eq(program_name_check("Calc", &err), -1);
	cr_assert_eq(program_name_check("a_b", &err), -1);
	cr_assert_eq(program_name_check("../x", &err), -1);
	cr_assert(strstr(err.text, "'../x'"));
}

Test(program_spec, a_library_is_no_program, .init = begin, .fini = end)
{
	static const char *const known[] = {"library", "summary", "usage", "instances"};
	struct error err;

	set("library", "/usr/lib/a.so");
	cr_assert_eq(program_spec_kind(&spec), PROGRAM_LIBRARY);
	cr_assert_str_eq(program_spec_kind_name(&spec), "library");
	set("summary", "adds");
	set("usage", "N");
	cr_assert_eq(program_spec_check(&spec, &err), 0);
	for (size_t i = 0, at = 0; program_spec_key_at(i); i++) {
		if (!(program_spec_protocols(i) & 1U << PROGRAM_LIBRARY))
			continue;
		cr_assert_lt(at, ARRAY_SIZE(known));
		cr_assert_str_eq(program_spec_key_at(i), known[at++]);
	}
	set("protocol", "lines");
	set("command", "cat");
	set("idle-timeout", "5");
	mistake(0, "protocol", "protocol is for a program, and this is a library");
	mistake(1, "command", "command is for a program, and this is a library");
	mistake(2, "idle-timeout", "idle-timeout is for a program, and this is a library");
	mistake(3, NULL, NULL);
}
