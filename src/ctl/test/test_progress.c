/* The line of an exec under way: its form, and that it fits. */
#include "ctl/progress.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(progress, .timeout = 60);

static void line_is(double done, double total, const char *text, size_t columns, const char *wanted)
{
	struct buffer line = {0};

	progress_line(&line, &(struct dtree_progress){done, total, text}, columns);
	buffer_add(&line, "", 1);
	cr_expect_str_eq(buffer_bytes(&line), wanted, "'%s', not '%s'", buffer_bytes(&line),
	                 wanted);
	buffer_free(&line);
}

Test(progress, a_share_is_a_bar_and_percent)
{
	line_is(0, 10, "", 80, "[                    ]   0%");
	line_is(3, 4, "here", 80, "[===============     ]  75% here");
	line_is(9.99, 10, "", 80, "[=================== ]  99%");
	line_is(10, 10, "end", 80, "[====================] 100% end");
	line_is(3, 4, "here", 39, " 75% here");
}

Test(progress, a_share_is_never_more_than_all)
{
	line_is(11, 10, "", 39, "100%");
	line_is(1e308, 1e-308, "", 39, "100%");
}

Test(progress, without_a_total_it_is_a_count)
{
	line_is(0, 0, "", 80, "0");
	line_is(12345678, 0, "read", 80, "12345678 read");
	line_is(1.5, 0, "", 80, "1.5");
	line_is(1e300, 0, "", 80, "1e+300");
}

Test(progress, it_is_cut_to_the_columns)
{
	line_is(1, 2, "abcdef", 11, " 50% abcdef");
	line_is(1, 2, "abcdef", 10, " 50% ab...");
	line_is(1, 2, "abcdef", 2, "..");
	line_is(1, 2, "abcdef", 0, "");
}

Test(progress, no_character_is_cut_and_all_may_be_wide)
{
	line_is(1, 0, "\u4e2d\u6587", 6, "1 \u4e2d\u6587");
	line_is(1, 0, "\u4e2d\u6587\u4e2d", 7, "1 \u4e2d...");
	line_is(1, 0, "\u4e2d\u6587\u4e2d", 6, "1 ...");
}

Test(progress, what_a_program_says_is_escaped)
{
	line_is(1, 0,
	        "a\r\033[2J\n\xc2\x9b"
	        "b\177",
	        80, "1 a\\x0d\\x1b[2J\\x0a\\xc2\\x9bb\\x7f");
	line_is(1, 0, "\xff", 80, "1 \\xff");
}
