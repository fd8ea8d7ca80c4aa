/*
 * The table of methods, and the dispatch of lines to them. It keeps no state: a pending call
 * belongs to its client (call.h).
 */
#include "control/rpc.h"

#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/parse.h"
#include "base/traceparent.h"
#include "control/audit.h"
#include "control/call.h"
#include "control/cmd_all.h"
#include "control/cmd_cancel.h"
#include "control/cmd_change.h"
#include "control/cmd_diagnose.h"
#include "control/cmd_event.h"
#include "control/cmd_exec.h"
#include "control/cmd_logs.h"
#include "control/cmd_metrics.h"
#include "control/cmd_node.h"
#include "control/cmd_order_all.h"
#include "control/cmd_reload.h"
#include "control/cmd_slow.h"
#include "control/cmd_stream.h"
#include "control/cmd_tree.h"
#include "control/denied.h"
#include "control/params.h"
#include "wire/json.h"
#include "wire/json_write.h"

/* How much of a culprit an error repeats. */
#define SHOWN 48

static int rpc_discover_write(struct result *r);

static const struct method method_discover = {
    .name = "rpc.discover",
    .summary = "every method with its parameters and its result, and every event",
    .role = ROLE_READ,
    .result = "{\"openrpc\":\"1.3.2\",\"info\":{...},\"methods\":[...],\"x-events\":[...],...}",
    .members = {members_discover},
    .write = rpc_discover_write,
};

static const struct method *const methods[] = {
    &method_hello,     &method_create,      &method_exec,         &method_exec_all,
    &method_exec_open, &method_exec_feed,   &method_exec_close,   &method_ping,
    &method_pingall,   &method_heartbeat,   &method_kill,         &method_cancel,
    &method_start,     &method_stop,        &method_restart,      &method_change,
    &method_start_all, &method_stop_all,    &method_restart_all,  &method_wait,
    &method_tree,      &method_services,    &method_status,       &method_diagnose,
    &method_slow,      &method_metrics,     &method_node_metrics, &method_logs,
    &method_subscribe, &method_unsubscribe, &method_reload,       &method_shutdown,
    &method_discover,
};

static void rpc_describe_object(struct buffer *b, const char *key, const struct member *members)
{
	schema_add(b, key, (const struct member *const[SCHEMAS]){members});
}

void rpc_describe(struct buffer *b)
{
	json_add_text(b, "openrpc", "1.3.2");
	json_open_object(b, "info");
	json_add_text(b, "title", "dtreed");
	json_add_text(b, "version", PACKAGE_VERSION);
	json_close_object(b);
	json_open_array(b, "methods");
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		method_describe(methods[i], b);
	json_close_array(b);
	json_open_array(b, "x-events");
	for (size_t i = 0; i < EVENT_TYPES; i++) {
		json_open_object(b, NULL);
		json_add_text(b, "name", event_type_name((enum event_type)i));
		schema_add_event(b, "schema", (enum event_type)i);
		json_close_object(b);
	}
	json_close_array(b);
	rpc_describe_object(b, "x-progress", members_progress);
	rpc_describe_object(b, "x-error", members_error);
	rpc_describe_object(b, "x-trace", members_trace);
}

static int rpc_discover_write(struct result *r)
{
	rpc_describe(r->b);
	return 0;
}

static const char *rpc_name_at(size_t i)
{
	return i < ARRAY_SIZE(methods) ? methods[i]->name : NULL;
}

static const struct method *rpc_find(const char *name, struct error *err)
{
	cleanup_free char *shown = NULL;
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (*methods[i]->name == *name && strcmp(methods[i]->name, name) == 0)
			return methods[i];
	near = choice_nearest(name, strlen(name), rpc_name_at);
	shown = parse_printable(name, strlen(name), SHOWN);
	error_set(err, ERR_METHOD, "no method '%s'; %s%s", shown,
	          near ? "did you mean " : "rpc.discover lists them", near ? near : "");
	return NULL;
}

enum { RPC_VERSION, RPC_ID, RPC_METHOD, RPC_PARAMS, RPC_TRACEPARENT, RPC_TRACE, RPC_MEMBERS };

/* What is around the params of a request. */
struct envelope {
	char *id; /* owned, until call_new() takes it; as JSON; NULL: a notification */
	const char *method;
	bool traced;
	const struct cJSON *params;             /* borrowed; NULL: there are none */
	char traceparent[TRACEPARENT_SIZE + 1]; /* "": none */
};

static int rpc_read_traceparent(const struct cJSON *json, char *text, struct error *err)
{
	const char *given;
	size_t size;

	if (!json)
		return 0;
	return json_string(json, "traceparent", &given, &size, err) ||
	               traceparent_read(given, size, text, err)
	           ? -1
	           : 0;
}

/* Reads the envelope around params. Its id is set also on -1, if it is known. */
static int rpc_read_envelope(const struct cJSON *json, struct envelope *e, struct error *err)
{
	static const char *const members[RPC_MEMBERS] = {"jsonrpc", "id",          "method",
	                                                 "params",  "traceparent", "trace"};
	const struct cJSON *found[RPC_MEMBERS];
	const char *version;
	int rc;

	if (!json_is_object(json))
		return error_set(err, ERR_REQUEST, "a request is an object");
	rc = json_members(json, members, RPC_MEMBERS, found, err);
	if (call_read_id(found[RPC_ID], &e->id, err))
		return -1;
	e->params = found[RPC_PARAMS];
	if (rc || json_string(found[RPC_VERSION], "jsonrpc", &version, NULL, err) ||
	    json_string(found[RPC_METHOD], "method", &e->method, NULL, err) ||
	    rpc_read_traceparent(found[RPC_TRACEPARENT], e->traceparent, err) ||
	    (found[RPC_TRACE] && json_bool(found[RPC_TRACE], "trace", &e->traced, err))) {
		err->code = ERR_REQUEST;
		return -1;
	}
	if (strcmp(version, "2.0") != 0)
		return error_set(err, ERR_REQUEST, "'jsonrpc' is not \"2.0\"");
	return 0;
}

/* May one more call begin? */
static int rpc_check_room(const struct client *c, const struct batch *batch,
                          const struct method *method, struct error *err)
{
	size_t most = batch || method->feeds ? CLIENT_CALLS_MAX : CLIENT_CALLS;

	if (c->call_count >= most)
		return error_set(err, ERR_LIMIT, "%zu requests are under way", c->call_count);
	if (batch && c->batched > CLIENT_UNSENT_MAX)
		return error_set(err, ERR_LIMIT, "the replies to batches have over %zu bytes",
		                 CLIENT_UNSENT_MAX);
	return 0;
}

static enum handled rpc_ask(struct call *call, const struct value *v, struct error *err)
{
	const struct method *method = call->method;

	if (method->run)
		return method->run(call, v, err);
	if (!method->start)
		return HANDLED_DONE;
	method->start(client_session(call->client), (int)v[0].number, call_on_outcome, call);
	return HANDLED_PENDING;
}

/* What the method asks of the controller is traced, if the call is. */
static enum handled rpc_start(struct call *call, const struct value *v, struct error *err)
{
	struct session *session = call->traced ? client_session(call->client) : NULL;
	enum handled handled;

	if (!session)
		return rpc_ask(call, v, err);
	session_trace(session, true);
	handled = rpc_ask(call, v, err);
	session_trace(session, false);
	return handled;
}

/* The id is taken over. */
static void rpc_serve(struct client *c, struct batch *batch, const struct envelope *e)
{
	struct call *call;
	struct value values[PARAMS];
	struct error err = {0};
	const struct method *method = rpc_find(e->method, &err);

	if (!method || denied_check(c, method, &err) || rpc_check_room(c, batch, method, &err)) {
		if (e->id)
			reply_error(c, batch, e->id, &err);
		free(e->id);
		return;
	}
	call = call_new(c, batch, method, e->id);
	if (*e->traceparent)
		call->traceparent = mem_string(e->traceparent);
	call->traced = e->traced && e->id;
	call->read = c->read;
	call->waited = call->traced ? controller_waited(c->control->controller, c->read) : 0;
	if (params_read(c->control->controller, method, e->params, values, &err)) {
		call_fail(call, &err);
		return;
	}
	call->audited = audit_words(c, method, values);
	switch (rpc_start(call, values, &err)) {
	case HANDLED_DONE:
		call_done(call);
		break;
	case HANDLED_PENDING:
		break;
	case HANDLED_FAILED:
		call_fail(call, &err);
		break;
	}
}

static void rpc_serve_one(struct client *c, struct batch *batch, const struct cJSON *json)
{
	struct envelope e = {0};
	struct error err = {0};

	if (rpc_read_envelope(json, &e, &err) == 0) {
		rpc_serve(c, batch, &e);
		return;
	}
	reply_error(c, batch, e.id, &err);
	free(e.id);
}

static void rpc_serve_batch(struct client *c, const struct cJSON *json)
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
		rpc_serve_one(c, batch, item);
	batch_leave(c, batch);
}

/* Refuses the line. It may be JSON, and have an id. */
static void rpc_refuse(struct client *c, const struct json_scan *scan, struct error *err)
{
	struct cJSON *json = NULL;
	struct error ignored;
	char *id = NULL;

	if (err->code != ERR_PARSE && scan->id)
		json = json_parse(scan->id, scan->id_size, JSON_REQUEST_VALUES, NULL, &ignored);
	call_read_id(json, &id, &ignored);
	if (err->code == ERR_LIMIT)
		error_set(err, ERR_LIMIT, "more than %zu values in one line; exec_open takes more",
		          JSON_REQUEST_VALUES);
	reply_error(c, NULL, id, err);
	free(id);
	json_free(json);
}

static bool rpc_is_blank(const char *line, size_t n)
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

	if (rpc_is_blank(line, n))
		return;
	json = json_parse(line, n, JSON_REQUEST_VALUES, &scan, &err);
	if (!json)
		rpc_refuse(c, &scan, &err);
	else if (json_is_array(json))
		rpc_serve_batch(c, json);
	else
		rpc_serve_one(c, NULL, json);
	json_free(json);
}
