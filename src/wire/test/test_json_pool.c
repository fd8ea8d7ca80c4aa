/* cJSON's memory from a pool: trees are the same as with malloc, in any order of making and
 * freeing, and of any size. */
#include "wire/json_pool.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"
#include "wire/json.h"

/* Values in the large one; each takes more than 64 bytes. */
#define MANY 4096

TestSuite(json_pool, .init = json_pool_use);

static struct cJSON *parse(const char *text)
{
	struct error err;
	struct cJSON *json = json_parse(text, strlen(text), JSON_REQUEST_VALUES, NULL, &err);

	cr_assert_not_null(json, "%s", err.text);
	return json;
}

static void assert_text(const struct cJSON *json, const char *wanted)
{
	cleanup_free char *text = json_text(json);

	cr_assert_str_eq(text, wanted);
}

/* [0,1,2,...] */
static char *large(void)
{
	struct buffer b = {0};

	for (int i = 0; i < MANY; i++)
		buffer_format(&b, "%c%d", i ? ',' : '[', i);
	buffer_add(&b, "]", 2);
	return b.data;
}

Test(json_pool, one_after_another)
{
	for (int i = 0; i < 1000; i++) {
		struct cJSON *json = parse("{\"a\":[1,\"two\",{\"b\":null}]}");

		assert_text(json, "{\"a\":[1,\"two\",{\"b\":null}]}");
		json_free(json);
	}
}

Test(json_pool, one_that_is_larger_than_the_pool)
{
	cleanup_free char *text = large();

	for (int i = 0; i < 3; i++) {
		struct cJSON *json = parse(text);

		assert_text(json, text);
		json_free(json);
	}
}

Test(json_pool, several_at_once_in_any_order)
{
	cleanup_free char *text = large();
	struct cJSON *first = parse("[\"first\"]");
	struct cJSON *second = parse(text);
	struct cJSON *third = parse("{\"third\":3}");

	json_free(second);
	second = parse("[\"second\"]");
	json_free(first);
	first = parse("[1]");
	assert_text(first, "[1]");
	assert_text(second, "[\"second\"]");
	assert_text(third, "{\"third\":3}");
	json_free(third);
	json_free(first);
	assert_text(second, "[\"second\"]");
	json_free(second);
}

Test(json_pool, what_is_no_json_leaves_nothing)
{
	for (int i = 0; i < 1000; i++)
		cr_assert_null(
		    json_parse("{\"a\":[1,\"two\",", 14, JSON_REQUEST_VALUES, NULL, NULL));
	json_free(parse("[1]"));
}
