/* Bytes to lines: partial lines, line ends, and the bound. */
#include "wire/line.h"

#include <criterion/criterion.h>
#include <string.h>

static struct line_reader reader;

static void set_up(void)
{
	reader = (struct line_reader){.max = 16};
}

static void tear_down(void)
{
	line_free(&reader);
}

TestSuite(line, .init = set_up, .fini = tear_down, .timeout = 60);

static void feed_bytes(const char *bytes, size_t n)
{
	memcpy(line_reserve(&reader, n), bytes, n);
	line_claim(&reader, n);
}

static void feed(const char *text)
{
	feed_bytes(text, strlen(text));
}

static void gives(const char *wanted)
{
	char *line;
	size_t n;

	cr_assert(line_ready(&reader), "'%s' is not ready", wanted);
	cr_assert_eq(line_next(&reader, &line, &n), 1, "no '%s'", wanted);
	cr_assert_eq(n, strlen(wanted), "'%.*s' is not '%s'", (int)n, line, wanted);
	cr_assert_eq(memcmp(line, wanted, n), 0);
}

static void gives_none(int r)
{
	char *line;
	size_t n;

	cr_assert_eq(line_ready(&reader), r != 0);
	cr_assert_eq(line_next(&reader, &line, &n), r);
}

Test(line, several_lines_come_one_by_one)
{
	feed("one\n\ntwo\r\n\r\nthr");
	gives("one");
	gives("");
	gives("two");
	gives("");
	gives_none(0);
	feed("ee\n");
	gives("three");
	gives_none(0);
}

Test(line, a_line_may_come_byte_by_byte)
{
	static const char text[] = "a line\n";

	for (size_t i = 0; i < sizeof text - 1; i++) {
		gives_none(0);
		feed_bytes(text + i, 1);
	}
	gives("a line");
}

Test(line, only_one_cr_at_the_end_is_dropped)
{
	feed("a\rb\r\r\n");
	gives("a\rb\r");
}

Test(line, a_line_of_the_bound_is_taken_and_one_over_it_is_not)
{
	feed("123456789012345\n1234567890123456\n");
	gives("123456789012345");
	gives_none(-1);
	gives_none(-1);
}

Test(line, a_line_over_the_bound_is_known_before_its_end)
{
	feed("123456789012345");
	gives_none(0);
	feed("6");
	gives_none(-1);
}

Test(line, many_short_lines_may_be_longer_than_the_bound)
{
	feed("1234567890\n1234567890\n1234567890\n12345");
	for (int i = 0; i < 3; i++)
		gives("1234567890");
	gives_none(0);
}

Test(line, nul_bytes_are_bytes)
{
	char *line;
	size_t n;

	feed_bytes("a\0b\n", 4);
	cr_assert_eq(line_next(&reader, &line, &n), 1);
	cr_assert_eq(n, 3);
	cr_assert_eq(memcmp(line, "a\0b", 3), 0);
}

Test(line, the_rest_is_given_once)
{
	char *line;
	size_t n;

	cr_assert_eq(line_rest(&reader, &line, &n), 0);
	feed("one\nrest\r");
	gives("one");
	gives_none(0);
	cr_assert(line_pending(&reader));
	cr_assert_eq(line_rest(&reader, &line, &n), 1);
	cr_assert_eq(n, 4);
	cr_assert_eq(memcmp(line, "rest", 4), 0);
	cr_assert_not(line_pending(&reader));
	gives_none(0);
	cr_assert_eq(line_rest(&reader, &line, &n), 0);
}

Test(line, a_long_line_is_searched_once)
{
	/* 64 MiB in small pieces: quadratic work would take minutes. */
	size_t bite = 4096;

	reader.max = (size_t)128 * 1024 * 1024;
	for (size_t i = 0; i < (size_t)64 * 1024 * 1024 / bite; i++) {
		memset(line_reserve(&reader, bite), 'x', bite);
		line_claim(&reader, bite);
		cr_assert_not(line_ready(&reader));
	}
	feed("\n");
	cr_assert(line_ready(&reader));
}
