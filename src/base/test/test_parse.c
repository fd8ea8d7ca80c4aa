/* The strict readers: which texts are valid values, and which are not. */
#include "base/parse.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

static struct error err;

static void set_up(void)
{
	err = (struct error){0};
}

TestSuite(parse, .init = set_up);

struct integer {
	const char *text;
	int64_t value;
};

Test(parse, int64_takes_what_fits)
{
	static const struct integer good[] = {
	    {"0", 0},
	    {"-0", 0},
	    {"+0", 0},
	    {"007", 7},
	    {"+5", 5},
	    {"-5", -5},
	    {"9223372036854775807", INT64_MAX},
	    {"-9223372036854775808", INT64_MIN},
	    {"-000000000000000000000000000009223372036854775808", INT64_MIN},
	};
	int64_t value = 1;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		cr_assert_eq(parse_int64(good[i].text, strlen(good[i].text), &value), 0, "%s",
		             good[i].text);
		cr_assert_eq(value, good[i].value, "%s", good[i].text);
	}
}

Test(parse, int64_refuses_the_rest_and_leaves_the_value)
{
	static const char *const wrong[] = {"",
	                                    "-",
	                                    "+",
	                                    "--1",
	                                    "+-1",
	                                    "1-",
	                                    " 1",
	                                    "1 ",
	                                    "0x10",
	                                    "1.5",
	                                    "1e3",
	                                    "5x",
	                                    "x5",
	                                    "é",
	                                    "1\n",
	                                    "9223372036854775808",
	                                    "-9223372036854775809",
	                                    "18446744073709551617",
	                                    "4294967306999999999999999999"};
	int64_t value = 77;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		cr_assert_eq(parse_int64(wrong[i], strlen(wrong[i]), &value), -1, "%s", wrong[i]);
	cr_assert_eq(parse_int64("1\0002", 3, &value), -1);
	cr_assert_eq(parse_int64(NULL, 0, &value), -1);
	cr_assert_eq(value, 77);
}

Test(parse, int64_needs_no_nul)
{
	int64_t value;

	cr_assert_eq(parse_int64("123456", 3, &value), 0);
	cr_assert_eq(value, 123);
}

Test(parse, id_takes_32_bits)
{
	static const struct integer good[] = {
	    {"0", 0},
	    {"-0", 0},
	    {"10", 10},
	    {"-2", -2},
	    {"-10", -10},
	    {"2147483647", INT32_MAX},
	    {"-2147483648", INT32_MIN},
	};
	int id;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		id = 99;
		cr_assert_eq(parse_id(good[i].text, strlen(good[i].text), "id", &id, &err), 0, "%s",
		             good[i].text);
		cr_assert_eq(id, good[i].value, "%s", good[i].text);
	}
}

static void refuse_id(const char *text, const char *wanted)
{
	int id = 99;

	cr_assert_eq(parse_id(text, strlen(text), "id", &id, &err), -1, "%s", text);
	cr_assert_eq(id, 99, "%s", text);
	cr_assert_eq(err.code, ERR_PARAMS);
	cr_assert_str_eq(err.text, wanted);
}

Test(parse, id_says_what_is_wrong)
{
	refuse_id("", "id '' is not an integer");
	refuse_id("-", "id '-' is not an integer");
	refuse_id("+5", "id '+5' is not an integer");
	refuse_id("5x", "id '5x' is not an integer");
	refuse_id("0x10", "id '0x10' is not an integer");
	refuse_id("1.5", "id '1.5' is not an integer");
	refuse_id("--5", "id '--5' is not an integer");
	refuse_id(" 5", "id ' 5' is not an integer");
	refuse_id("007", "id '007' has a leading zero");
	refuse_id("-01", "id '-01' has a leading zero");
	refuse_id("00", "id '00' has a leading zero");
	refuse_id("2147483648", "id '2147483648' does not fit in 32 bits");
	refuse_id("-2147483649", "id '-2147483649' does not fit in 32 bits");
	refuse_id("4294967306", "id '4294967306' does not fit in 32 bits");
	refuse_id("18446744073709551626", "id '18446744073709551626' does not fit in 32 bits");
	refuse_id("-1", "id '-1' names the controller");
	refuse_id("\x1b[2J", "id '\\x1b[2J' is not an integer");
}

Test(parse, parent_may_be_the_controller)
{
	int id = 99;

	cr_assert_eq(parse_parent("-1", 2, "parent", &id, &err), 0);
	cr_assert_eq(id, NODE_CONTROLLER);
	cr_assert_eq(parse_parent("-1x", 3, "parent", &id, &err), -1);
	cr_assert_str_eq(err.text, "parent '-1x' is not an integer");
}

Test(parse, range_takes_its_bounds)
{
	int64_t value;

	cr_assert_eq(parse_range("1", 1, "time", 1, 86400000, &value, &err), 0);
	cr_assert_eq(value, 1);
	cr_assert_eq(parse_range("86400000", 8, "time", 1, 86400000, &value, &err), 0);
	cr_assert_eq(value, 86400000);
	cr_assert_eq(parse_range("0010", 4, "time", 1, 86400000, &value, &err), 0);
	cr_assert_eq(value, 10);
}

Test(parse, range_refuses_the_rest)
{
	static const char *const wrong[] = {"",   "-1", "-0",  "+1",   "101",
	                                    "1x", " 1", "1.5", "0x10", "99999999999999999999"};
	int64_t value = 77;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_free char *wanted =
		    mem_format("time '%s' is not an integer from 0 to 100", wrong[i]);
		cr_assert_eq(parse_range(wrong[i], strlen(wrong[i]), "time", 0, 100, &value, &err),
		             -1, "%s", wrong[i]);
		cr_assert_str_eq(err.text, wanted);
		cr_assert_eq(err.code, ERR_PARAMS);
	}
	cr_assert_eq(value, 77);
}

Test(parse, utf8_knows_good_sequences)
{
	static const char *const good[] = {
	    "",        "plain",  "é",          "\u0800",     "€",        "\ud7ff",
	    "\ue000",  "\uffff", "\U00010000", "\U0010ffff", "1234567é", "12345678é12345678",
	    "\x7f\x01"};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert(parse_utf8(good[i], strlen(good[i])), "%zu", i);
}

Test(parse, utf8_knows_bad_sequences)
{
	static const char *const wrong[] = {"\x80",             /* no start */
	                                    "\xc3",             /* cut */
	                                    "\xe2\x82",         /* cut */
	                                    "\xf0\x9f\x98",     /* cut */
	                                    "\xc3z",            /* no continuation */
	                                    "\xe2\x82z",        /* no continuation */
	                                    "\xf0\x9f\x98z",    /* no continuation */
	                                    "\xc0\xaf",         /* overlong */
	                                    "\xc1\xbf",         /* overlong */
	                                    "\xe0\x9f\xbf",     /* overlong */
	                                    "\xf0\x8f\xbf\xbf", /* overlong */
	                                    "\xed\xa0\x80",     /* surrogate */
	                                    "\xed\xbf\xbf",     /* surrogate */
	                                    "\xf4\x90\x80\x80", /* above U+10FFFF */
	                                    "\xf5\x80\x80\x80", /* above U+10FFFF */
	                                    "\xff",
	                                    "\xfe",
	                                    "12345678\x80",
	                                    "1234567\xc3",
	                                    "12345678123456\xe2\x82"};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		cr_assert_not(parse_utf8(wrong[i], strlen(wrong[i])), "%zu", i);
}

/* A sanitizer finds reads past the end. */
Test(parse, utf8_stays_inside)
{
	static const char text[] = "a\u00e9\u20ac\U0001f600z";

	for (size_t n = 0; n < sizeof text; n++) {
		cleanup_free char *cut = mem_new(n);
		memcpy(cut, text, n);
		bool whole = n == 0 || n == 1 || n == 3 || n == 6 || n == 10 || n == 11;
		cr_assert_eq(parse_utf8(cut, n), whole, "%zu", n);
		cleanup_free char *shown = parse_printable(cut, n, 100);
		cr_assert_eq(strstr(shown, "\\x") == NULL, whole, "%zu", n);
	}
}

static void expect_printable(const char *s, size_t n, size_t most, const char *wanted)
{
	cleanup_free char *shown = parse_printable(s, n, most);

	cr_assert_str_eq(shown, wanted);
}

Test(parse, printable_shows_what_cannot_be_printed)
{
	expect_printable("", 0, 10, "");
	expect_printable(NULL, 0, 10, "");
	expect_printable("plain é €", 12, 20, "plain é €");
	expect_printable("a\nb\r\t\x1b\x7f", 7, 50, "a\\x0ab\\x0d\\x09\\x1b\\x7f");
	expect_printable("a\0b", 3, 50, "a\\x00b");
	expect_printable("\xff\xc3", 2, 50, "\\xff\\xc3");
	expect_printable("\xc2\x9b"
	                 "2J",
	                 4, 50, "\\xc2\\x9b2J");
	expect_printable("\xc2\xa0", 2, 50, "\xc2\xa0");
}

Test(parse, printable_is_cut_between_characters)
{
	expect_printable("abcdef", 6, 6, "abcdef");
	expect_printable("abcdef", 6, 5, "abcde...");
	expect_printable("abcdef", 6, 0, "...");
	expect_printable("abé", 4, 3, "abé");
	expect_printable("ab\n\n", 4, 3, "ab\\x0a...");
}

static void expect_escaped(const char *s, size_t n, const char *wanted)
{
	struct buffer out = {0};

	parse_escape(&out, s, n);
	buffer_add(&out, "", 1);
	cr_assert_str_eq(buffer_bytes(&out), wanted);
	buffer_free(&out);
}

Test(parse, escapes_are_those_of_c)
{
	expect_escaped("", 0, "");
	expect_escaped("a b\\n\"", 6, "a b\\n\"");
	expect_escaped("\a\b\t\n\v\f\r", 7, "\\a\\b\\t\\n\\v\\f\\r");
	expect_escaped("a\nb\0c\x1b[2J\x7f", 10, "a\\nb\\x00c\\x1b[2J\\x7f");
	expect_escaped("\xff\xc3\xa4\xc3", 4, "\\xff\xc3\xa4\\xc3");
	expect_escaped("\xc2\x9b\xc2\xa0", 4, "\\xc2\\x9b\xc2\xa0");
}

static void assert_seconds(const char *s, int64_t wanted)
{
	int64_t ms = -7;
	int rc = parse_seconds(s, strlen(s), 86400000, &ms);

	cr_assert_eq(rc, wanted < 0 ? -1 : 0, "%s", s);
	cr_assert_eq(ms, wanted < 0 ? -7 : wanted, "%s: %lld", s, (long long)ms);
}

Test(parse, seconds)
{
	static const char *const bad[] = {
	    "",   "0",  "0.000", "1.",  ".5",        "1.2345", "-1",   "1e3",
	    " 1", "1 ", "1,5",   "0x1", "86400.001", "86401",  "1.+5", "99999999999999999999"};

	assert_seconds("1", 1000);
	assert_seconds("1.5", 1500);
	assert_seconds("0.001", 1);
	assert_seconds("0.05", 50);
	assert_seconds("007.100", 7100);
	assert_seconds("86400", 86400000);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_seconds(bad[i], -1);
}
