/* JSON that is written: commas, what is escaped, sizes. */
#include "wire/json_write.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/json.h"

TestSuite(json_write, .timeout = 60);

/* The text is as wanted; the buffer is empty then. */
static void written(struct buffer *b, const char *wanted)
{
	buffer_add(b, "", 1);
	cr_assert_str_eq(buffer_bytes(b), wanted);
	b->end = b->start;
}

Test(json_write, it_sets_commas)
{
	struct buffer b = {0};

	json_open_object(&b, NULL);
	json_add_int(&b, "min", INT64_MIN);
	json_add_text(&b, "text", "x:");
	json_add_text(&b, "more", "{");
	json_open_array(&b, "list");
	json_close_array(&b);
	json_open_array(&b, "items");
	json_add_bool(&b, NULL, true);
	json_add_null(&b, NULL);
	json_open_object(&b, NULL);
	json_close_object(&b);
	json_add_raw(&b, NULL, "[0]", 3);
	json_close_array(&b);
	json_close_object(&b);
	buffer_add(&b, "\n", 1);
	json_add_bool(&b, NULL, false);
	written(&b, "{\"min\":-9223372036854775808,\"text\":\"x:\",\"more\":\"{\",\"list\":[],"
	            "\"items\":[true,null,{},[0]]}\nfalse");
	buffer_free(&b);
}

Test(json_write, it_escapes_and_repairs)
{
	struct buffer b = {0};

	json_add_string(&b, NULL, "a\"\\/\b\t\n\f\r\x01\x1f\x7f\0z", 14);
	written(&b, "\"a\\\"\\\\/\\b\\t\\n\\f\\r\\u0001\\u001f\\u007f\\u0000z\"");
	json_add_text(&b, NULL, "\xc3\xa4\xf0\x9f\x98\x80");
	written(&b, "\"\xc3\xa4\xf0\x9f\x98\x80\"");
	json_add_text(&b, NULL, "a\xff\xc3\xa4\xc3\"");
	written(&b, "\"a\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\\\"\"");
	buffer_free(&b);
}

Test(json_write, it_escapes_what_some_readers_take_for_the_end_of_a_line)
{
	struct buffer b = {0};
	static const char text[] = "a\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\xe2\x80";

	json_add_string(&b, NULL, text, strlen(text) - 2);
	json_add_string(&b, NULL, text, strlen(text));
	json_add_raw(&b, NULL, "[\"\xe2\x80\xa8\"]", 7);
	buffer_add(&b, "", 1);
	cr_assert_str_eq(buffer_bytes(&b),
	                 "\"a\\u2028\\u2029\xe2\x80\xaa\","
	                 "\"a\\u2028\\u2029\xe2\x80\xaa\xef\xbf\xbd\xef\xbf\xbd\",[\"\\u2028\"]");
	buffer_free(&b);
}

Test(json_write, it_and_the_reader_agree_on_every_byte)
{
	char all[127];
	struct buffer b = {0};
	struct error err;
	const char *s;
	size_t n;

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (char)(i + 1);
	json_add_string(&b, NULL, all, sizeof all);
	struct cJSON *json =
	    json_parse(buffer_bytes(&b), buffer_size(&b), JSON_REQUEST_VALUES, NULL, &err);
	cr_assert(json, "%s", err.text);
	cr_assert_eq(json_string(json, "all", &s, &n, &err), 0);
	cr_assert_eq(n, sizeof all);
	cr_assert_eq(memcmp(s, all, n), 0);
	json_free(json);
	buffer_free(&b);
}

Test(json_write, it_takes_64_mib)
{
	size_t n = (size_t)64 * 1024 * 1024;
	char *big = mem_try(n);
	struct buffer b = {0};

	memset(big, 'x', n);
	json_add_string(&b, "result", big, n);
	cr_assert_eq(buffer_size(&b), n + strlen("\"result\":\"\""));
	buffer_free(&b);
	free(big);
}

Test(json_write, the_size_of_a_string_is_known_before)
{
	static const char *const texts[] = {
	    "",
	    "a",
	    "\"\\\n\t\x01\x1f\x7f",
	    "\xc3\xa4",
	    "\xe2\x80\xa8",
	    "\xe2\x80\xa8\xe2\x80\xa9",
	    "a\xe2\x80\xa6\xe2\x80\xa9z",
	    "\xe2\x82\xac",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct buffer b = {0};
		json_add_text(&b, NULL, texts[i]);
		cr_assert_eq(json_string_size(texts[i], strlen(texts[i])), buffer_size(&b) - 2,
		             "%s", texts[i]);
		buffer_free(&b);
	}
}
