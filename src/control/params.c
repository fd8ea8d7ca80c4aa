/* Parameters by their rows: reading and describing. Nothing here keeps state. */
#include "control/params.h"

#include <limits.h>
#include <string.h>

#include "base/parse.h"
#include "control/call.h"
#include "wire/json.h"
#include "wire/json_write.h"

/* JSON Schema's names. */
static const char *const schemas[] = {
    [PARAM_ID] = NULL,         [PARAM_PARENT] = NULL,    [PARAM_NEW_ID] = "integer",
    [PARAM_INT] = "integer",   [PARAM_BOOL] = "boolean", [PARAM_STRING] = "string",
    [PARAM_STRINGS] = "array", [PARAM_REQUEST] = NULL,
};

static int params_read_strings(const struct cJSON *json, const char *name, struct error *err)
{
	const char *ignored;

	if (!json_is_array(json))
		return error_set(err, ERR_PARAMS, "'%s' is not an array", name);
	for (const struct cJSON *item = json_first(json); item; item = json_next(item))
		if (json_string(item, name, &ignored, NULL, NULL))
			return error_set(err, ERR_PARAMS, "'%s' holds what is not a string", name);
	return 0;
}

static int params_read_call_id(const struct cJSON *json, const char *name, struct error *err)
{
	cleanup_free char *id = NULL;

	if (json_is_null(json) || call_read_id(json, &id, err))
		return error_set(err, ERR_PARAMS, "'%s' is no id of a request", name);
	return 0;
}

/* Of "@NAME" what is behind the '@'; NULL: it is no such string. */
static const char *params_node_name(const struct cJSON *json)
{
	const char *text;

	return json_string(json, "", &text, NULL, NULL) == 0 && *text == '@' ? text + 1 : NULL;
}

static int params_read_node(const struct controller *c, const struct param *param,
                            const struct cJSON *json, struct value *v, struct error *err)
{
	const char *name = param->type == PARAM_NEW_ID ? NULL : params_node_name(json);
	int id;
	int r;

	if (name)
		r = controller_find(c, name, &id, err);
	else if (param->type == PARAM_PARENT)
		r = json_parent(json, param->name, &id, err);
	else
		r = json_id(json, param->name, &id, err);
	if (r == 0)
		v->number = id;
	return r;
}

static int params_read_one(const struct controller *c, const struct param *param,
                           const struct cJSON *json, struct value *v, struct error *err)
{
	v->given = true;
	switch (param->type) {
	case PARAM_ID:
	case PARAM_PARENT:
	case PARAM_NEW_ID:
		return params_read_node(c, param, json, v, err);
	case PARAM_INT:
		return json_int(json, param->name, param->min, param->max, &v->number, err);
	case PARAM_BOOL:
		return json_bool(json, param->name, &v->flag, err);
	case PARAM_STRING:
		return json_string(json, param->name, &v->text, &v->size, err);
	case PARAM_STRINGS:
		v->list = json;
		return params_read_strings(json, param->name, err);
	case PARAM_REQUEST:
		v->id = json;
		return params_read_call_id(json, param->name, err);
	}
	return error_set(err, ERR_INTERNAL, "'%s' has no type", param->name);
}

int params_nodes(const struct controller *c, const char *text, const char *name, int *ids,
                 size_t *count, struct error *err)
{
	*count = 0;
	while (*text) {
		size_t n = strcspn(text, ",");
		cleanup_free char *word = mem_copy(text, n);
		int *id = &ids[*count];

		if (++*count > AFTER_MAX)
			return error_set(err, ERR_PARAMS, "'%s' has more than %d nodes", name,
			                 AFTER_MAX);
		if (*word == '@' ? controller_find(c, word + 1, id, err)
		                 : parse_id(word, n, name, id, err))
			return -1;
		text += n + (text[n] == ',');
	}
	return 0;
}

/* Appends the method's parameters to the text of the error. */
static void params_add_names(const struct method *method, struct error *err)
{
	struct buffer text = {0};

	buffer_format(&text, "%s; %s takes %s", err->text, method->name,
	              method->params[0].name ? "" : "no parameters");
	for (const struct param *param = method->params; param->name; param++)
		buffer_format(&text, "%s%s", param == method->params ? "" : ", ", param->name);
	buffer_add(&text, "", 1);
	error_set(err, ERR_PARAMS, "%s", buffer_bytes(&text));
	buffer_free(&text);
}

/* Fills in the names of a method's parameters: gives their number. */
static size_t params_names(const struct method *method, const char *names[PARAMS])
{
	size_t count = 0;

	for (; method->params[count].name; count++)
		names[count] = method->params[count].name;
	return count;
}

static int params_by_name(const struct method *method, const struct cJSON *params,
                          const struct cJSON *given[PARAMS], struct error *err)
{
	const char *names[PARAMS];
	size_t count = params_names(method, names);

	if (json_members(params, names, count, given, err)) {
		params_add_names(method, err);
		return -1;
	}
	return 0;
}

static int params_by_position(const struct method *method, const struct cJSON *params,
                              const struct cJSON *given[PARAMS], struct error *err)
{
	const char *names[PARAMS];
	size_t count = params_names(method, names);
	size_t most = json_count(params);
	const struct cJSON *item = json_first(params);

	if (most > count) {
		error_set(err, ERR_PARAMS, "'params' has %zu values", most);
		params_add_names(method, err);
		return -1;
	}
	for (size_t i = 0; item; i++, item = json_next(item))
		given[i] = json_is_null(item) ? NULL : item;
	return 0;
}

int params_read(const struct controller *c, const struct method *method, const struct cJSON *params,
                struct value v[PARAMS], struct error *err)
{
	const struct cJSON *given[PARAMS] = {NULL};

	if (params && json_is_array(params)) {
		if (params_by_position(method, params, given, err))
			return -1;
	} else if (params && json_is_object(params)) {
		if (params_by_name(method, params, given, err))
			return -1;
	} else if (params && !json_is_null(params)) {
		return error_set(err, ERR_PARAMS, "'params' is neither an object nor an array");
	}
	for (size_t i = 0; method->params[i].name; i++) {
		const struct param *param = &method->params[i];
		v[i] = (struct value){0};
		if (!given[i] && param->required)
			return error_set(err, ERR_PARAMS, "'%s' is missing", param->name);
		if (given[i] && params_read_one(c, param, given[i], &v[i], err))
			return -1;
	}
	return 0;
}

/* A string, or an integer. */
static void params_describe_either(struct buffer *b)
{
	json_open_array(b, "type");
	json_add_text(b, NULL, "string");
	json_add_text(b, NULL, "integer");
	json_close_array(b);
}

static void params_describe_choice(choice_fn *choice, struct buffer *b)
{
	if (!choice)
		return;
	json_open_array(b, "enum");
	for (size_t i = 0; choice(i); i++)
		json_add_text(b, NULL, choice(i));
	json_close_array(b);
}

static void params_describe_schema(const struct param *param, struct buffer *b)
{
	bool named = param->type == PARAM_ID || param->type == PARAM_PARENT;

	json_open_object(b, "schema");
	if (schemas[param->type])
		json_add_text(b, "type", schemas[param->type]);
	if (named) {
		params_describe_either(b);
		json_add_text(b, "pattern", "^@");
	}
	if (named || param->type == PARAM_NEW_ID) {
		json_add_int(b, "minimum", INT_MIN);
		json_add_int(b, "maximum", INT_MAX);
	} else if (param->type == PARAM_INT) {
		json_add_int(b, "minimum", param->min);
		json_add_int(b, "maximum", param->max);
	} else if (param->type == PARAM_REQUEST) {
		params_describe_either(b);
	} else if (param->type == PARAM_STRINGS) {
		json_open_object(b, "items");
		json_add_text(b, "type", "string");
		params_describe_choice(param->choice, b);
		json_close_object(b);
	}
	json_close_object(b);
}

/* A method object of the OpenRPC specification, 1.3. */
void method_describe(const struct method *method, struct buffer *b)
{
	json_open_object(b, NULL);
	json_add_text(b, "name", method->name);
	json_add_text(b, "summary", method->summary);
	json_add_text(b, "paramStructure", "either");
	json_add_text(b, "x-role", role_name(method->role));
	json_open_array(b, "params");
	for (const struct param *param = method->params; param->name; param++) {
		json_open_object(b, NULL);
		json_add_text(b, "name", param->name);
		json_add_text(b, "summary", param->summary);
		json_add_bool(b, "required", param->required);
		params_describe_schema(param, b);
		json_close_object(b);
	}
	json_close_array(b);
	json_open_object(b, "result");
	json_add_text(b, "name", "result");
	json_add_text(b, "summary", method->result);
	schema_add(b, "schema", method->members);
	json_close_object(b);
	json_close_object(b);
}
