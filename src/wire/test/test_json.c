/* JSON that is read: texts that are refused before cJSON reads them, strict getters. */
#include "wire/json.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

#include "base/mem.h"

static struct error err;

TestSuite(json, .timeout = 60);

static struct cJSON *read_json(const char *text)
{
	err = (struct error){0};
	return json_parse(text, strlen(text), JSON_REQUEST_VALUES, NULL, &err);
}

static struct cJSON *good(const char *text)
{
	struct cJSON *json = read_json(text);

	cr_assert(json, "%s: %s", text, err.text);
	return json;
}

static void refused_bytes(const char *text, size_t n, enum error_code code)
{
	struct cJSON *json = json_parse(text, n, JSON_REQUEST_VALUES, NULL, &err);

	cr_assert_null(json, "'%.60s' was taken", text);
	cr_assert_eq(err.code, code, "'%.60s': %d, %s", text, err.code, err.text);
	cr_assert_neq(err.text[0], '\0');
}

static void refused(const char *text, enum error_code code)
{
	refused_bytes(text, strlen(text), code);
}

Test(json, takes_every_kind_of_value)
{
	static const char *const texts[] = {"null",
	                                    "true",
	                                    "false",
	                                    "0",
	                                    "-0",
	                                    "-12",
	                                    "1.5",
	                                    "1e5",
	                                    "1E+5",
	                                    "0.5e-3",
	                                    "\"\"",
	                                    "\"a\\n\\u00e4\\ud83d\\ude00\"",
	                                    "[]",
	                                    "{}",
	                                    " [ 1 , \"x\" ,\t{ } ]\r ",
	                                    "{\"\":{\"a\":[[]]}}"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		json_free(good(texts[i]));
}

Test(json, refuses_what_is_no_json)
{
	static const char *const texts[] = {"",
	                                    " ",
	                                    "nul",
	                                    "nullx",
	                                    "True",
	                                    "01",
	                                    "-",
	                                    "+1",
	                                    "1.",
	                                    ".5",
	                                    "1e",
	                                    "1e+",
	                                    "0x10",
	                                    "NaN",
	                                    "-Infinity",
	                                    "1 2",
	                                    "[",
	                                    "]",
	                                    "[1,]",
	                                    "[,1]",
	                                    "[1 2]",
	                                    "{",
	                                    "{\"a\"}",
	                                    "{\"a\":}",
	                                    "{\"a\":1,}",
	                                    "{a:1}",
	                                    "{'a':1}",
	                                    "{1:1}",
	                                    "\"",
	                                    "\"\\\"",
	                                    "\"\\x\"",
	                                    "\"\\u12\"",
	                                    "\"\\u12g4\"",
	                                    "\"\\ud800\"",
	                                    "\"\\udc00\"",
	                                    "\"\\ud800\\u0041\"",
	                                    "\"\\ud800x\"",
	                                    "\"a\nb\"",
	                                    "\"\x01\"",
	                                    "\"\xff\"",
	                                    "\"\xc0\x80\"",
	                                    "\"\xed\xa0\x80\"",
	                                    "\xef\xbb\xbf{}",
	                                    "[1]]",
	                                    "{}{}",
	                                    "/**/1",
	                                    "\v1"};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		refused(texts[i], ERR_PARSE);
	refused_bytes("\"a\0b\"", 5, ERR_PARSE);
	refused_bytes("1\0", 2, ERR_PARSE);
	refused_bytes("\0", 1, ERR_PARSE);
}

Test(json, reads_no_byte_behind_the_text)
{
	/* In memory of exactly this size, so that a sanitizer finds reads past it. */
	static const char text[] = "{\"a\":[true,false,null,-1.5e5,\"x\\u00e4\\n\\ud83d\\ude00\"]}";

	for (size_t n = 0; n < sizeof text - 1; n++) {
		char *exact = mem_try(n);
		memcpy(exact, text, n);
		refused_bytes(exact, n, ERR_PARSE);
		free(exact);
	}
}

Test(json, refuses_deep_nesting)
{
	struct buffer b = {0};

	for (int i = 0; i < JSON_DEPTH; i++)
		buffer_add(&b, "[", 1);
	for (int i = 0; i < JSON_DEPTH; i++)
		buffer_add(&b, "]", 1);
	buffer_add(&b, "", 1);
	json_free(good(b.data));
	b.end = 0;
	for (int i = 0; i < 10000; i++)
		buffer_add_string(&b, i % 2 ? "[" : "{\"a\":");
	refused_bytes(buffer_bytes(&b), buffer_size(&b), ERR_PARSE);
	buffer_free(&b);
}

Test(json, refuses_too_many_values_but_finds_the_id)
{
	struct buffer b = {0};
	struct json_scan scan;

	buffer_add_string(&b, "{\"x\":[0");
	for (size_t i = 0; i < JSON_REQUEST_VALUES; i++)
		buffer_add_string(&b, ",0");
	buffer_add_string(&b, "],\"y\":{\"id\":7},\"id\":\"me\" }");
	cr_assert_null(
	    json_parse(buffer_bytes(&b), buffer_size(&b), JSON_REQUEST_VALUES, &scan, &err));
	cr_assert_eq(err.code, ERR_LIMIT);
	cr_assert_eq(scan.id_size, 4);
	cr_assert_eq(memcmp(scan.id, "\"me\"", 4), 0);
	json_free(json_parse(buffer_bytes(&b), buffer_size(&b), JSON_REPLY_VALUES, NULL, &err));
	buffer_free(&b);
}

Test(json, refuses_escaped_nul_but_finds_the_id)
{
	static const char text[] = "{\"id\":5,\"x\":\"a\\u0000b\"}";
	struct json_scan scan;

	cr_assert_null(json_parse(text, sizeof text - 1, JSON_REQUEST_VALUES, &scan, &err));
	cr_assert_eq(err.code, ERR_PARAMS);
	cr_assert_eq(scan.id_size, 1);
	cr_assert_eq(*scan.id, '5');
}

Test(json, ids_are_exact)
{
	static const struct {
		const char *text;
		bool good;
		int id;
	} rows[] = {{"10", true, 10},
	            {"0", true, 0},
	            {"-2", true, -2},
	            {"2147483647", true, INT_MAX},
	            {"-2147483648", true, INT_MIN},
	            {.text = "-1"},
	            {.text = "2147483648"},
	            {.text = "-2147483649"},
	            {.text = "4294967306"},
	            {.text = "10.5"},
	            {.text = "10.0"},
	            {.text = "1e1"},
	            {.text = "10.0000000000000000000000001"},
	            {.text = "1e400"},
	            {.text = "-1e400"},
	            {.text = "1e-400"},
	            {.text = "18446744073709551626"},
	            {.text = "99999999999999999999"},
	            {.text = "\"10\""},
	            {.text = "true"},
	            {.text = "null"},
	            {.text = "[10]"},
	            {.text = "{}"}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cJSON *json = good(rows[i].text);
		int id = 77;
		int r = json_id(json, "id", &id, &err);
		cr_assert_eq(r, rows[i].good ? 0 : -1, "%s", rows[i].text);
		cr_assert_eq(id, rows[i].good ? rows[i].id : 77, "%s", rows[i].text);
		if (r) {
			cr_assert_eq(err.code, ERR_PARAMS);
			cr_assert(strstr(err.text, "id"), "%s", err.text);
		}
		json_free(json);
	}
	int parent;
	struct cJSON *json = good("-1");
	cr_assert_eq(json_parent(json, "parent", &parent, &err), 0);
	cr_assert_eq(parent, -1);
	json_free(json);
}

Test(json, integers_are_exact_up_to_two_to_the_53)
{
	int64_t v = 0;
	struct cJSON *json = good("[9007199254740992,-9007199254740992,9007199254740993,"
	                          "1.5,9007199254740994,-9007199254740993,3]");
	const struct cJSON *item = json_first(json);

	cr_assert_eq(json_int(item, "n", -JSON_INT_MAX, JSON_INT_MAX, &v, &err), 0);
	cr_assert_eq(v, JSON_INT_MAX);
	item = json_next(item);
	cr_assert_eq(json_int(item, "n", -JSON_INT_MAX, JSON_INT_MAX, &v, &err), 0);
	cr_assert_eq(v, -JSON_INT_MAX);
	for (int i = 0; i < 4; i++) {
		item = json_next(item);
		cr_assert_eq(json_int(item, "n", INT64_MIN, INT64_MAX, &v, &err), -1, "%d", i);
	}
	item = json_next(item);
	cr_assert_eq(json_int(item, "n", 0, 3, &v, &err), 0);
	cr_assert_eq(v, 3);
	cr_assert_eq(json_int(item, "n", 0, 2, &v, &err), -1);
	cr_assert_eq(json_int(item, "n", 4, 5, &v, &err), -1);
	cr_assert_eq(json_int(NULL, "n", 4, 5, &v, &err), -1);
	cr_assert_str_eq(err.text, "'n' is missing");
	json_free(json);
}

Test(json, a_real_is_any_number_that_a_double_holds)
{
	struct cJSON *json = good("[1.5,-2,0,1e400,\"1\",null]");
	const struct cJSON *element = json_first(json);
	static const double wanted[] = {1.5, -2, 0};
	double number = 7;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++, element = json_next(element)) {
		cr_assert_eq(json_real(element, &number), 0);
		cr_assert_eq(number, wanted[i]);
	}
	number = 7;
	for (; element; element = json_next(element))
		cr_assert_eq(json_real(element, &number), -1);
	cr_assert_eq(json_real(NULL, &number), -1);
	cr_assert_eq(number, 7);
	json_free(json);
}

Test(json, members_are_known_and_stand_there_once)
{
	static const char *const names[] = {"id", "parent"};
	const struct cJSON *found[ARRAY_SIZE(names)];
	static const struct {
		const char *text;
		const char *says; /* NULL: good */
	} rows[] = {{"{}", NULL},
	            {"{\"id\":1}", NULL},
	            {"{\"parent\":1,\"id\":1}", NULL},
	            {"{\"id\":1,\"id\":1}", "'id' stands there twice"},
	            {"{\"id\":1,\"ID\":1}", "'ID': it is 'id'"},
	            {"{\"Id\":1}", "'Id': it is 'id'"},
	            {"{\"id\":1,\"extra\":1}", "'extra'"},
	            {"{\"\":1}", "''"},
	            {"{\"\\u001b[2J\":1}", "\\x1b"}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cJSON *json = good(rows[i].text);
		int r = json_members(json, names, ARRAY_SIZE(names), found, &err);
		cr_assert_eq(r, rows[i].says ? -1 : 0, "%s", rows[i].text);
		if (rows[i].says)
			cr_assert(strstr(err.text, rows[i].says), "%s", err.text);
		for (size_t j = 0; j < ARRAY_SIZE(names); j++)
			cr_assert_eq(found[j], json_member(json, names[j]), "%s", rows[i].text);
		json_free(json);
	}
}

Test(json, strings_and_bools_are_not_converted)
{
	struct cJSON *json = good("{\"s\":\"a\\tb\",\"b\":true,\"S\":1}");
	const char *s;
	size_t n;
	bool flag = false;

	cr_assert_eq(json_string(json_member(json, "s"), "s", &s, &n, &err), 0);
	cr_assert_str_eq(s, "a\tb");
	cr_assert_eq(n, 3);
	cr_assert_eq(json_bool(json_member(json, "b"), "b", &flag, &err), 0);
	cr_assert(flag);
	cr_assert_eq(json_string(json_member(json, "b"), "b", &s, &n, &err), -1);
	cr_assert_eq(json_string(json_member(json, "S"), "S", &s, &n, &err), -1);
	cr_assert_eq(json_bool(json_member(json, "s"), "s", &flag, &err), -1);
	cr_assert_eq(json_bool(json_member(json, "none"), "none", &flag, &err), -1);
	cr_assert_null(json_member(json, "B"));
	cr_assert_eq(json_count(json), 3);
	cr_assert_str_eq(json_name(json_first(json)), "s");
	json_free(json);
}

Test(json, text_gives_the_value_back)
{
	static const char text[] = "{\"a\":[1,-2147483649,9007199254740992,\"\\n\",true,null]}";
	struct cJSON *json = good(text);
	char *again = json_text(json);

	cr_assert_str_eq(again, text);
	free(again);
	json_free(json);
}

/* As deep as it may be, with so many around it. */
static char *nested(size_t depth)
{
	char *text = mem_new(2 * depth + 1);

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	return text;
}

Test(json, what_fits_is_one_value_on_one_line_and_not_too_deep)
{
	static const char *const bad[] = {"",     "{",       "[1]\n",  "[1,\n2]", "{\"a\":\r1}",
	                                  "1 2",  "nul",     "\"\n\"", "[1],[2]", "\"\\u0000\"",
	                                  "\xff", "{'a':1}", "]["};
	static const char *const good[] = {"1",           "\"a\\n\"", "{}",
	                                   " [ 1 , 2 ] ", "null",     "12345678901234567890123"};
	cleanup_free char *deepest = nested(JSON_DEPTH - 3);
	cleanup_free char *deeper = nested(JSON_DEPTH - 2);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_not(json_fits(bad[i], strlen(bad[i]), 2), "%s", bad[i]);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert(json_fits(good[i], strlen(good[i]), 2), "%s", good[i]);
	cr_assert(json_fits(deepest, strlen(deepest), 3));
	cr_assert_not(json_fits(deeper, strlen(deeper), 3));
}
