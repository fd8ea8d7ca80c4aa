/* Words of a line and of an argument vector. */
#include "ctl/words.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(words, .timeout = 60);

static void splits(const char *line, size_t most, const char *const *wanted, size_t count)
{
	struct words words;
	struct error err;

	cr_assert_eq(words_split(line, strlen(line), most, &words, &err), 0, "%s", line);
	cr_assert_eq(words.count, count, "'%s' has %zu words", line, words.count);
	for (size_t i = 0; i < count; i++)
		cr_assert(word_is(&words.items[i], wanted[i]), "word %zu of '%s'", i, line);
	words_free(&words);
}

Test(words, blanks_and_tabs_separate)
{
	splits(" \texec\t10  -1 \t", 0, (const char *const[]){"exec", "10", "-1"}, 3);
}

Test(words, a_blank_line_has_none)
{
	splits(" \t ", 0, NULL, 0);
}

Test(words, the_last_takes_the_rest_as_it_stands)
{
	splits("call m {\"a\":  1}  ", 3, (const char *const[]){"call", "m", "{\"a\":  1}"}, 3);
}

Test(words, many_are_all_there)
{
	char line[2 * 1000];
	struct words words;

	for (size_t i = 0; i < sizeof line; i++)
		line[i] = i % 2 ? ' ' : 'x';
	cr_assert_eq(words_split(line, sizeof line, 0, &words, NULL), 0);
	cr_assert_eq(words.count, 1000);
	words_free(&words);
}

static void refuses(const char *line, size_t n, const char *why)
{
	struct words words;
	struct error err;

	cr_assert_eq(words_split(line, n, 0, &words, &err), -1);
	cr_assert(strstr(err.text, why), "%s", err.text);
	words_free(&words);
}

Test(words, control_bytes_and_what_is_not_utf8_are_refused)
{
	refuses("ping \x01", 6, "0x01");
	refuses("ping\0 1", 7, "0x00");
	refuses("ping \x7f", 6, "0x7f");
	refuses("ping \xff", 6, "UTF-8");
}

Test(words, of_a_vector_stay_whole)
{
	char *argv[] = {(char[]){"exec"}, (char[]){"a b"}, (char[]){""}};
	struct words words;

	words_from_argv(argv, 3, &words);
	cr_assert_eq(words.count, 3);
	cr_assert(word_is(&words.items[1], "a b"));
	cr_assert(word_is(&words.items[2], ""));
	words_free(&words);
}
