/* What json_check() has passed is read as it was written: each escape, each number. */
#include "wire/json.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

TestSuite(json_tree, .timeout = 60);

static struct cJSON *tree_of(const char *text)
{
	struct error err = {0};
	struct cJSON *json = json_parse(text, strlen(text), JSON_REQUEST_VALUES, NULL, &err);

	cr_assert(json, "%s: %s", text, err.text);
	return json;
}

Test(json_tree, strings_are_read_to_the_byte)
{
	static const struct {
		const char *text;
		const char *wanted;
	} rows[] = {{"\"\"", ""},
	            {"\"abc\"", "abc"},
	            {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
	            {"\"\\\\\\\\\\\"\"", "\\\\\""},
	            {"\"a\\u0001\\u007fz\"", "a\x01\x7fz"},
	            {"\"\\u0080\\u07ff\"", "\xc2\x80\xdf\xbf"},
	            {"\"\\u0800\\uFFff\\ud7fF\"", "\xe0\xa0\x80\xef\xbf\xbf\xed\x9f\xbf"},
	            {"\"\\ud800\\udc00\\uDBFF\\uDFFF!\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf!"},
	            {"\"\xc3\xa4\\u00e4\"", "\xc3\xa4\xc3\xa4"}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *named =
		    mem_format(" { %s :\t[ %s ] } ", rows[i].text, rows[i].text);
		struct cJSON *json = tree_of(named);
		const struct cJSON *member = json_first(json);
		const char *text = NULL;
		size_t size = 0;
		cr_assert_str_eq(json_name(member), rows[i].wanted);
		cr_assert_eq(json_count(member), 1);
		cr_assert_eq(json_string(json_first(member), "it", &text, &size, NULL), 0);
		cr_assert_str_eq(text, rows[i].wanted);
		cr_assert_eq(size, strlen(rows[i].wanted));
		json_free(json);
	}
}

Test(json_tree, numbers_are_the_nearest_double)
{
	static const struct {
		const char *text;
		double wanted;
	} rows[] = {{"0", 0},
	            {"-7", -7},
	            {"999999999999999", 999999999999999},
	            {"-999999999999999", -999999999999999},
	            {"9007199254740991", 9007199254740991},
	            {"12345678901234567890", 12345678901234567890.0},
	            {"0.1", 0.1},
	            {"-2.5e-3", -2.5e-3},
	            {"1E2", 100},
	            {"7e0", 7}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *listed = mem_format("[%s,%s ,1]", rows[i].text, rows[i].text);
		struct cJSON *json = tree_of(listed);
		struct cJSON *alone = tree_of(rows[i].text);
		double number = 3;
		cr_assert_eq(json_count(json), 3, "%s", listed);
		cr_assert_eq(json_real(json_next(json_first(json)), &number), 0);
		cr_assert_eq(number, rows[i].wanted, "%s: %.17g", rows[i].text, number);
		cr_assert_eq(json_real(alone, &number), 0);
		cr_assert_eq(number, rows[i].wanted, "%s: %.17g", rows[i].text, number);
		json_free(json);
		json_free(alone);
	}
}
