/* The command line of a worker, as dtreed writes it and the worker reads it. */
#include "wire/worker_options.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

TestSuite(worker_options, .timeout = 60);

#define WORDS 37

static const struct worker_options some = {
    .protocol = 7,
    .node = -2147483648,
    .incarnation = 4294967295,
    .listen = "ipc:///run/dtree/links/1f",
    .parent = "ipc:///run/dtree/links/1e",
    .controller = "ipc:///run/dtree/links/c",
    .link_key = "/run/dtree/links/.key",
    .service = "sum",
    .service_file = "/run/dtree/services/sum",
    .log_ring = "/run/dtree/logs/31",
    .state = "/var/lib/dtree/nodes/31",
    .lives = "/run/dtree/lives.lock",
    .durability = "full",
    .supervisor = 2147483647,
    .epoch = 8388607,
    .orphan_timeout_ms = 0,
    .log_level = 3,
    .log_socket = "",
};

static const char *const some_words[WORDS] = {
    "/usr/libexec/dtree-worker",
    "--protocol",
    "7",
    "--node",
    "-2147483648",
    "--incarnation",
    "4294967295",
    "--listen",
    "ipc:///run/dtree/links/1f",
    "--parent",
    "ipc:///run/dtree/links/1e",
    "--controller",
    "ipc:///run/dtree/links/c",
    "--link-key",
    "/run/dtree/links/.key",
    "--service",
    "sum",
    "--service-file",
    "/run/dtree/services/sum",
    "--log-ring",
    "/run/dtree/logs/31",
    "--state",
    "/var/lib/dtree/nodes/31",
    "--lives",
    "/run/dtree/lives.lock",
    "--durability",
    "full",
    "--supervisor",
    "2147483647",
    "--epoch",
    "8388607",
    "--orphan-timeout",
    "0",
    "--log",
    "3",
    "--log-socket",
    "",
};

static char **write_some(void)
{
	return worker_options_write(some_words[0], &some);
}

Test(worker_options, the_words_are_these)
{
	char **words = write_some();

	for (size_t i = 0; i < WORDS; i++)
		cr_assert_str_eq(words[i], some_words[i], "word %zu", i);
	cr_assert_null(words[WORDS]);
	worker_options_free(words);
}

Test(worker_options, what_is_written_is_read)
{
	char **words = write_some();
	struct worker_options read;
	struct error err;

	cr_assert_eq(worker_options_read(&read, WORDS, words, &err), 0);
	cr_assert_eq(read.protocol, some.protocol);
	cr_assert_eq(read.node, some.node);
	cr_assert_eq(read.incarnation, some.incarnation);
	cr_assert_str_eq(read.listen, some.listen);
	cr_assert_str_eq(read.parent, some.parent);
	cr_assert_str_eq(read.controller, some.controller);
	cr_assert_str_eq(read.service, some.service);
	cr_assert_str_eq(read.service_file, some.service_file);
	cr_assert_str_eq(read.state, some.state);
	cr_assert_str_eq(read.lives, some.lives);
	cr_assert_str_eq(read.durability, some.durability);
	cr_assert_eq(read.supervisor, some.supervisor);
	cr_assert_eq(read.epoch, some.epoch);
	cr_assert_eq(read.orphan_timeout_ms, some.orphan_timeout_ms);
	cr_assert_eq(read.log_level, some.log_level);
	cr_assert_str_eq(read.log_socket, some.log_socket);
	worker_options_free(words);
}

/* The words with one of them replaced are refused, with a text that contains `part`. */
static void refused(size_t at, const char *word, const char *part)
{
	char **words = write_some();
	struct worker_options read;
	struct error err = {0};

	free(words[at]);
	words[at] = mem_string(word);
	cr_assert_eq(worker_options_read(&read, WORDS, words, &err), -1, "%s %s", words[at - 1],
	             word);
	cr_assert_eq(err.code, ERR_PARAMS);
	cr_assert(strstr(err.text, part), "%s %s: '%s'", words[at - 1], word, err.text);
	worker_options_free(words);
}

Test(worker_options, bad_values_are_named)
{
	static const struct {
		const char *name;
		const char *bad[4];
	} rows[] = {
	    {"protocol", {"0", "2147483648", "-1", "x"}},
	    {"node", {"-1", "2147483648", "01", ""}},
	    {"incarnation", {"0", "4294967296", "-1", "1 "}},
	    {"supervisor", {"0", "2147483648", "-1", "+"}},
	    {"epoch", {"0", "8388608", "-1", "1e3"}},
	    {"orphan-timeout", {"-1", "86400001", "", "0x1"}},
	    {"log", {"2", "8", "debug", "3.0"}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t at = 1;
		while (strcmp(some_words[at] + 2, rows[i].name) != 0)
			at += 2;
		for (size_t j = 0; j < ARRAY_SIZE(rows[i].bad); j++)
			refused(at + 1, rows[i].bad[j], rows[i].name);
	}
}

Test(worker_options, each_is_there_once_and_no_other)
{
	struct worker_options read;
	struct error err;
	char **words = write_some();

	for (int argc = 1; argc < WORDS; argc++)
		cr_assert_eq(worker_options_read(&read, argc, words, &err), -1, "%d", argc);
	worker_options_free(words);
	refused(3, "--protocol", "dtreed");
	refused(31, "--news", "dtreed");
	refused(31, "log-socket", "dtreed");
	refused(31, "-", "dtreed");
}

Test(worker_options, a_built_in_service_has_no_file)
{
	struct worker_options built_in = some;
	struct worker_options read;
	struct error err;
	char **words;

	built_in.service_file = NULL;
	words = worker_options_write(some_words[0], &built_in);
	for (size_t i = 0; words[i]; i++)
		cr_assert_str_neq(words[i], "--service-file");
	cr_assert_eq(worker_options_read(&read, WORDS - 2, words, &err), 0);
	cr_assert_null(read.service_file);
	cr_assert_str_eq(read.state, some.state);
	worker_options_free(words);
}

Test(worker_options, the_protocol_is_known_before_what_is_not)
{
	char *const words[] = {"dtree-worker", "--protocol", "9", "--news-of-then", "5", NULL};
	struct worker_options read;
	struct error err;

	cr_assert_eq(worker_options_read(&read, 5, words, &err), -1);
	cr_assert_eq(read.protocol, 9);
}
