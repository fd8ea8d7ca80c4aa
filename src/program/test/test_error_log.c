/* What programs say is kept, line by line, with the process that said it. */
#include "program/error_log.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

static char dir[] = "/tmp/dtree-said-XXXXXX";
static char *path;
static struct log_ring *ring;
static struct log_lines lines;
static struct error_log said;
static size_t logged;
static char newest[4096];

static void count(const char *line, size_t n)
{
	logged++;
	snprintf(newest, sizeof newest, "%.*s", (int)n, line);
}

static void set_up(void)
{
	cr_assert(mkdtemp(dir));
	path = mem_format("%s/7", dir);
	ring = log_ring_new(path);
	log_divert(count, false);
	error_log_begin(&said, ring, "calc", 3130);
}

static void tear_down(void)
{
	error_log_free(&said);
	log_lines_free(&lines);
	log_ring_free(ring);
	unlink(path);
	rmdir(dir);
	free(path);
}

TestSuite(error_log, .init = set_up, .fini = tear_down, .timeout = 60);

static void take(const char *text)
{
	error_log_take(&said, text, strlen(text));
}

/* The kept lines are these, by `pid`; NULL behind the last. */
static void kept(const char *const *wanted)
{
	struct error err;
	size_t i;

	log_lines_free(&lines);
	cr_assert_eq(log_lines_read(path, &lines, &err), 0, "%s", err.text);
	for (i = 0; wanted[i]; i++) {
		cr_assert_lt(i, lines.count, "no '%s'", wanted[i]);
		cr_expect_eq(lines.items[i].pid, 3130);
		cr_expect(lines.items[i].size == strlen(wanted[i]) &&
		              memcmp(lines.items[i].text, wanted[i], lines.items[i].size) == 0,
		          "'%.*s' is not '%s'", (int)lines.items[i].size, lines.items[i].text,
		          wanted[i]);
	}
	cr_expect_eq(lines.count, i);
}

#define KEPT(...) kept((const char *const[]){__VA_ARGS__, NULL})

Test(error_log, each_line_is_kept_and_logged)
{
	take("one\ntw");
	take("o\r\n\nthree");
	KEPT("one", "two", "");
	cr_expect_eq(logged, 2);
	cr_expect_str_eq(newest, "dtree: calc[3130]: two\n");
	error_log_end(&said);
	KEPT("one", "two", "", "three");
	cr_expect_eq(logged, 3);
}

Test(error_log, nothing_is_no_line_at_the_end)
{
	error_log_end(&said);
	cr_expect_eq(logged, 0);
	cr_expect_eq(access(path, F_OK), -1);
}

Test(error_log, a_long_line_is_cut_and_said_to_be)
{
	char text[3000];

	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\n';
	error_log_take(&said, text, sizeof text);
	error_log_say(&said, LOG_LEVEL_INFO, text, sizeof text - 1);
	error_log_say(&said, LOG_LEVEL_INFO, "short", 5);
	cr_assert_eq(log_lines_read(path, &lines, NULL), 0);
	cr_assert_eq(lines.count, 3);
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(lines.items[i].size, ERROR_LOG_LINE);
		cr_expect(lines.items[i].cut);
	}
	cr_expect(!lines.items[2].cut);
	cr_expect_eq(logged, 3);
}

Test(error_log, what_is_said_otherwise_stands_beside_half_a_line)
{
	take("half");
	error_log_say(&said, LOG_LEVEL_INFO, "one\ntwo", 7);
	take(" a line\n");
	KEPT("one", "two", "half a line");
	error_log_say(&said, LOG_LEVEL_INFO, "", 0);
	KEPT("one", "two", "half a line", "");
}

Test(error_log, a_flood_is_thinned_in_the_log_and_kept_whole)
{
	for (int i = 0; i < 1000; i++)
		take("again\n");
	cr_expect_geq(logged, ERROR_LOG_BURST);
	cr_expect_lt(logged, ERROR_LOG_BURST + 200);
	cr_assert_eq(log_lines_read(path, &lines, NULL), 0);
	cr_expect_eq(lines.count, 1000);
	error_log_end(&said);
	cr_expect(strstr(newest, "lines were dropped"), "%s", newest);
}
