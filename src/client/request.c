/* Building a request: its parameters are written as JSON while they are given. */
#include <string.h>

#include "base/parse.h"
#include "client/internal.h"
#include "wire/json.h"
#include "wire/json_write.h"

/* Bytes around the method and the parameters. */
#define FRAME ((size_t)256)

struct dtree_request {
	char *method;         /* owned */
	struct buffer params; /* the beginning of the object or, with `raw`, all of it */
	bool raw;
	bool array; /* the last member is an array that is still open */
	bool traced;
	char *traceparent; /* owned; NULL: none */
	const char *bad;   /* why it cannot be sent; NULL: it can. Static. */
};

static void request_check_string(struct dtree_request *r, const char *s, size_t n)
{
	if (n && (memchr(s, '\0', n) || !parse_utf8(s, n)))
		r->bad = "a string is not valid UTF-8, or has a NUL byte";
}

struct dtree_request *dtree_request_new(const char *method)
{
	struct dtree_request *r = mem_new(sizeof *r);

	r->method = mem_string(method);
	request_check_string(r, method, strlen(method));
	json_open_object(&r->params, NULL);
	return r;
}

void dtree_request_free(struct dtree_request *r)
{
	if (!r)
		return;
	buffer_free(&r->params);
	free(r->traceparent);
	free(r->method);
	free(r);
}

static void array_close(struct dtree_request *r)
{
	if (r->array)
		json_close_array(&r->params);
	r->array = false;
}

void dtree_request_int(struct dtree_request *r, const char *name, long long value)
{
	array_close(r);
	json_add_int(&r->params, name, value);
}

void dtree_request_string(struct dtree_request *r, const char *name, const char *s, size_t n)
{
	array_close(r);
	request_check_string(r, s, n);
	json_add_string(&r->params, name, s, n);
}

void request_traceparent(struct dtree_request *r, const char *traceparent)
{
	if (traceparent && !r->traceparent)
		r->traceparent = mem_string(traceparent);
}

void request_trace(struct dtree_request *r)
{
	r->traced = true;
}

void request_base64(struct dtree_request *r, const char *name, const char *bytes, size_t n)
{
	array_close(r);
	json_add_base64(&r->params, name, bytes, n);
}

void dtree_request_bool(struct dtree_request *r, const char *name, bool value)
{
	array_close(r);
	json_add_bool(&r->params, name, value);
}

void dtree_request_array(struct dtree_request *r, const char *name)
{
	array_close(r);
	json_open_array(&r->params, name);
	r->array = true;
}

void dtree_request_item(struct dtree_request *r, const char *s, size_t n)
{
	request_check_string(r, s, n);
	json_add_string(&r->params, NULL, s, n);
}

void dtree_request_json(struct dtree_request *r, const char *json, size_t n)
{
	buffer_free(&r->params);
	buffer_add(&r->params, json, n);
	r->raw = true;
	r->array = false;
}

/* Checks parameters that the caller wrote: one JSON object, array or null; makes them fit on a
 * line. */
static int check_raw(struct dtree_request *r, struct dtree_error *err)
{
	size_t n = buffer_size(&r->params);
	char *text = n ? buffer_bytes(&r->params) : NULL;
	struct error why;
	struct cJSON *value;
	bool fits;

	value = json_parse(n ? text : "", n, JSON_REQUEST_VALUES, NULL, &why);
	if (!value)
		return client_error(err, DTREE_INVALID, "params: %s", why.text);
	fits = json_is_object(value) || json_is_array(value) || json_is_null(value);
	json_free(value);
	if (!fits)
		return client_error(err, DTREE_INVALID, "params: neither an object nor an array");
	/* In valid JSON a line end is a blank between values. */
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\n' || text[i] == '\r')
			text[i] = ' ';
	return 0;
}

int request_write(struct dtree_request *r, uint64_t id, struct buffer *out, struct dtree_error *err)
{
	size_t size = strlen(r->method) + buffer_size(&r->params);

	if (r->bad)
		return client_error(err, DTREE_INVALID, "%s", r->bad);
	if (size + FRAME > DTREE_REQUEST_MAX)
		return client_error(err, DTREE_INVALID, "a request of %zu bytes is too large",
		                    size);
	if (r->raw && check_raw(r, err))
		return -1;
	array_close(r);
	if (!r->raw)
		json_close_object(&r->params);
	json_open_object(out, NULL);
	json_add_text(out, "jsonrpc", "2.0");
	json_add_int(out, "id", (int64_t)id);
	json_add_text(out, "method", r->method);
	if (r->traceparent)
		json_add_text(out, "traceparent", r->traceparent);
	json_add_raw(out, "params", buffer_bytes(&r->params), buffer_size(&r->params));
	if (r->traced)
		json_add_bool(out, "trace", true);
	json_close_object(out);
	buffer_add(out, "\n", 1);
	return 0;
}
