/*
 * Reading replies. A value of the public header is a node of the parsed line, which the reply owns.
 */
#include <string.h>

#include "base/error.h"
#include "client/internal.h"
#include "wire/base64.h"
#include "wire/json.h"
#include "wire/json_write.h"

struct dtree_reply {
	struct cJSON *root;         /* owned; the whole message */
	const struct cJSON *result; /* in it; NULL for a failure */
	const struct cJSON *error;  /* in it; NULL for a result */
	int code;
	char *json; /* owned; made when it is first requested */
};

/* Takes the root. */
static struct dtree_reply *reply_new(struct cJSON *root)
{
	struct dtree_reply *reply = mem_new(sizeof *reply);

	reply->root = root;
	return reply;
}

void dtree_reply_free(struct dtree_reply *reply)
{
	if (!reply)
		return;
	json_free(reply->root);
	free(reply->json);
	free(reply);
}

const struct dtree_value *dtree_reply_trace(const struct dtree_reply *reply)
{
	/* An error of this side has no message around it. */
	if (reply->root == reply->error)
		return NULL;
	return (const struct dtree_value *)json_member(reply->root, "trace");
}

struct dtree_reply *reply_keep(const struct dtree_reply *reply)
{
	/* Every reply is made by reply_new(), so casting const away is safe. */
	struct dtree_reply *old = (struct dtree_reply *)reply;
	struct dtree_reply *kept = mem_new(sizeof *kept);

	*kept = *old;
	*old = (struct dtree_reply){0};
	return kept;
}

/* data.name: the protocol's, or libdtree's own. NULL for a code without one. */
static const char *code_name(int code)
{
	static const struct {
		int code;
		const char *name;
	} own[] = {
	    {DTREE_NO_DAEMON, "NO_DAEMON"},     {DTREE_LOST, "LOST"},
	    {DTREE_TIMEOUT, "TIMEOUT"},         {DTREE_INVALID, "INVALID"},
	    {DTREE_UNREACHABLE, "UNREACHABLE"}, {DTREE_BUSY, "BUSY"},
	};
	const struct error_row *row = error_row(code);

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (own[i].code == code)
			return own[i].name;
	return row ? row->name : NULL;
}

struct dtree_reply *dtree_reply_error(int code, const char *text, bool may_have_run)
{
	enum error_outcome outcome = may_have_run ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN;
	const char *name = code_name(code);
	struct buffer line = {0};
	struct dtree_reply *reply;

	json_open_object(&line, NULL);
	json_add_int(&line, "code", code);
	json_add_text(&line, "message", text);
	json_open_object(&line, "data");
	if (name)
		json_add_text(&line, "name", name);
	json_add_text(&line, "outcome", error_outcome_name(outcome));
	json_close_object(&line);
	json_close_object(&line);
	reply = reply_new(
	    json_parse(buffer_bytes(&line), buffer_size(&line), JSON_REQUEST_VALUES, NULL, NULL));
	buffer_free(&line);
	reply->error = reply->root;
	reply->code = code;
	return reply;
}

/* The code of the error; an error without one is still an error. */
static int error_code_of(const struct cJSON *error)
{
	int64_t code;

	if (json_int(json_member(error, "code"), "code", INT32_MIN, INT32_MAX, &code, NULL) ||
	    !code)
		return ERR_INTERNAL;
	return (int)code;
}

struct dtree_reply *reply_read(const char *line, size_t n, uint64_t *id, struct dtree_error *err)
{
	struct error why;
	struct cJSON *root = json_parse(line, n, JSON_REPLY_VALUES, NULL, &why);
	struct dtree_reply *reply;
	int64_t number;

	if (!root) {
		client_error(err, DTREE_LOST, "a reply that cannot be read: %s", why.text);
		return NULL;
	}
	reply = reply_new(root);
	*id = 0;
	if (json_member(root, "method")) {
		reply->result = json_member(root, "params");
		return reply;
	}
	reply->error = json_member(root, "error");
	reply->result = reply->error ? NULL : json_member(root, "result");
	reply->code = reply->error ? error_code_of(reply->error) : DTREE_OK;
	if (json_int(json_member(root, "id"), "id", 1, JSON_INT_MAX, &number, NULL) == 0) {
		*id = (uint64_t)number;
		return reply;
	}
	if (reply->error)
		return reply;
	client_error(err, DTREE_LOST, "dtreed: a reply without an id");
	dtree_reply_free(reply);
	return NULL;
}

static int progress_number(const struct cJSON *value, double *number)
{
	return json_real(value, number) || *number < 0 ? -1 : 0;
}

bool reply_progress(const struct dtree_reply *reply, uint64_t *id, struct dtree_progress *progress)
{
	const struct cJSON *total = json_member(reply->result, "total");
	const struct cJSON *text = json_member(reply->result, "text");
	const char *method;
	int64_t number;

	if (json_string(json_member(reply->root, "method"), "", &method, NULL, NULL) ||
	    strcmp(method, "progress") != 0)
		return false;
	*progress = (struct dtree_progress){.text = ""};
	*id = 0;
	if (json_int(json_member(reply->result, "id"), "", 1, JSON_INT_MAX, &number, NULL) ||
	    progress_number(json_member(reply->result, "done"), &progress->done) ||
	    (total && progress_number(total, &progress->total)) ||
	    (text && json_string(text, "", &progress->text, NULL, NULL)))
		return true;
	*id = (uint64_t)number;
	return true;
}

int dtree_reply_code(const struct dtree_reply *reply)
{
	return reply->code;
}

static const char *text_in(const struct cJSON *object, const char *name)
{
	const char *text;

	return json_string(json_member(object, name), name, &text, NULL, NULL) ? "" : text;
}

const char *dtree_reply_message(const struct dtree_reply *reply)
{
	return text_in(reply->error, "message");
}

const char *dtree_reply_name(const struct dtree_reply *reply)
{
	return text_in(json_member(reply->error, "data"), "name");
}

const char *dtree_reply_outcome(const struct dtree_reply *reply)
{
	return text_in(json_member(reply->error, "data"), "outcome");
}

const char *dtree_reply_json(const struct dtree_reply *reply, size_t *size)
{
	/* As in reply_keep(). */
	struct dtree_reply *cache = (struct dtree_reply *)reply;
	const struct cJSON *value = reply->error ? reply->error : reply->result;

	if (!cache->json)
		cache->json = value ? json_text(value) : mem_string("null");
	if (size)
		*size = strlen(cache->json);
	return cache->json;
}

const struct dtree_value *dtree_reply_result(const struct dtree_reply *reply)
{
	return (const struct dtree_value *)reply->result;
}

const struct dtree_value *dtree_reply_data(const struct dtree_reply *reply)
{
	return (const struct dtree_value *)json_member(reply->error, "data");
}

/* The member, or the value itself without a name. */
static const struct cJSON *value_at(const struct dtree_value *value, const char *name)
{
	const struct cJSON *json = (const struct cJSON *)value;

	return json && name ? json_member(json, name) : json;
}

int dtree_value_int(const struct dtree_value *value, const char *name, long long *number)
{
	int64_t n;

	if (json_int(value_at(value, name), "", -JSON_INT_MAX, JSON_INT_MAX, &n, NULL))
		return -1;
	*number = n;
	return 0;
}

int dtree_value_bool(const struct dtree_value *value, const char *name, bool *flag)
{
	return json_bool(value_at(value, name), "", flag, NULL);
}

const char *dtree_value_string(const struct dtree_value *value, const char *name, size_t *size)
{
	const char *s;

	return json_string(value_at(value, name), "", &s, size, NULL) ? NULL : s;
}

char *dtree_value_bytes(const struct dtree_value *value, const char *name, size_t *size)
{
	cleanup_free char *other = mem_format("%s_base64", name);
	const char *text = dtree_value_string(value, name, size);
	struct buffer b = {0};
	size_t n;

	if (text) {
		buffer_add(&b, text, *size + 1);
		return b.data;
	}
	text = dtree_value_string(value, other, &n);
	if (!text || base64_read(&b, text, n)) {
		buffer_free(&b);
		return NULL;
	}
	*size = buffer_size(&b);
	buffer_add(&b, "", 1);
	return b.data;
}

const struct dtree_value *dtree_value_first(const struct dtree_value *value, const char *name)
{
	const struct cJSON *json = value_at(value, name);

	return json ? (const struct dtree_value *)json_first(json) : NULL;
}

const struct dtree_value *dtree_value_next(const struct dtree_value *element)
{
	return (const struct dtree_value *)json_next((const struct cJSON *)element);
}

const char *dtree_value_name(const struct dtree_value *member)
{
	return json_name((const struct cJSON *)member);
}

char *dtree_value_json(const struct dtree_value *value)
{
	return value ? json_text((const struct cJSON *)value) : mem_string("null");
}
