/* Words by quotes and backslashes. */
#include "program/words.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

TestSuite(program_words, .timeout = 60);

static const struct {
	const char *text;
	const char *words[8];
} good[] = {
    {"", {NULL}},
    {" \t ", {NULL}},
    {"bc -lq", {"bc", "-lq"}},
    {"  a\t\tb  ", {"a", "b"}},
    {"'a b' \"c d\"", {"a b", "c d"}},
    {"\"\" ''", {"", ""}},
    {"a\"b c\"d", {"ab cd"}},
    {"--x='1 2'", {"--x=1 2"}},
    {"'\"' \"'\"", {"\"", "'"}},
    {"sh -c \"echo ; # not ' over\"", {"sh", "-c", "echo ; # not ' over"}},
    {"a\\sb \\s", {"a b", " "}},
    {"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\\'\\s", {"\a\b\f\n\r\t\v\\\"' "}},
    {"'\\n' \"\\n\" \\n", {"\n", "\n", "\n"}},
    {"\\x41\\x7a \\101\\172", {"Az", "Az"}},
    {"\\xff\\377", {"\xff\xff"}},
    {"\\u00e9 \\u20ac \\U0001f600", {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}},
    {"\\u0041\\U0010ffff", {"A\xf4\x8f\xbf\xbf"}},
    {"$HOME %n ${X} ~ * ;", {"$HOME", "%n", "${X}", "~", "*", ";"}},
    {"\xc3\xa9 \xe2\x82\xac", {"\xc3\xa9", "\xe2\x82\xac"}},
};

Test(program_words, they_are_read_as_systemd_reads_them)
{
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		char **words;
		size_t count = 0;
		words = program_words_split("command", good[i].text, &err);
		cr_assert(words, "%s: %s", good[i].text, err.text);
		for (; good[i].words[count]; count++)
			cr_assert_str_eq(words[count], good[i].words[count], "%s", good[i].text);
		cr_assert_eq(program_words_count(words), count, "%s", good[i].text);
		program_words_free(words);
	}
}

Test(program_words, what_is_wrong_is_named)
{
	static const struct {
		const char *text;
		const char *error;
	} bad[] = {
	    {"a 'b c", "command: 'b c has a quote that is not closed"},
	    {"a \"b 'c'", "command: \"b 'c' has a quote that is not closed"},
	    {"\"a\\\"", "command: \"a\\\" has a quote that is not closed"},
	    {"a\\", "command ends in a backslash with nothing behind it"},
	    {"'a\\", "command ends in a backslash with nothing behind it"},
	    {"a\\db", "command: \\d is no escape that is known"},
	    {"'\\$'", "command: \\$ is no escape that is known"},
	    {"a\\ b", "command: \\  is no escape that is known"},
	    {"\\xg1", "command: \\xg1 is no escape that is known"},
	    {"\\x1", "command: \\x1 is no escape that is known"},
	    {"\\12", "command: \\12 is no escape that is known"},
	    {"\\400", "command: \\400 is no escape that is known"},
	    {"\\128", "command: \\128 is no escape that is known"},
	    {"\\u12", "command: \\u12 is no escape that is known"},
	    {"\\ud800", "command: \\ud800 is no escape that is known"},
	    {"\\U00110000", "command: \\U00110000 is no escape that is known"},
	    {"a\\x00", "command: \\x00 is a NUL, which no word can hold"},
	    {"a\\000", "command: \\000 is a NUL, which no word can hold"},
	    {"\\u0000", "command: \\u0000 is a NUL, which no word can hold"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error err = {0};
		cr_assert_null(program_words_split("command", bad[i].text, &err), "%s",
		               bad[i].text);
		cr_assert_eq(err.code, ERR_PARAMS);
		cr_assert_str_eq(err.text, bad[i].error);
	}
}

Test(program_words, a_quoted_word_is_read_as_it_was)
{
	static const char *const words[] = {"",          "a",        "a b",       "\"",  "\\",
	                                    "\\n \"'\"", "\n\t\x7f", "\xc3\xa9$", "a\\", "' ;#"};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		cleanup_free char *quoted = program_words_quote(words[i]);
		char **read = program_words_split("command", quoted, &err);
		cr_assert(read, "%s: %s", quoted, err.text);
		cr_assert_eq(program_words_count(read), 1);
		cr_assert_str_eq(read[0], words[i]);
		program_words_free(read);
	}
}
