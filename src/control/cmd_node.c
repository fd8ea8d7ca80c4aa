/* create, ping, pingall, start, stop, restart, kill: each asks the controller and writes what came
 * of it. */
#include "control/cmd_node.h"

#include "wire/json_write.h"

static void on_created(void *arg, const struct outcome *outcome)
{
	struct request *r = arg;
	struct buffer *b;

	if (outcome->error.code != ERR_NONE) {
		request_fail(r, &outcome->error);
		return;
	}
	b = request_result(r);
	json_open_object(b, NULL);
	json_add_int(b, "id", outcome->id);
	json_add_int(b, "pid", outcome->pid);
	json_add_int(b, "parent", outcome->parent);
	json_close_object(b);
	request_done(r);
}

enum { CREATE_ID, CREATE_PARENT, CREATE_SERVICE, CREATE_RESTART };

static enum handled run_create(struct request *r, const struct value *v, struct error *err)
{
	const struct create_request create = {
	    .id = (int)v[CREATE_ID].number,
	    .has_parent = v[CREATE_PARENT].given,
	    .parent = (int)v[CREATE_PARENT].number,
	    .service = v[CREATE_SERVICE].given ? v[CREATE_SERVICE].text : NULL,
	    .restart = v[CREATE_RESTART].given ? v[CREATE_RESTART].text : NULL,
	};

	(void)err;
	controller_create(client_session(r->client), &create, on_created, r);
	return HANDLED_PENDING;
}

const struct method method_create = {
    .name = "create",
    .summary = "start a node and put it into the tree",
    .params = {{.name = "id", .type = PARAM_ID, .required = true, .summary = "the new node"},
               {.name = "parent",
                .type = PARAM_PARENT,
                .summary = "where the topology takes one; -1, the controller, if it is missing"},
               {.name = "service",
                .type = PARAM_STRING,
                .summary = "what the node does; the tree's service if it is missing"},
               {.name = "restart",
                .type = PARAM_STRING,
                .summary = "whether the node is started again after its death: \"no\", "
                           "\"on-failure\" or \"always\""}},
    .result = "{\"id\":10,\"pid\":3128,\"parent\":5}",
    .run = run_create,
};

static void on_pong(void *arg, const struct outcome *outcome)
{
	struct request *r = arg;
	struct buffer *b;

	if (outcome->error.code != ERR_NONE) {
		request_fail(r, &outcome->error);
		return;
	}
	b = request_result(r);
	json_open_object(b, NULL);
	json_add_int(b, "id", outcome->id);
	json_add_bool(b, "available", outcome->available);
	json_close_object(b);
	request_done(r);
}

static enum handled run_ping(struct request *r, const struct value *v, struct error *err)
{
	(void)err;
	controller_ping(client_session(r->client), (int)v[0].number, on_pong, r);
	return HANDLED_PENDING;
}

const struct method method_ping = {
    .name = "ping",
    .summary = "a round trip to the node's own loop",
    .params = {{.name = "id", .type = PARAM_ID, .required = true, .summary = "the node"}},
    .result = "{\"id\":10,\"available\":true}",
    .run = run_ping,
};

/* {"NAME":[…]} of the outcome's ids. */
static void answer_ids(struct request *r, const struct outcome *outcome, const char *name)
{
	struct buffer *b;

	if (outcome->error.code != ERR_NONE) {
		request_fail(r, &outcome->error);
		return;
	}
	b = request_result(r);
	json_open_object(b, NULL);
	json_open_array(b, name);
	for (size_t i = 0; i < outcome->id_count; i++)
		json_add_int(b, NULL, outcome->ids[i]);
	json_close_array(b);
	json_close_object(b);
	request_done(r);
}

static void on_all_pinged(void *arg, const struct outcome *outcome)
{
	answer_ids(arg, outcome, "unavailable");
}

static enum handled run_pingall(struct request *r, const struct value *v, struct error *err)
{
	(void)v;
	(void)err;
	controller_pingall(client_session(r->client), on_all_pinged, r);
	return HANDLED_PENDING;
}

const struct method method_pingall = {
    .name = "pingall",
    .summary = "the nodes that are unavailable, in ascending order",
    .result = "{\"unavailable\":[7,10,15]}",
    .run = run_pingall,
};

static void on_killed(void *arg, const struct outcome *outcome)
{
	answer_ids(arg, outcome, "removed");
}

static enum handled run_kill(struct request *r, const struct value *v, struct error *err)
{
	(void)err;
	controller_kill(client_session(r->client), (int)v[0].number, on_killed, r);
	return HANDLED_PENDING;
}

const struct method method_kill = {
    .name = "kill",
    .summary = "remove a node with all below it, and their data",
    .params = {{.name = "id", .type = PARAM_ID, .required = true, .summary = "the node"}},
    .result = "{\"removed\":[10,11]}",
    .run = run_kill,
};

/* {"id":…,"pid":…}; a node that was stopped has no pid. */
static void on_changed(void *arg, const struct outcome *outcome)
{
	struct request *r = arg;
	struct buffer *b;

	if (outcome->error.code != ERR_NONE) {
		request_fail(r, &outcome->error);
		return;
	}
	b = request_result(r);
	json_open_object(b, NULL);
	json_add_int(b, "id", outcome->id);
	if (outcome->pid)
		json_add_int(b, "pid", outcome->pid);
	json_close_object(b);
	request_done(r);
}

static enum handled run_start(struct request *r, const struct value *v, struct error *err)
{
	(void)err;
	controller_start(client_session(r->client), (int)v[0].number, on_changed, r);
	return HANDLED_PENDING;
}

const struct method method_start = {
    .name = "start",
    .summary = "let a node live again that is dead, stopped or given up, with its data",
    .params = {{.name = "id", .type = PARAM_ID, .required = true, .summary = "the node"}},
    .result = "{\"id\":10,\"pid\":3128}",
    .run = run_start,
};

static enum handled run_stop(struct request *r, const struct value *v, struct error *err)
{
	(void)err;
	controller_stop(client_session(r->client), (int)v[0].number, on_changed, r);
	return HANDLED_PENDING;
}

const struct method method_stop = {
    .name = "stop",
    .summary = "end a node's process in order, and keep the node",
    .params = {{.name = "id", .type = PARAM_ID, .required = true, .summary = "the node"}},
    .result = "{\"id\":10}",
    .run = run_stop,
};

static enum handled run_restart(struct request *r, const struct value *v, struct error *err)
{
	(void)err;
	controller_restart(client_session(r->client), (int)v[0].number, on_changed, r);
	return HANDLED_PENDING;
}

const struct method method_restart = {
    .name = "restart",
    .summary = "end a node's process in order, if it has one, and start the node again",
    .params = {{.name = "id", .type = PARAM_ID, .required = true, .summary = "the node"}},
    .result = "{\"id\":10,\"pid\":3128}",
    .run = run_restart,
};
