/* Tables of members as JSON Schema, to the letter. */
#include <criterion/criterion.h>
#include <string.h>

#include "control/schema.h"

TestSuite(schema, .timeout = 20);

static void schema_is(const struct member *const tables[SCHEMAS], const char *expected)
{
	struct buffer b = {0};

	schema_add(&b, NULL, tables);
	buffer_add(&b, "", 1);
	cr_assert_str_eq(buffer_bytes(&b), expected);
	buffer_free(&b);
}

Test(schema, each_type_has_its_words)
{
	static const struct member inner[] = {{"x", .type = MEMBER_BOOL}, {.name = NULL}};
	static const struct member members[] = {
	    {"node", .type = MEMBER_NODE},
	    {"count", .type = MEMBER_COUNT, .null = true},
	    {"int", .type = MEMBER_INT, .optional = true},
	    {"number", .type = MEMBER_NUMBER},
	    {"text", .type = MEMBER_TEXT, .words = "a|b c"},
	    {"list", .type = MEMBER_OBJECT, .list = true, .of = inner},
	    {"counts", .type = MEMBER_COUNTS},
	    {"any", .type = MEMBER_ANY, .optional = true},
	    {"id", .type = MEMBER_ID},
	    {.name = NULL},
	};

	schema_is(
	    (const struct member *const[SCHEMAS]){members},
	    "{\"type\":\"object\",\"required\":[\"node\",\"count\",\"number\",\"text\",\"list\","
	    "\"counts\",\"id\"],\"properties\":{"
	    "\"node\":{\"type\":\"integer\",\"minimum\":-2147483648,\"maximum\":2147483647},"
	    "\"count\":{\"type\":[\"integer\",\"null\"],\"minimum\":0},"
	    "\"int\":{\"type\":\"integer\"},"
	    "\"number\":{\"type\":\"number\"},"
	    "\"text\":{\"type\":\"string\",\"enum\":[\"a\",\"b c\"]},"
	    "\"list\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"x\"],"
	    "\"properties\":{\"x\":{\"type\":\"boolean\"}},\"additionalProperties\":false}},"
	    "\"counts\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\","
	    "\"minimum\":0}},"
	    "\"any\":{},"
	    "\"id\":{\"type\":[\"string\",\"integer\",\"null\"]}},"
	    "\"additionalProperties\":false}");
}

Test(schema, alternatives_stand_beside_each_other)
{
	static const struct member one[] = {{"a", .type = MEMBER_BOOL}, {.name = NULL}};

	schema_is((const struct member *const[SCHEMAS]){one, members_nothing},
	          "{\"type\":\"object\",\"anyOf\":[{\"required\":[\"a\"],\"properties\":{\"a\":{"
	          "\"type\":\"boolean\"}},\"additionalProperties\":false},{\"required\":[],"
	          "\"properties\":{},\"additionalProperties\":false}]}");
}

Test(schema, without_a_table_there_are_no_members)
{
	schema_is((const struct member *const[SCHEMAS]){NULL},
	          "{\"type\":\"object\",\"required\":[],\"properties\":{},"
	          "\"additionalProperties\":false}");
}

Test(schema, each_event_has_its_own_type_and_what_all_have)
{
	for (int type = 0; type < EVENT_TYPES; type++) {
		cleanup_free char *head = mem_format("{\"type\":\"object\",\"required\":["
		                                     "\"subscription\",\"seq\",\"time\",\"type\"");
		cleanup_free char *word =
		    mem_format("\"type\":{\"type\":\"string\",\"enum\":[\"%s\"]}",
		               event_type_name((enum event_type)type));
		struct buffer b = {0};

		schema_add_event(&b, NULL, (enum event_type)type);
		buffer_add(&b, "", 1);
		cr_assert(strncmp(buffer_bytes(&b), head, strlen(head)) == 0, "%s",
		          buffer_bytes(&b));
		cr_assert(strstr(buffer_bytes(&b), word), "%s", buffer_bytes(&b));
		buffer_free(&b);
	}
}
