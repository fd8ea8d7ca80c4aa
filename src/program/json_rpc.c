/*
 * JSON-RPC 2.0, both ways: calls have ids and are answered in any order. The program may ask us
 * (ping), and say things (log).
 *
 * Owns what came of the message that is not whole yet, and how far the greeting has come.
 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "program/detail.h"
#include "program/framing.h"
#include "program/internal.h"
#include "program/progress.h"
#include "wire/json.h"
#include "wire/json_write.h"

/* Of a message beside the result. */
#define MESSAGE_EXTRA ((size_t)64 * 1024)
#define NO_METHOD     (-32601)

struct json_rpc {
	struct framing framing;
	int64_t last;   /* id given */
	size_t greeted; /* hello lines that were sent */
	char *awaited;  /* owned: the id of the last of them, as text; NULL: it has none */
};

static void *json_open(struct resident *r)
{
	const struct program_spec *spec = resident_engine(r)->spec;
	struct json_rpc *j = mem_new(sizeof *j);

	j->framing.kind = spec->framing;
	j->framing.max = (size_t)spec->reply_max + MESSAGE_EXTRA;
	return j;
}

static void json_close(void *memory)
{
	struct json_rpc *j = memory;

	framing_free(&j->framing);
	free(j->awaited);
	free(j);
}

/* The id of a message, as text: new memory. NULL: it has none, or is no message. */
static char *json_id_of(const char *text)
{
	struct cJSON *json = json_parse(text, strlen(text), JSON_REQUEST_VALUES, NULL, NULL);
	const struct cJSON *id = json ? json_member(json, "id") : NULL;
	char *found = id ? json_text(id) : NULL;

	json_free(json);
	return found;
}

/* Appends lines up to the first that needs an answer. */
static bool json_greet(struct resident *r, struct buffer *out)
{
	const struct program_spec *spec = resident_engine(r)->spec;
	struct json_rpc *j = resident_memory(r);

	while (spec->hello && spec->hello[j->greeted] && !j->awaited) {
		const char *line = spec->hello[j->greeted++];
		framing_write(spec->framing, out, line, strlen(line));
		j->awaited = json_id_of(line);
	}
	return !j->awaited;
}

/* `method = first`: the first argument names it, the second, if there is one, is its params. */
static int own_method(const struct call *call, struct buffer *text, struct error *err)
{
	const char *method = call->args;
	size_t size = call->size ? strlen(method) : 0;
	const char *params = size + 1 < call->size ? method + size + 1 : NULL;
	size_t params_size = params ? strlen(params) : 0;
	struct json_scan scan = {0};
	int rc;

	if (!size)
		return error_set(err, ERR_SERVICE, "the first argument is to name a method");
	if (params && size + 1 + params_size + 1 < call->size)
		return error_set(err, ERR_SERVICE, "there are arguments behind the params");
	json_add_text(text, "method", method);
	if (!params)
		return 0;
	rc = json_check(params, params_size, JSON_REQUEST_VALUES, &scan, err);
	free(scan.inexact);
	if (rc) {
		err->code = ERR_SERVICE;
		return -1;
	}
	params += strspn(params, " \t\r\n");
	if (*params != '{' && *params != '[')
		return error_set(err, ERR_SERVICE, "params are an object or an array");
	json_add_raw(text, "params", params, strlen(params));
	return 0;
}

static void exec_method(const struct engine *e, const struct call *call, struct buffer *text)
{
	const char *end = call->args + call->size;

	/* These names are the same in each. */
	buffer_add_string(text, ",\"method\":\"exec\",\"params\":{\"args\":[");
	for (const char *at = call->args; at < end; at += strlen(at) + 1)
		json_add_text(text, NULL, at);
	buffer_add_string(text, "],\"node\":");
	json_add_int(text, NULL, e->node.id);
	if (call->probe)
		json_add_int(text, "timeout_ms", e->spec->probe_timeout_ms);
	else if (call->deadline)
		json_add_int(text, "timeout_ms", call->deadline - clock_ns_ms(call->times.begun));
	json_close_object(text);
}

static int json_ask(struct resident *r, struct call *call, struct buffer *out, struct error *err)
{
	const struct engine *e = resident_engine(r);
	struct json_rpc *j = resident_memory(r);
	struct buffer own = {0};
	struct buffer *text = framing_open(e->spec->framing, out, &own);
	int rc = 0;

	buffer_add_string(text, "{\"jsonrpc\":\"2.0\",\"id\":");
	json_add_int(text, NULL, j->last + 1);
	if (e->spec->method_first)
		rc = own_method(call, text, err);
	else
		exec_method(e, call, text);
	if (call->traceparent)
		json_add_text(text, "traceparent", call->traceparent);
	json_close_object(text);
	framing_close(e->spec->framing, out, &own);
	if (rc == 0)
		call->number = ++j->last;
	return rc;
}

/* Foreign protocols do not agree on the name of the id (LSP 3.17 "$/cancelRequest", MCP 2025-06-18
 * "notifications/cancelled"), and do not mind another. */
static void json_cancel(struct resident *r, struct call *call, struct buffer *out)
{
	const struct program_spec *spec = resident_engine(r)->spec;
	struct buffer text = {0};

	json_open_object(&text, NULL);
	json_add_text(&text, "jsonrpc", "2.0");
	json_add_text(&text, "method", spec->cancel_method);
	json_open_object(&text, "params");
	json_add_int(&text, "id", call->number);
	if (spec->method_first)
		json_add_int(&text, "requestId", call->number);
	json_close_object(&text);
	json_close_object(&text);
	framing_write(spec->framing, out, buffer_bytes(&text), buffer_size(&text));
	buffer_free(&text);
}

static void json_take_error(struct resident *r, struct call *call, const struct cJSON *error)
{
	const char *message = "it answered with an error that says nothing";
	size_t size = strlen(message);

	json_string(json_member(error, "message"), "message", &message, &size, NULL);
	resident_answered(r, call,
	                  &(struct answer){.kind = ANSWER_REFUSED,
	                                   .text = mem_copy(message, size),
	                                   .size = size,
	                                   .detail = detail_of_error(error)});
}

static void json_take_result(struct resident *r, struct call *call, const struct cJSON *result)
{
	const char *borrowed;
	char *text = NULL;
	size_t size = 0;

	if (json_string(result, "result", &borrowed, &size, NULL) == 0) {
		text = mem_copy(borrowed, size);
	} else if (!json_is_null(result)) {
		text = json_text(result);
		size = strlen(text);
	}
	resident_answered(r, call,
	                  &(struct answer){.kind = ANSWER_DONE, .text = text, .size = size});
}

/* The first words have been answered: the next of them may go. */
static void json_take_greeting(struct resident *r)
{
	struct json_rpc *j = resident_memory(r);
	struct buffer out = {0};

	free(j->awaited);
	j->awaited = NULL;
	if (json_greet(r, &out))
		resident_ready(r);
	resident_write(r, &out);
	buffer_free(&out);
}

static bool json_is_greeting(struct resident *r, const struct cJSON *id)
{
	const struct json_rpc *j = resident_memory(r);
	cleanup_free char *text = j->awaited ? json_text(id) : NULL;

	return text && strcmp(j->awaited, text) == 0;
}

static struct call *json_call(struct resident *r, const struct cJSON *id)
{
	struct call *call = NULL;
	int64_t number = 0;

	if (json_whole(id, &number) == 0 && number > 0)
		DL_SEARCH_SCALAR(resident_engine(r)->begun, call, number, number);
	return call;
}

static void json_take_answer(struct resident *r, const struct cJSON *m, const struct cJSON *id)
{
	struct call *call;

	if (json_is_greeting(r, id)) {
		json_take_greeting(r);
		return;
	}
	call = json_call(r, id);
	if (!call)
		resident_complain(r, "answered what it was not asked, or no more: it is dropped");
	else if (json_member(m, "error"))
		json_take_error(r, call, json_member(m, "error"));
	else
		json_take_result(r, call, json_member(m, "result"));
}

/* Of one that is answered or cancelled by now it is late, and no fault. */
static void json_take_progress(struct resident *r, const struct cJSON *params)
{
	struct call *call = json_call(r, json_member(params, "id"));

	if (call && !call->probe && progress_take(resident_engine(r), call, params))
		resident_complain(r, "told of a progress that is none: it is dropped");
}

/* A request of the program to us. */
static void json_take_request(struct resident *r, const struct cJSON *id, const char *method)
{
	const struct program_spec *spec = resident_engine(r)->spec;
	cleanup_free char *id_text = json_text(id);
	struct buffer text = {0};
	struct buffer out = {0};

	json_open_object(&text, NULL);
	json_add_text(&text, "jsonrpc", "2.0");
	json_add_raw(&text, "id", id_text, strlen(id_text));
	if (strcmp(method, "ping") == 0) {
		json_open_object(&text, "result");
		json_close_object(&text);
	} else {
		json_open_object(&text, "error");
		json_add_int(&text, "code", NO_METHOD);
		json_add_text(&text, "message", "there is no such method");
		json_close_object(&text);
	}
	json_close_object(&text);
	framing_write(spec->framing, &out, buffer_bytes(&text), buffer_size(&text));
	resident_write(r, &out);
	buffer_free(&text);
	buffer_free(&out);
}

/* Something has happened, the program says: a type, and any data. */
static void json_take_event(struct resident *r, const struct cJSON *params)
{
	const struct cJSON *data = json_member(params, "data");
	cleanup_free char *text = data ? json_text(data) : mem_string("null");
	const char *type;
	size_t size;

	if (json_string(json_member(params, "type"), "type", &type, &size, NULL) ||
	    !event_type_valid(type, size))
		resident_complain(r, "said an event without a good type: it is dropped");
	else if (strlen(text) > EVENT_DATA_MAX || !json_fits(text, strlen(text), 2))
		resident_complain(r, "said an event with too much data: it is dropped");
	else
		announce_event(&resident_engine(r)->announce, type, text, strlen(text));
}

/* A level of another name is the usual one. */
static void json_take_log(struct resident *r, const struct cJSON *params)
{
	enum log_level level = LOG_LEVEL_INFO;
	const char *word;
	const char *text;
	size_t size;

	if (json_string(json_member(params, "text"), "text", &text, &size, NULL))
		return;
	if (json_string(json_member(params, "level"), "level", &word, NULL, NULL) ||
	    log_level_parse(word, &level))
		level = LOG_LEVEL_INFO;
	resident_say(r, level, text, size);
}

/* Others are for nobody here. */
static void json_take_notification(struct resident *r, const char *method,
                                   const struct cJSON *params)
{
	if (strcmp(method, "event") == 0)
		json_take_event(r, params);
	else if (strcmp(method, "log") == 0)
		json_take_log(r, params);
	else if (strcmp(method, "progress") == 0)
		json_take_progress(r, params);
}

static bool json_take(struct resident *r, const char *text, size_t n)
{
	struct cJSON *m = json_parse(text, n, JSON_REPLY_VALUES, NULL, NULL);
	const struct cJSON *id = json_member(m, "id");
	const char *method = NULL;
	bool good = m && json_is_object(m);

	if (good && json_member(m, "method"))
		good = json_string(json_member(m, "method"), "method", &method, NULL, NULL) == 0;
	else
		good = good && id;
	if (!good) {
		cleanup_free char *shown = parse_printable(text, n, 64);
		cleanup_free char *why = mem_format("said what is no JSON-RPC message: %s", shown);
		resident_distrust(r, why);
	} else if (method && id) {
		json_take_request(r, id, method);
	} else if (method) {
		json_take_notification(r, method, json_member(m, "params"));
	} else {
		json_take_answer(r, m, id);
	}
	json_free(m);
	return good;
}

static bool json_hear(struct resident *r, const char *bytes, size_t n)
{
	struct json_rpc *j = resident_memory(r);
	char *text;
	size_t size;
	int rc;

	framing_take(&j->framing, bytes, n);
	while ((rc = framing_next(&j->framing, &text, &size)) > 0)
		if (!json_take(r, text, size))
			return false;
	if (rc < 0)
		resident_distrust(r, "wrote what is too large for a message, or has no good "
		                     "header");
	return rc == 0;
}

const struct dialect dialect_json = {
    .open = json_open,
    .close = json_close,
    .greet = json_greet,
    .ask = json_ask,
    .hear = json_hear,
    .cancel = json_cancel,
};
