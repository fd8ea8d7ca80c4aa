/* Tables of members as JSON Schema. Nothing here keeps state. */
#include "control/schema.h"

#include <limits.h>
#include <string.h>

#include "wire/json_write.h"

/* JSON Schema's names; NULL: another word says it. */
static const char *const schema_types[] = {
    [MEMBER_NODE] = "integer",  [MEMBER_COUNT] = "integer", [MEMBER_INT] = "integer",
    [MEMBER_NUMBER] = "number", [MEMBER_TEXT] = "string",   [MEMBER_BOOL] = "boolean",
    [MEMBER_OBJECT] = "object", [MEMBER_COUNTS] = "object", [MEMBER_ANY] = NULL,
    [MEMBER_ID] = NULL,
};

static void schema_add_members(struct buffer *b, const struct member *members);

static void schema_add_type(struct buffer *b, const struct member *member)
{
	const char *type = schema_types[member->type];

	if (member->type == MEMBER_ID) {
		json_open_array(b, "type");
		json_add_text(b, NULL, "string");
		json_add_text(b, NULL, "integer");
		json_add_text(b, NULL, "null");
		json_close_array(b);
	} else if (type && member->null && !member->list) {
		json_open_array(b, "type");
		json_add_text(b, NULL, type);
		json_add_text(b, NULL, "null");
		json_close_array(b);
	} else if (type) {
		json_add_text(b, "type", type);
	}
}

static void schema_add_words(struct buffer *b, const char *words)
{
	if (!words)
		return;
	json_open_array(b, "enum");
	while (*words) {
		size_t n = strcspn(words, "|");
		json_add_string(b, NULL, words, n);
		words += n + (words[n] == '|');
	}
	json_close_array(b);
}

/* What is said of one value, in the object that is open. */
static void schema_add_value(struct buffer *b, const struct member *member)
{
	schema_add_type(b, member);
	switch (member->type) {
	case MEMBER_NODE:
		json_add_int(b, "minimum", INT_MIN);
		json_add_int(b, "maximum", INT_MAX);
		break;
	case MEMBER_COUNT:
		json_add_int(b, "minimum", 0);
		break;
	case MEMBER_TEXT:
		schema_add_words(b, member->words);
		break;
	case MEMBER_OBJECT:
		schema_add_members(b, member->of);
		break;
	case MEMBER_COUNTS:
		json_open_object(b, "additionalProperties");
		json_add_text(b, "type", "integer");
		json_add_int(b, "minimum", 0);
		json_close_object(b);
		break;
	case MEMBER_INT:
	case MEMBER_NUMBER:
	case MEMBER_BOOL:
	case MEMBER_ANY:
	case MEMBER_ID:
		break;
	}
}

static void schema_add_member(struct buffer *b, const struct member *member)
{
	json_open_object(b, member->name);
	if (member->list) {
		json_add_text(b, "type", "array");
		json_open_object(b, "items");
	}
	schema_add_value(b, member);
	if (member->list)
		json_close_object(b);
	json_close_object(b);
}

/* The members of an object whose type has been said. */
static void schema_add_members(struct buffer *b, const struct member *members)
{
	json_open_array(b, "required");
	for (const struct member *member = members; member->name; member++)
		if (!member->optional)
			json_add_text(b, NULL, member->name);
	json_close_array(b);
	json_open_object(b, "properties");
	for (const struct member *member = members; member->name; member++)
		schema_add_member(b, member);
	json_close_object(b);
	json_add_bool(b, "additionalProperties", false);
}

void schema_add(struct buffer *b, const char *key, const struct member *const tables[SCHEMAS])
{
	json_open_object(b, key);
	json_add_text(b, "type", "object");
	if (!tables[0] || !tables[1]) {
		schema_add_members(b, tables[0] ? tables[0] : members_nothing);
		json_close_object(b);
		return;
	}
	json_open_array(b, "anyOf");
	for (size_t i = 0; i < SCHEMAS && tables[i]; i++) {
		json_open_object(b, NULL);
		schema_add_members(b, tables[i]);
		json_close_object(b);
	}
	json_close_array(b);
	json_close_object(b);
}
