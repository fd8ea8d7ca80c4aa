/* The shell's input: lines, long lines and raw lines do not depend on the cuts. */
#include "ctl/reader.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

static struct reader reader;
static struct buffer said; /* a record of the events */
static enum reader_mode after_long;
static unsigned raw_lines; /* behind the first LINE */

static void set_up(void)
{
	reader = (struct reader){0};
	said = (struct buffer){0};
	after_long = READER_SKIP;
	raw_lines = 0;
}

static void tear_down(void)
{
	reader_free(&reader);
	buffer_free(&said);
}

TestSuite(reader, .init = set_up, .fini = tear_down, .timeout = 60);

static void note(const struct reader_event *event)
{
	switch (event->kind) {
	case READER_NONE:
		break;
	case READER_LINE:
		buffer_add_string(&said, "line[");
		buffer_add(&said, event->text, event->n);
		buffer_add_string(&said, "]");
		if (raw_lines)
			reader_set(&reader, READER_RAW);
		break;
	case READER_LONG:
		buffer_format(&said, "long[%zu]", event->n);
		reader_set(&reader, after_long);
		break;
	case READER_PART:
		buffer_add(&said, event->text, event->n);
		break;
	case READER_END:
		buffer_add_string(&said, "end;");
		if (raw_lines && --raw_lines)
			reader_set(&reader, READER_RAW);
		break;
	case READER_BAD:
		buffer_format(&said, "bad[%02x]", event->bad);
		break;
	}
}

/* Feeds a copy, `step` bytes at a time, parts of at most `most`. */
static void feed(const char *bytes, size_t n, size_t step, size_t most)
{
	struct reader_event event;

	for (size_t at = 0; at < n; at += step) {
		size_t size = n - at < step ? n - at : step;
		char *copy = mem_copy(bytes + at, size);
		for (size_t used = 0; used < size;) {
			used += reader_next(&reader, copy + used, size - used, most, &event);
			note(&event);
		}
		free(copy);
	}
}

static void finish(void)
{
	struct reader_event event;

	reader_end(&reader, &event);
	note(&event);
}

static void says(const char *wanted)
{
	cr_assert_eq(buffer_size(&said), strlen(wanted), "%.*s", (int)buffer_size(&said),
	             buffer_bytes(&said));
	cr_assert_eq(memcmp(buffer_bytes(&said), wanted, strlen(wanted)), 0, "%.*s",
	             (int)buffer_size(&said), buffer_bytes(&said));
}

static void feed_text(const char *text, size_t step)
{
	feed(text, strlen(text), step, SIZE_MAX);
}

Test(reader, lines_do_not_depend_on_the_cuts)
{
	for (size_t step = 1; step < 30; step++) {
		set_up();
		feed_text("  create 10\r\n\n \t\r\nping\t10  \nping 11", step);
		finish();
		says("line[create 10]line[ping\t10]line[ping 11]");
		tear_down();
	}
}

Test(reader, a_cr_within_a_line_stays)
{
	feed_text("a\rb\r\r\n", 1);
	says("line[a\rb\r]");
}

static char *run_of(char c, size_t n)
{
	char *run = mem_copy("", 0);

	run = mem_resize(run, n);
	memset(run, c, n);
	return run;
}

Test(reader, a_long_line_is_never_two)
{
	char *run = run_of('A', 1024 * 1024);

	feed(run, 1024 * 1024, 4000, SIZE_MAX);
	feed_text("\nping 1\n", 3);
	says("long[262145]end;line[ping 1]");
	free(run);
}

Test(reader, blanks_do_not_make_a_line_long)
{
	char *run = run_of(' ', 1024 * 1024);

	feed(run, 1024 * 1024, 4000, SIZE_MAX);
	feed_text("ping", 4);
	feed(run, 1024 * 1024, 4000, SIZE_MAX);
	feed_text("\n", 1);
	says("line[ping]");
	free(run);
}

Test(reader, the_rest_of_a_long_line_comes_in_parts)
{
	char *run = run_of('1', READER_LINE_MAX + 1);

	after_long = READER_WORDS;
	feed(run, READER_LINE_MAX + 1, 999, SIZE_MAX);
	feed("2\t3\r\nping\n", 10, 1, 1);
	says("long[262145]2 3end;line[ping]");
	free(run);
}

Test(reader, a_control_byte_spoils_the_rest_of_its_line_only)
{
	char *run = run_of('1', READER_LINE_MAX + 1);

	after_long = READER_WORDS;
	feed(run, READER_LINE_MAX + 1, 999, SIZE_MAX);
	feed("2\0003\001\nping\n", 10, 2, SIZE_MAX);
	says("long[262145]2bad[00]end;line[ping]");
	free(run);
}

Test(reader, raw_lines_are_byte_for_byte)
{
	for (size_t step = 1; step < 12; step++) {
		set_up();
		raw_lines = 2;
		feed_text("exec 1\n \r\t\x01\r\r\n\nping\n", step);
		says("line[exec 1] \r\t\x01\rend;end;line[ping]");
		tear_down();
	}
}

Test(reader, a_nul_in_a_raw_line_spoils_it)
{
	raw_lines = 2;
	feed("x\na\0b\nc\n", 8, 1, SIZE_MAX);
	says("line[x]abad[00]end;cend;");
}

Test(reader, the_last_raw_line_needs_no_line_end)
{
	raw_lines = 2;
	feed_text("x\na\nb", 2);
	finish();
	says("line[x]aend;bend;");
}

Test(reader, a_raw_line_that_never_began_is_missing)
{
	raw_lines = 2;
	feed_text("x\na\n", 2);
	finish();
	says("line[x]aend;");
}

Test(reader, lines_are_counted_blank_ones_too)
{
	static char text[] = "a\n\n \nb\nlast";
	const char *at = text;
	size_t wanted[] = {1, 4};
	struct reader_event event;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		do
			at += reader_next(&reader, (char *)at, strlen(at), SIZE_MAX, &event);
		while (event.kind != READER_LINE);
		cr_assert_eq(reader.number, wanted[i]);
	}
	reader_next(&reader, (char *)at, strlen(at), SIZE_MAX, &event);
	reader_end(&reader, &event);
	cr_assert_eq(event.kind, READER_LINE);
	cr_assert_eq(reader.number, 5);
	/* A raw line, too. */
	reader_end(&reader, &event);
	reader_set(&reader, READER_RAW);
	reader_next(&reader, (char *)"\n", 1, SIZE_MAX, &event);
	cr_assert_eq(reader.number, 6);
}
