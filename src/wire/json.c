/*
 * cJSON behind getters that do not guess. Invariant: every tree was made from a text that
 * json_check has passed, so strings are whole and UTF-8, and numbers that cJSON may have rounded
 * carry JSON_INEXACT.
 */
#include "wire/json.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/parse.h"
#include "wire/json_tree.h"
#include "wire/json_write.h"

/* How much of a culprit's name an error repeats. */
#define SHOWN 48

struct cJSON *json_parse(const char *text, size_t n, size_t values, struct json_scan *scan,
                         struct error *err)
{
	struct json_scan own;
	cJSON *json = NULL;

	if (!scan)
		scan = &own;
	if (json_check(text, n, values, scan, err) == 0) {
		json = json_tree(text, n, scan);
		if (!json)
			error_set(err, ERR_LIMIT, "no memory for %zu bytes of JSON", n);
	}
	free(scan->inexact);
	scan->inexact = NULL;
	return json;
}

void json_free(struct cJSON *json)
{
	cJSON_Delete(json);
}

bool json_is_object(const struct cJSON *value)
{
	return cJSON_IsObject(value);
}

bool json_is_array(const struct cJSON *value)
{
	return cJSON_IsArray(value);
}

bool json_is_number(const struct cJSON *value)
{
	return cJSON_IsNumber(value);
}

bool json_is_null(const struct cJSON *value)
{
	return cJSON_IsNull(value);
}

/* The first letter decides nearly always. */
static bool json_is_named(const cJSON *member, const char *name)
{
	return *member->string == *name && strcmp(member->string, name) == 0;
}

const struct cJSON *json_member(const struct cJSON *object, const char *name)
{
	const cJSON *member = cJSON_IsObject(object) ? object->child : NULL;

	while (member && !json_is_named(member, name))
		member = member->next;
	return member;
}

const struct cJSON *json_first(const struct cJSON *value)
{
	return value ? value->child : NULL;
}

const struct cJSON *json_next(const struct cJSON *element)
{
	return element->next;
}

size_t json_count(const struct cJSON *value)
{
	return (size_t)cJSON_GetArraySize(value);
}

const char *json_name(const struct cJSON *member)
{
	return member->string;
}

static int unknown_member(const char *name, const char *const *names, size_t count,
                          struct error *err)
{
	cleanup_free char *shown = parse_printable(name, strlen(name), SHOWN);

	for (size_t i = 0; i < count; i++)
		if (strcasecmp(name, names[i]) == 0)
			return error_set(err, ERR_PARAMS, "unknown member '%s': it is '%s'", shown,
			                 names[i]);
	return error_set(err, ERR_PARAMS, "unknown member '%s'", shown);
}

/* Its place among the names; count: it has none. Members come in the order of the names as a rule,
 * so the search begins behind the place of the one before. */
static size_t json_place(const cJSON *member, const char *const *names, size_t count, size_t from)
{
	for (size_t i = from; i < count; i++)
		if (json_is_named(member, names[i]))
			return i;
	for (size_t i = 0; i < from; i++)
		if (json_is_named(member, names[i]))
			return i;
	return count;
}

int json_members(const struct cJSON *object, const char *const *names, size_t count,
                 const struct cJSON **found, struct error *err)
{
	size_t next = 0;
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		found[i] = NULL;
	for (const cJSON *member = json_first(object); member; member = member->next) {
		size_t i = json_place(member, names, count, next);
		if (rc == 0 && i == count)
			rc = unknown_member(member->string, names, count, err);
		else if (rc == 0 && found[i])
			rc = error_set(err, ERR_PARAMS, "member '%s' stands there twice", names[i]);
		if (i < count && !found[i])
			found[i] = member;
		next = i < count ? i + 1 : next;
	}
	return rc;
}

static int missing(const char *what, struct error *err)
{
	return error_set(err, ERR_PARAMS, "'%s' is missing", what);
}

/* An integer as it was written. */
static int json_exact(const struct cJSON *value, const char *what, int64_t *number,
                      struct error *err)
{
	if (!value)
		return missing(what, err);
	if (!cJSON_IsNumber(value))
		return error_set(err, ERR_PARAMS, "'%s' is not a number", what);
	if (value->type & JSON_INEXACT)
		return error_set(err, ERR_PARAMS, "'%s' is not an integer of at most 2^53", what);
	*number = (int64_t)value->valuedouble;
	return 0;
}

int json_int(const struct cJSON *value, const char *what, int64_t min, int64_t max, int64_t *number,
             struct error *err)
{
	int64_t v = 0;

	if (json_exact(value, what, &v, err))
		return -1;
	if (v < min || v > max)
		return error_set(err, ERR_PARAMS,
		                 "'%s' is %" PRId64 ", not an integer from %" PRId64 " to %" PRId64,
		                 what, v, min, max);
	*number = v;
	return 0;
}

int json_whole(const struct cJSON *value, int64_t *number)
{
	if (!value || !cJSON_IsNumber(value) ||
	    (value->type & JSON_INEXACT && !(value->type & JSON_WHOLE)))
		return -1;
	*number = (int64_t)value->valuedouble;
	return 0;
}

int json_real(const struct cJSON *value, double *number)
{
	if (!value || !cJSON_IsNumber(value) || !isfinite(value->valuedouble))
		return -1;
	*number = value->valuedouble;
	return 0;
}

int json_bool(const struct cJSON *value, const char *what, bool *flag, struct error *err)
{
	if (!value)
		return missing(what, err);
	if (!cJSON_IsBool(value))
		return error_set(err, ERR_PARAMS, "'%s' is neither true nor false", what);
	*flag = cJSON_IsTrue(value);
	return 0;
}

int json_string(const struct cJSON *value, const char *what, const char **s, size_t *size,
                struct error *err)
{
	if (!value)
		return missing(what, err);
	if (!cJSON_IsString(value))
		return error_set(err, ERR_PARAMS, "'%s' is not a string", what);
	*s = value->valuestring;
	if (size)
		*size = strlen(*s);
	return 0;
}

static int json_node(const struct cJSON *value, const char *what,
                     int (*parse)(const char *s, size_t n, const char *what, int *id,
                                  struct error *err),
                     int *id, struct error *err)
{
	char text[sizeof "-9223372036854775808"];
	int64_t v = 0;
	int n;

	if (json_exact(value, what, &v, err))
		return -1;
	if (v != NODE_CONTROLLER && parse_fits_id(v)) {
		*id = (int)v;
		return 0;
	}
	n = snprintf(text, sizeof text, "%" PRId64, v);
	return parse(text, (size_t)n, what, id, err);
}

int json_id(const struct cJSON *value, const char *what, int *id, struct error *err)
{
	return json_node(value, what, parse_id, id, err);
}

int json_parent(const struct cJSON *value, const char *what, int *id, struct error *err)
{
	return json_node(value, what, parse_parent, id, err);
}

static void put_number(struct buffer *b, const char *key, const cJSON *value)
{
	cleanup_free char *text = NULL;

	if (!(value->type & JSON_INEXACT)) {
		json_add_int(b, key, (int64_t)value->valuedouble);
	} else if (isfinite(value->valuedouble)) {
		text = mem_format("%.17g", value->valuedouble);
		json_add_raw(b, key, text, strlen(text));
	} else {
		json_add_null(b, key);
	}
}

/* cJSON's own printing rounds integers of 16 digits. */
static void json_put(struct buffer *b, const char *key, const cJSON *value)
{
	if (cJSON_IsObject(value)) {
		json_open_object(b, key);
		for (const cJSON *member = value->child; member; member = member->next)
			json_put(b, member->string, member);
		json_close_object(b);
	} else if (cJSON_IsArray(value)) {
		json_open_array(b, key);
		for (const cJSON *item = value->child; item; item = item->next)
			json_put(b, NULL, item);
		json_close_array(b);
	} else if (cJSON_IsString(value)) {
		json_add_text(b, key, value->valuestring);
	} else if (cJSON_IsNumber(value)) {
		put_number(b, key, value);
	} else if (cJSON_IsBool(value)) {
		json_add_bool(b, key, cJSON_IsTrue(value));
	} else {
		json_add_null(b, key);
	}
}

char *json_text(const struct cJSON *value)
{
	struct buffer b = {0};

	json_put(&b, NULL, value);
	buffer_add(&b, "", 1);
	return b.data;
}
