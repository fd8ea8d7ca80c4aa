/* Methods about the tree and the daemon. All but heartbeat are answered at once. */
#include "control/cmd_tree.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/parse.h"
#include "control/call.h"
#include "wire/json_write.h"
#include "wire/program_report.h"

/* Seconds that the client which requested the end has to read the answer. */
#define GRACE 1.0

static int cmd_hello_write(struct result *r)
{
	struct controller_view view;

	controller_view_self(r->call->client->control->controller, &view);
	json_add_text(r->b, "name", "dtreed");
	json_add_text(r->b, "version", PACKAGE_VERSION);
	json_add_int(r->b, "protocol", 1);
	json_add_text(r->b, "topology", view.topology);
	json_add_text(r->b, "service", view.service);
	json_add_int(r->b, "node", NODE_CONTROLLER);
	json_add_int(r->b, "pid", getpid());
	json_add_text(r->b, "role", role_name(r->call->client->credentials.role));
	return 0;
}

const struct method method_hello = {
    .name = "hello",
    .summary = "who serves here",
    .role = ROLE_READ,
    .result = "{\"name\":\"dtreed\",\"version\":\"0.2.0\",\"protocol\":1,\"topology\":\"bst\","
              "\"service\":\"sum\",\"node\":-1,\"pid\":3100,\"role\":\"own\"}",
    .members = {members_hello},
    .write = cmd_hello_write,
};

static void cmd_add_program(struct buffer *b, const struct program_report *report)
{
	const int64_t now = clock_ms();

	json_open_object(b, "program");
	json_add_text(b, "state", program_state_name(report->state));
	/* One that stays has been started, or will be. */
	if (report->pid) {
		json_add_int(b, "pid", report->pid);
		json_add_int(b, "age_ms", now > report->started ? now - report->started : 0);
	}
	json_add_int(b, "running", report->pid ? 1 : report->running);
	json_add_int(b, "restarts", report->restarts);
	if (*report->cause)
		json_add_text(b, "cause", report->cause);
	if (report->due)
		json_add_int(b, "retry_ms", report->due > now ? report->due - now : 0);
	json_close_object(b);
}

/* In the report of a program that has one. */
static void cmd_add_probe(struct buffer *b, const struct probe_report *probe)
{
	const int64_t now = clock_ms();

	if (probe->state == PROBE_NONE)
		return;
	json_open_object(b, "probe");
	json_add_text(b, "state", probe_state_name(probe->state));
	json_add_int(b, "since_ms", now > probe->changed ? now - probe->changed : 0);
	if (probe->passed)
		json_add_int(b, "passed_ms", now > probe->passed ? now - probe->passed : 0);
	if (probe->state == PROBE_FAILED) {
		json_add_int(b, "failures", probe->failures);
		json_add_text(b, "message", probe->message);
	}
	json_close_object(b);
}

static void cmd_add_after(struct buffer *b, const struct controller *c,
                          const struct node_view *view)
{
	if (!view->after || !view->after->count)
		return;
	json_open_array(b, "after");
	for (size_t i = 0; i < view->after->count; i++)
		json_add_int(b, NULL, view->after->ids[i]);
	json_close_array(b);
	if (!view->waits)
		return;
	json_open_array(b, "waits_for");
	for (size_t i = 0; i < view->after->count; i++)
		if (controller_waits(c, view->id, view->after->ids[i]))
			json_add_int(b, NULL, view->after->ids[i]);
	json_close_array(b);
}

/* Adds the members of a node in the results of tree and status. */
static void cmd_add_node(struct buffer *b, const struct controller *c, const struct node_view *view)
{
	json_add_int(b, "id", view->id);
	json_add_int(b, "parent", view->parent);
	json_add_int(b, "link", view->link);
	if (view->pid)
		json_add_int(b, "pid", view->pid);
	else
		json_add_null(b, "pid");
	json_add_text(b, "state", view->state);
	json_add_text(b, "service", view->service);
	json_add_int(b, "depth", (int64_t)view->depth);
	json_add_int(b, "incarnation", view->incarnation);
	json_add_int(b, "age_ms", view->age_ms);
	json_add_int(b, "requests", (int64_t)view->requests);
	json_add_int(b, "pending", (int64_t)view->pending);
	json_add_text(b, "restart", view->restart);
	json_add_int(b, "restarts", view->restarts);
	/* Where it is more than what is told of every outage. */
	if (strcmp(view->on_hang, "report") != 0) {
		json_add_text(b, "on_hang", view->on_hang);
		json_add_int(b, "hang_timeout_ms", view->hang_timeout_ms);
	}
	json_add_text(b, "declared", view->declared_name);
	if (view->outdated)
		json_add_bool(b, "outdated", true);
	cmd_add_after(b, c, view);
	if (view->name)
		json_add_text(b, "name", view->name);
	if (view->group)
		json_add_text(b, "group", view->group);
	if (*view->cause)
		json_add_text(b, "cause", view->cause);
	if (view->retry_ms >= 0)
		json_add_int(b, "retry_ms", view->retry_ms);
	if (view->program) {
		cmd_add_program(b, view->program);
		cmd_add_probe(b, &view->program->probe);
	}
}

static void cmd_tree_on_node(void *arg, const struct node_view *view)
{
	struct result *r = arg;

	json_open_object(r->b, NULL);
	cmd_add_node(r->b, r->call->client->control->controller, view);
	json_close_object(r->b);
}

static int cmd_tree_write(struct result *r)
{
	json_open_array(r->b, "nodes");
	controller_each_node(r->call->client->control->controller, cmd_tree_on_node, r);
	json_close_array(r->b);
	return 0;
}

const struct method method_tree = {
    .name = "tree",
    .summary = "every node, parents before their children",
    .role = ROLE_READ,
    .result = "{\"nodes\":[{\"id\":10,\"parent\":-1,\"link\":-1,\"pid\":3128,"
              "\"state\":\"available\",\"service\":\"sum\",\"depth\":1,\"incarnation\":1,"
              "\"age_ms\":5120,\"requests\":7,\"pending\":0,\"restart\":\"no\","
              "\"restarts\":0,\"declared\":\"no\"}]}",
    .members = {members_tree},
    .write = cmd_tree_write,
};

static void cmd_add_text_or_null(struct buffer *b, const char *key, const char *text)
{
	if (text)
		json_add_text(b, key, text);
	else
		json_add_null(b, key);
}

static void cmd_services_on_service(void *b, const struct declared_service *service)
{
	json_open_object(b, NULL);
	json_add_text(b, "name", service->name);
	json_add_text(b, "kind", service->kind);
	cmd_add_text_or_null(b, "summary", service->summary);
	json_add_text(b, "usage", service->usage);
	cmd_add_text_or_null(b, "origin", service->origin);
	json_close_object(b);
}

static int cmd_services_write(struct result *r)
{
	json_open_array(r->b, "services");
	controller_each_service(r->call->client->control->controller, cmd_services_on_service,
	                        r->b);
	json_close_array(r->b);
	return 0;
}

const struct method method_services = {
    .name = "services",
    .summary = "what a node may run: built in, then declared",
    .role = ROLE_READ,
    .result = "{\"services\":[{\"name\":\"sum\",\"kind\":\"builtin\","
              "\"summary\":\"the exact sum of 64-bit integers\",\"usage\":\"N K1 ... KN\","
              "\"origin\":null}]}",
    .members = {members_services},
    .write = cmd_services_write,
};

static void cmd_add_daemon(struct buffer *b, const struct control *control)
{
	struct controller_view view;

	controller_view_self(control->controller, &view);
	json_add_int(b, "pid", getpid());
	json_add_text(b, "version", PACKAGE_VERSION);
	json_add_text(b, "topology", view.topology);
	json_add_text(b, "service", view.service);
	json_add_int(b, "heartbeat_ms", view.heartbeat_ms);
	json_add_int(b, "request_timeout_ms", view.request_timeout_ms);
	json_add_int(b, "nodes", (int64_t)view.nodes);
	json_add_int(b, "unavailable", (int64_t)view.unavailable);
	json_add_int(b, "outdated", (int64_t)view.outdated);
	json_add_int(b, "max_nodes", (int64_t)view.max_nodes);
	json_add_int(b, "pending", (int64_t)view.pending);
	json_add_int(b, "clients", HASH_COUNT(control->clients));
	json_add_int(b, "denied", (int64_t)control->denied.count);
	json_add_int(b, "uptime_ms", view.uptime_ms);
	if (view.services_dir)
		json_add_text(b, "declared_in", view.services_dir);
}

static enum handled cmd_status_run(struct call *call, const struct value *v, struct error *err)
{
	(void)err;
	if (!v[0].given)
		return HANDLED_DONE;
	controller_inspect(client_session(call->client), (int)v[0].number, call_on_outcome, call);
	return HANDLED_PENDING;
}

/* The status of the daemon, if no node is named. */
static int cmd_status_write(struct result *r)
{
	const struct control *control = r->call->client->control;
	struct node_view view;

	if (!r->outcome) {
		cmd_add_daemon(r->b, control);
		return 0;
	}
	if (controller_view(control->controller, r->outcome->id, &view, &r->err))
		return -1;
	cmd_add_node(r->b, control->controller, &view);
	return 0;
}

const struct method method_status = {
    .name = "status",
    .summary = "one node, as in tree, or the daemon",
    .role = ROLE_READ,
    .params = {{.name = "id", .type = PARAM_ID, .summary = "the node; the daemon if missing"}},
    .result = "{\"pid\":3100,\"version\":\"0.2.0\",\"topology\":\"bst\",\"service\":\"sum\","
              "\"heartbeat_ms\":1000,\"request_timeout_ms\":10000,\"nodes\":3,\"unavailable\":0,"
              "\"outdated\":0,\"max_nodes\":4096,\"pending\":0,\"clients\":1,\"denied\":0,\"uptime_"
              "ms\":5120,"
              "\"declared_in\":\"/run/dtree/services\"}",
    .members = {members_node, members_daemon},
    .run = cmd_status_run,
    .write = cmd_status_write,
};

static enum handled cmd_heartbeat_run(struct call *call, const struct value *v, struct error *err)
{
	(void)err;
	controller_heartbeat_set(client_session(call->client), v[0].number, call_on_outcome, call);
	return HANDLED_PENDING;
}

static int cmd_heartbeat_write(struct result *r)
{
	json_add_int(r->b, "interval_ms", r->outcome->interval_ms);
	return 0;
}

const struct method method_heartbeat = {
    .name = "heartbeat",
    .summary = "set the interval in which every node shows that it is alive",
    .role = ROLE_OPERATE,
    .changes = true,
    .params = {{.name = "interval_ms",
                .type = PARAM_INT,
                .required = true,
                .summary = "milliseconds",
                .min = 1,
                .max = HEARTBEAT_MAX_MS}},
    .result = "{\"interval_ms\":200}",
    .members = {members_heartbeat},
    .run = cmd_heartbeat_run,
    .write = cmd_heartbeat_write,
};

static enum handled cmd_shutdown_run(struct call *call, const struct value *v, struct error *err)
{
	struct control *control = call->client->control;

	(void)v;
	(void)err;
	call_ends(call);
	if (!ev_is_active(&control->grace)) {
		ev_timer_set(&control->grace, GRACE, 0.);
		ev_timer_start(control->loop, &control->grace);
	}
	return HANDLED_DONE;
}

const struct method method_shutdown = {
    .name = "shutdown",
    .summary = "end the tree and the daemon",
    .role = ROLE_OWN,
    .changes = true,
    .result = "{}",
    .run = cmd_shutdown_run,
};
