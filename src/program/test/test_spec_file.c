/* A declared service in a file. */
#include "program/spec_file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/remove.h"
#include "program/words.h"

TestSuite(spec_file, .timeout = 60);

static char dir[] = "/tmp/dtree-test-XXXXXX";
static char *path;

static void begin(void)
{
	cr_assert(mkdtemp(dir));
	path = mem_format("%s/calc", dir);
}

static void end(void)
{
	remove_all(dir, NULL);
	free(path);
}

static const char *const settings[][2] = {
    {"protocol", "lines"},
    {"command", "bc -l \"a = b ; c\" # d"},
    {"hello", " = "},
    {"hello", "scale = 2"},
    {"environment", "A=1"},
    {"environment", ""},
    {"environment", "'B=x = y'"},
};

static void write_calc(struct program_spec *s)
{
	struct error err;

	program_spec_init(s, "calc", "/etc/dtree/dtreed.conf:12");
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		cr_assert_eq(program_spec_set(s, settings[i][0], settings[i][1], &err), 0, "%s",
		             err.text);
	cr_assert_eq(spec_file_write(path, s, &err), 0, "%s", err.text);
}

static void write_text(const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	cr_assert(f && fwrite(text, 1, n, f) == n);
	fclose(f);
}

Test(spec_file, what_is_written_is_read, .init = begin, .fini = end)
{
	struct program_spec written;
	struct program_spec read;
	struct error err;
	struct stat st;

	write_calc(&written);
	cr_assert_eq(spec_file_read(path, "calc", &read, &err), 0, "%s", err.text);
	cr_assert_str_eq(read.name, "calc");
	cr_assert_str_eq(read.origin, "/etc/dtree/dtreed.conf:12");
	cr_assert_str_eq(read.text, written.text);
	cr_assert_eq(read.given, written.given);
	cr_assert_eq(program_words_count(read.command), 5);
	cr_assert_str_eq(read.command[2], "a = b ; c");
	cr_assert_str_eq(read.hello[0], " = ");
	cr_assert_str_eq(read.environment[0], "B=x = y");
	cr_assert_null(read.environment[1]);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0600);
	program_spec_free(&written);
	program_spec_free(&read);
}

Test(spec_file, it_takes_the_place_of_another, .init = begin, .fini = end)
{
	struct program_spec s;
	struct error err;
	cleanup_free char *made = mem_format("%s.new", path);

	write_calc(&s);
	cr_assert_eq(program_spec_set(&s, "concurrency", "7", &err), 0);
	cr_assert_eq(spec_file_write(path, &s, &err), 0);
	program_spec_free(&s);
	cr_assert_eq(spec_file_read(path, "calc", &s, &err), 0);
	cr_assert_eq(s.concurrency, 7);
	program_spec_free(&s);
	cr_assert_eq(access(made, F_OK), -1);
}

Test(spec_file, a_directory_that_is_not_there_is_named, .init = begin, .fini = end)
{
	struct program_spec s;
	struct error err;

	write_calc(&s);
	cr_assert_eq(spec_file_write("/nowhere/calc", &s, &err), -1);
	cr_assert_str_eq(err.text, "service calc: cannot write /nowhere/calc: "
	                           "No such file or directory");
	program_spec_free(&s);
}

/* This text in the file gives this error behind the path. */
static void refused(const char *text, size_t n, const char *why)
{
	struct program_spec s;
	struct error err;
	cleanup_free char *expected = mem_format(why, path);

	write_text(text, n);
	cr_assert_eq(spec_file_read(path, "calc", &s, &err), -1, "%s", text);
	cr_assert_str_eq(err.text, expected);
	program_spec_free(&s);
}

#define REFUSED(text, why) refused(text, sizeof(text) - 1, why)

Test(spec_file, what_is_none_is_refused, .init = begin, .fini = end)
{
	struct program_spec s;
	struct error err;

	cr_assert_eq(spec_file_read(path, "calc", &s, &err), -1);
	program_spec_free(&s);
	cr_assert(strstr(err.text, "No such file or directory"), "%s", err.text);
	REFUSED("", "service calc: %s is damaged");
	REFUSED("[service calc] ; x\ncommand = b", "service calc: %s is damaged");
	REFUSED("[service calc] ; x\nsummary = a\0b\n", "service calc: %s is damaged");
	REFUSED("[service cal] ; x\n", "%s:1: it is not that of service calc");
	REFUSED("[service calc] ; x\ncommand\n", "%s:2: no key = value");
	REFUSED("[service calc] ; x\ncommand = a\nprotocol = c\n",
	        "%s:3: protocol 'c' is none of run, lines, json");
	REFUSED("[service calc] ; x\nprotocol = run\n", "command is missing");
}
