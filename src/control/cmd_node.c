/* create, ping, pingall, start, stop, restart, kill: each asks the controller. */
#include "control/cmd_node.h"

#include "control/call.h"
#include "control/params.h"
#include "wire/json_write.h"

enum {
	CREATE_ID,
	CREATE_PARENT,
	CREATE_SERVICE,
	CREATE_RESTART,
	CREATE_NAME,
	CREATE_GROUP,
	CREATE_ON_HANG,
	CREATE_HANG_TIMEOUT,
	CREATE_AFTER,
};

static enum handled cmd_create_run(struct call *call, const struct value *v, struct error *err)
{
	int after[AFTER_MAX];
	struct create_request create = {
	    .id = (int)v[CREATE_ID].number,
	    .has_parent = v[CREATE_PARENT].given,
	    .parent = (int)v[CREATE_PARENT].number,
	    .service = v[CREATE_SERVICE].given ? v[CREATE_SERVICE].text : NULL,
	    .settings = {.restart = v[CREATE_RESTART].given ? v[CREATE_RESTART].text : NULL,
	                 .name = v[CREATE_NAME].given ? v[CREATE_NAME].text : NULL,
	                 .group = v[CREATE_GROUP].given ? v[CREATE_GROUP].text : NULL,
	                 .on_hang = v[CREATE_ON_HANG].given ? v[CREATE_ON_HANG].text : NULL,
	                 .hang_timeout_ms = v[CREATE_HANG_TIMEOUT].number},
	};

	if (v[CREATE_AFTER].given &&
	    params_nodes(call->client->control->controller, v[CREATE_AFTER].text, "after", after,
	                 &create.settings.after_count, err))
		return HANDLED_FAILED;
	create.settings.after = after;
	controller_create(client_session(call->client), &create, call_on_outcome, call);
	return HANDLED_PENDING;
}

static int cmd_create_write(struct result *r)
{
	json_add_int(r->b, "id", r->outcome->id);
	json_add_int(r->b, "pid", r->outcome->pid);
	json_add_int(r->b, "parent", r->outcome->parent);
	return 0;
}

const struct method method_create = {
    .name = "create",
    .summary = "start a node and put it into the tree",
    .role = ROLE_OPERATE,
    .changes = true,
    .params = {{.name = "id", .type = PARAM_NEW_ID, .required = true, .summary = "the new node"},
               {.name = "parent",
                .type = PARAM_PARENT,
                .summary = "where the topology takes one; -1, the controller, if it is missing"},
               {.name = "service",
                .type = PARAM_STRING,
                .summary = "what the node does; the tree's service if it is missing"},
               {.name = "restart",
                .type = PARAM_STRING,
                .summary = "whether the node is started again after its death: \"no\", "
                           "\"on-failure\" or \"always\""},
               {.name = "name",
                .type = PARAM_STRING,
                .summary = "what stands for its id as \"@NAME\": one node's at a time"},
               {.name = "group",
                .type = PARAM_STRING,
                .summary = "the nodes of one group share what is asked of the group"},
               {.name = "on_hang",
                .type = PARAM_STRING,
                .summary =
                    "what is done when it is silent for the time that follows: \"report\" or "
                    "\"restart\"; what the tree does if it is missing"},
               {.name = "hang_timeout_ms",
                .type = PARAM_INT,
                .summary = "that time; the tree's if it is missing",
                .min = 1,
                .max = HANG_TIMEOUT_MAX_MS},
               {.name = "after",
                .type = PARAM_STRING,
                .summary = "nodes that must be available before it is started, with commas "
                           "between them"}},
    .result = "{\"id\":10,\"pid\":3128,\"parent\":5}",
    .members = {members_create},
    .run = cmd_create_run,
    .write = cmd_create_write,
};

static int cmd_ping_write(struct result *r)
{
	json_add_int(r->b, "id", r->outcome->id);
	json_add_bool(r->b, "available", r->outcome->available);
	return 0;
}

const struct method method_ping = {
    .name = "ping",
    .summary = "a round trip to the node's own loop",
    .role = ROLE_READ,
    .params = {PARAM_NODE},
    .result = "{\"id\":10,\"available\":true}",
    .members = {members_ping},
    .start = controller_ping,
    .write = cmd_ping_write,
};

static void cmd_add_ids(struct buffer *b, const char *name, const struct outcome *outcome)
{
	json_open_array(b, name);
	for (size_t i = 0; i < outcome->id_count; i++)
		json_add_int(b, NULL, outcome->ids[i]);
	json_close_array(b);
}

static enum handled cmd_pingall_run(struct call *call, const struct value *v, struct error *err)
{
	(void)v;
	(void)err;
	controller_pingall(client_session(call->client), call_on_outcome, call);
	return HANDLED_PENDING;
}

static int cmd_pingall_write(struct result *r)
{
	cmd_add_ids(r->b, "unavailable", r->outcome);
	return 0;
}

const struct method method_pingall = {
    .name = "pingall",
    .summary = "the nodes that are unavailable, in ascending order",
    .role = ROLE_READ,
    .result = "{\"unavailable\":[7,10,15]}",
    .members = {members_pingall},
    .run = cmd_pingall_run,
    .write = cmd_pingall_write,
};

static int cmd_kill_write(struct result *r)
{
	cmd_add_ids(r->b, "removed", r->outcome);
	return 0;
}

const struct method method_kill = {
    .name = "kill",
    .summary = "remove a node with all below it, and their data",
    .role = ROLE_OPERATE,
    .changes = true,
    .params = {PARAM_NODE},
    .result = "{\"removed\":[10,11]}",
    .members = {members_kill},
    .start = controller_kill,
    .write = cmd_kill_write,
};

/* A node that was stopped has no pid. */
static int cmd_life_write(struct result *r)
{
	json_add_int(r->b, "id", r->outcome->id);
	if (r->outcome->pid)
		json_add_int(r->b, "pid", r->outcome->pid);
	return 0;
}

enum { WAIT_ID, WAIT_FOR, WAIT_TIMEOUT };

static enum handled cmd_wait_run(struct call *call, const struct value *v, struct error *err)
{
	const struct wait_request request = {.id = (int)v[WAIT_ID].number,
	                                     .what = v[WAIT_FOR].given ? v[WAIT_FOR].text : NULL,
	                                     .timeout_ms = v[WAIT_TIMEOUT].number};

	if (!call->id) {
		error_set(err, ERR_REQUEST, "nobody waits for the end of a notification");
		return HANDLED_FAILED;
	}
	controller_wait(client_session(call->client), &request, call_on_outcome, call);
	return HANDLED_PENDING;
}

const struct method method_wait = {
    .name = "wait",
    .summary = "be answered when a node is what is waited for",
    .role = ROLE_READ,
    .params = {PARAM_NODE,
               {.name = "for",
                .type = PARAM_STRING,
                .summary = "\"available\", the default, \"dead\" or \"removed\""},
               {.name = "timeout_ms",
                .type = PARAM_INT,
                .min = 1,
                .max = REQUEST_TIMEOUT_MAX_MS,
                .summary = "an error after this time; there is no limit if it is missing"}},
    .result = "{\"id\":10,\"pid\":3128}",
    .members = {members_wait},
    .run = cmd_wait_run,
    .write = cmd_life_write,
};

const struct method method_start = {
    .name = "start",
    .summary = "let a node live again that is dead, stopped or given up, with its data",
    .role = ROLE_OPERATE,
    .changes = true,
    .params = {PARAM_NODE},
    .result = "{\"id\":10,\"pid\":3128}",
    .members = {members_start},
    .start = controller_start,
    .write = cmd_life_write,
};

const struct method method_stop = {
    .name = "stop",
    .summary = "end a node's process in order, and keep the node",
    .role = ROLE_OPERATE,
    .changes = true,
    .params = {PARAM_NODE},
    .result = "{\"id\":10}",
    .members = {members_stop},
    .start = controller_stop,
    .write = cmd_life_write,
};

const struct method method_restart = {
    .name = "restart",
    .summary = "end a node's process in order, if it has one, and start the node again",
    .role = ROLE_OPERATE,
    .changes = true,
    .params = {PARAM_NODE},
    .result = "{\"id\":10,\"pid\":3128}",
    .members = {members_start},
    .start = controller_restart,
    .write = cmd_life_write,
};
