/*
 * The table of methods, and the way of a line to them. Nothing here lasts: a request that is
 * pending belongs to its client (request.h).
 */
#include "control/rpc.h"

#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/parse.h"
#include "control/cmd_all.h"
#include "control/cmd_cancel.h"
#include "control/cmd_event.h"
#include "control/cmd_exec.h"
#include "control/cmd_node.h"
#include "control/cmd_tree.h"
#include "control/params.h"
#include "control/request.h"
#include "wire/json.h"
#include "wire/json_write.h"

/* How much of a culprit an error repeats. */
#define SHOWN 48

static enum handled run_discover(struct request *r, const struct value *v, struct error *err);

static const struct method method_discover = {
    .name = "rpc.discover",
    .summary = "every method with its parameters and its result",
    .result = "{\"openrpc\":\"1.3.2\",\"info\":{...},\"methods\":[...]}",
    .run = run_discover,
};

static const struct method *const methods[] = {
    &method_hello,     &method_create,    &method_exec,        &method_exec_all,
    &method_exec_open, &method_exec_feed, &method_exec_close,  &method_ping,
    &method_pingall,   &method_heartbeat, &method_kill,        &method_cancel,
    &method_start,     &method_stop,      &method_restart,     &method_tree,
    &method_status,    &method_subscribe, &method_unsubscribe, &method_shutdown,
    &method_discover,
};

/* An OpenRPC document, as rpc.discover gives it by that specification. */
static enum handled run_discover(struct request *r, const struct value *v, struct error *err)
{
	struct buffer *b = request_result(r);

	(void)v;
	(void)err;
	json_open_object(b, NULL);
	json_add_text(b, "openrpc", "1.3.2");
	json_open_object(b, "info");
	json_add_text(b, "title", "dtreed");
	json_add_text(b, "version", PACKAGE_VERSION);
	json_close_object(b);
	json_open_array(b, "methods");
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		method_describe(methods[i], b);
	json_close_array(b);
	json_close_object(b);
	return HANDLED_DONE;
}

static const char *method_name_at(size_t i)
{
	return i < ARRAY_SIZE(methods) ? methods[i]->name : NULL;
}

static const struct method *method_find(const char *name, struct error *err)
{
	const char *near = choice_nearest(name, strlen(name), method_name_at);
	cleanup_free char *shown = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (strcmp(methods[i]->name, name) == 0)
			return methods[i];
	shown = parse_printable(name, strlen(name), SHOWN);
	error_set(err, ERR_METHOD, "no method '%s'; %s%s", shown,
	          near ? "did you mean " : "rpc.discover lists them", near ? near : "");
	return NULL;
}

/* The envelope around method and params. *id is given also where -1 is, if it can be told. */
static int read_envelope(const struct cJSON *json, char **id, const char **name, struct error *err)
{
	static const char *const members[] = {"jsonrpc", "id", "method", "params"};
	const char *version;

	if (!json_is_object(json))
		return error_set(err, ERR_REQUEST, "a request is an object");
	if (request_read_id(json_member(json, "id"), id, err))
		return -1;
	if (json_members(json, members, ARRAY_SIZE(members), err) ||
	    json_string(json_member(json, "jsonrpc"), "jsonrpc", &version, NULL, err) ||
	    json_string(json_member(json, "method"), "method", name, NULL, err)) {
		err->code = ERR_REQUEST;
		return -1;
	}
	if (strcmp(version, "2.0") != 0)
		return error_set(err, ERR_REQUEST, "'jsonrpc' is not \"2.0\"");
	return 0;
}

/* May one more request go under way? */
static int check_room(const struct client *c, const struct batch *batch,
                      const struct method *method, struct error *err)
{
	size_t most = batch || method->feeds ? CLIENT_REQUESTS_MAX : CLIENT_REQUESTS;

	if (c->request_count >= most)
		return error_set(err, ERR_LIMIT, "%zu requests are under way", c->request_count);
	if (batch && c->batched > CLIENT_UNSENT_MAX)
		return error_set(err, ERR_LIMIT, "the replies to batches have over %zu bytes",
		                 CLIENT_UNSENT_MAX);
	return 0;
}

/* id is taken over. */
static void serve(struct client *c, struct batch *batch, char *id, const char *name,
                  const struct cJSON *params)
{
	struct request *r = NULL;
	struct value values[PARAMS];
	struct error err = {0};
	const struct method *method = method_find(name, &err);

	if (!method || check_room(c, batch, method, &err) ||
	    params_read(method, params, values, &err)) {
		if (id)
			reply_error(c, batch, id, &err);
		free(id);
		return;
	}
	r = request_new(c, batch, id);
	switch (method->run(r, values, &err)) {
	case HANDLED_DONE:
		request_done(r);
		break;
	case HANDLED_PENDING:
		break;
	case HANDLED_FAILED:
		request_fail(r, &err);
		break;
	}
}

static void serve_one(struct client *c, struct batch *batch, const struct cJSON *json)
{
	struct error err = {0};
	const char *name;
	char *id = NULL;

	if (read_envelope(json, &id, &name, &err) == 0) {
		serve(c, batch, id, name, json_member(json, "params"));
		return;
	}
	reply_error(c, batch, id, &err);
	free(id);
}

static void serve_batch(struct client *c, const struct cJSON *json)
{
	struct error err = {0};
	struct batch *batch;
	size_t count = json_count(json);

	if (count == 0 || count > CLIENT_BATCH_MAX) {
		if (count)
			error_set(&err, ERR_LIMIT, "a batch of %zu requests; at most %zu may be",
			          count, CLIENT_BATCH_MAX);
		else
			error_set(&err, ERR_REQUEST, "an empty batch");
		reply_error(c, NULL, NULL, &err);
		return;
	}
	batch = batch_new(c);
	for (const struct cJSON *item = json_first(json); item; item = json_next(item))
		serve_one(c, batch, item);
	batch_leave(c, batch);
}

/* The line is not served. It may be JSON all the same, and have an id. */
static void refuse(struct client *c, const struct json_scan *scan, struct error *err)
{
	struct cJSON *json = NULL;
	struct error ignored;
	char *id = NULL;

	if (err->code != ERR_PARSE && scan->id)
		json = json_parse(scan->id, scan->id_size, JSON_REQUEST_VALUES, NULL, &ignored);
	request_read_id(json, &id, &ignored);
	if (err->code == ERR_LIMIT)
		error_set(err, ERR_LIMIT, "more than %zu values in one line; exec_open takes more",
		          JSON_REQUEST_VALUES);
	reply_error(c, NULL, id, err);
	free(id);
	json_free(json);
}

static bool is_blank(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (line[i] != ' ' && line[i] != '\t')
			return false;
	return true;
}

void rpc_line(struct client *c, const char *line, size_t n)
{
	struct json_scan scan;
	struct error err = {0};
	struct cJSON *json;

	if (is_blank(line, n))
		return;
	json = json_parse(line, n, JSON_REQUEST_VALUES, &scan, &err);
	if (!json)
		refuse(c, &scan, &err);
	else if (json_is_array(json))
		serve_batch(c, json);
	else
		serve_one(c, NULL, json);
	json_free(json);
}
