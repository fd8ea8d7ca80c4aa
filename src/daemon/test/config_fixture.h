/* Settings as dtreed loads them, from arguments and from a file of the test. */
#ifndef DAEMON_TEST_CONFIG_FIXTURE_H
#define DAEMON_TEST_CONFIG_FIXTURE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "daemon/load.h"

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

static inline void set_up(void)
{
	int fd = mkstemp(file);

	cr_assert_geq(fd, 0);
	close(fd);
}

static inline void tear_down(void)
{
	config_free(&config);
	mistakes_free(&found);
	unlink(file);
}

static inline void write_bytes(const char *bytes, size_t n)
{
	FILE *f = fopen(file, "w");

	cr_assert(f);
	cr_assert_eq(fwrite(bytes, 1, n, f), n);
	cr_assert_eq(fclose(f), 0);
}

/* Loads the settings of `dtreed ARGUMENTS...`; the list ends with NULL. */
static inline int load(const struct surroundings *around, const char *const *arguments)
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
static inline void refused(const char *expected, const char *const *arguments)
{
	cr_expect_eq(load(&as_root, arguments), -1, "taken, not: %s", expected);
	cr_expect_eq(err.code, ERR_PARAMS);
	cr_expect_str_eq(err.text, expected);
}

#define REFUSED(expected, ...) refused(expected, (const char *const[]){__VA_ARGS__, NULL})

/* The file is refused with that text behind "FILE:LINE: ". */
static inline void file_refused(const char *bytes, int line, const char *text)
{
	cleanup_free char *expected = mem_format("%s:%d: %s", file, line, text);

	write_bytes(bytes, strlen(bytes));
	cr_expect_eq(LOAD(&as_root, "--config", file), -1, "%s", bytes);
	cr_expect_str_eq(err.text, expected);
}

static inline void file_taken(const char *bytes)
{
	write_bytes(bytes, strlen(bytes));
	cr_assert_eq(LOAD(&as_root, "--config", file), 0, "%s", err.text);
}

/* A path of n bytes. New memory. */
static inline char *path_of(size_t n)
{
	char *path = mem_new(n + 1);

	memset(path, 'x', n);
	path[0] = '/';
	return path;
}

/* The text with the file's path wherever it says FILE. New memory. */
static inline char *with_file(const char *text)
{
	struct buffer b = {0};

	for (; *text; text++)
		if (strncmp(text, "FILE", 4) == 0) {
			buffer_add_string(&b, file);
			text += 3;
		} else {
			buffer_add(&b, text, 1);
		}
	buffer_add(&b, "", 1);
	return b.data;
}

static inline void mistaken(const char *const *expected)
{
	size_t n = 0;

	for (; expected[n]; n++) {
		cleanup_free char *text = with_file(expected[n]);
		cr_assert_lt(n, found.count, "missing: %s", text);
		cr_expect_str_eq(found.texts[n], text);
	}
	cr_expect_eq(found.count, n, "one more: %s", n < found.count ? found.texts[n] : "");
}

#endif
