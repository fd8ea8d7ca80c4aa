/* Methods about the tree and the daemon. All but heartbeat are answered at once, from what the
 * controller knows. */
#include "control/cmd_tree.h"

#include <unistd.h>

#include "base/parse.h"
#include "wire/json_write.h"

/* Seconds that a client which asked for the end has to take the answer. */
#define GRACE 1.0

static enum handled run_hello(struct request *r, const struct value *v, struct error *err)
{
	struct buffer *b = request_result(r);
	struct controller_view view;

	(void)v;
	(void)err;
	controller_view_self(r->client->control->controller, &view);
	json_open_object(b, NULL);
	json_add_text(b, "name", "dtreed");
	json_add_text(b, "version", PACKAGE_VERSION);
	json_add_int(b, "protocol", 1);
	json_add_text(b, "topology", view.topology);
	json_add_text(b, "service", view.service);
	json_add_int(b, "node", NODE_CONTROLLER);
	json_add_int(b, "pid", getpid());
	json_close_object(b);
	return HANDLED_DONE;
}

const struct method method_hello = {
    .name = "hello",
    .summary = "who serves here",
    .result = "{\"name\":\"dtreed\",\"version\":\"0.2.0\",\"protocol\":1,\"topology\":\"bst\","
              "\"service\":\"sum\",\"node\":-1,\"pid\":3100}",
    .run = run_hello,
};

static void add_node(void *arg, const struct node_view *view)
{
	struct buffer *b = arg;

	json_open_object(b, NULL);
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
	if (*view->cause)
		json_add_text(b, "cause", view->cause);
	if (view->retry_ms >= 0)
		json_add_int(b, "retry_ms", view->retry_ms);
	json_close_object(b);
}

static enum handled run_tree(struct request *r, const struct value *v, struct error *err)
{
	struct buffer *b = request_result(r);

	(void)v;
	(void)err;
	json_open_object(b, NULL);
	json_open_array(b, "nodes");
	controller_each_node(r->client->control->controller, add_node, b);
	json_close_array(b);
	json_close_object(b);
	return HANDLED_DONE;
}

const struct method method_tree = {
    .name = "tree",
    .summary = "every node, parents before their children",
    .result = "{\"nodes\":[{\"id\":10,\"parent\":-1,\"link\":-1,\"pid\":3128,"
              "\"state\":\"available\",\"service\":\"sum\",\"depth\":1,\"incarnation\":1,"
              "\"age_ms\":5120,\"requests\":7,\"pending\":0,\"restart\":\"no\","
              "\"restarts\":0}]}",
    .run = run_tree,
};

static void add_daemon(struct buffer *b, const struct control *control)
{
	struct controller_view view;

	controller_view_self(control->controller, &view);
	json_open_object(b, NULL);
	json_add_int(b, "pid", getpid());
	json_add_text(b, "version", PACKAGE_VERSION);
	json_add_text(b, "topology", view.topology);
	json_add_text(b, "service", view.service);
	json_add_int(b, "heartbeat_ms", view.heartbeat_ms);
	json_add_int(b, "request_timeout_ms", view.request_timeout_ms);
	json_add_int(b, "nodes", (int64_t)view.nodes);
	json_add_int(b, "unavailable", (int64_t)view.unavailable);
	json_add_int(b, "max_nodes", (int64_t)view.max_nodes);
	json_add_int(b, "pending", (int64_t)view.pending);
	json_add_int(b, "clients", HASH_COUNT(control->clients));
	json_add_int(b, "uptime_ms", view.uptime_ms);
	json_close_object(b);
}

static void on_inspected(void *arg, const struct outcome *outcome)
{
	struct request *r = arg;
	struct error err = outcome->error;
	struct node_view view;

	if (err.code != ERR_NONE ||
	    controller_view(r->client->control->controller, outcome->id, &view, &err)) {
		request_fail(r, &err);
		return;
	}
	add_node(request_result(r), &view);
	request_done(r);
}

static enum handled run_status(struct request *r, const struct value *v, struct error *err)
{
	(void)err;
	if (!v[0].given) {
		add_daemon(request_result(r), r->client->control);
		return HANDLED_DONE;
	}
	controller_inspect(client_session(r->client), (int)v[0].number, on_inspected, r);
	return HANDLED_PENDING;
}

const struct method method_status = {
    .name = "status",
    .summary = "one node, as in tree, or the daemon",
    .params = {{.name = "id", .type = PARAM_ID, .summary = "the node; the daemon if missing"}},
    .result = "{\"pid\":3100,\"version\":\"0.2.0\",\"topology\":\"bst\",\"service\":\"sum\","
              "\"heartbeat_ms\":1000,\"request_timeout_ms\":10000,\"nodes\":3,\"unavailable\":0,"
              "\"max_nodes\":4096,\"pending\":0,\"clients\":1,\"uptime_ms\":5120}",
    .run = run_status,
};

static void on_heartbeat(void *arg, const struct outcome *outcome)
{
	struct request *r = arg;
	struct buffer *b;

	if (outcome->error.code != ERR_NONE) {
		request_fail(r, &outcome->error);
		return;
	}
	b = request_result(r);
	json_open_object(b, NULL);
	json_add_int(b, "interval_ms", outcome->interval_ms);
	json_close_object(b);
	request_done(r);
}

static enum handled run_heartbeat(struct request *r, const struct value *v, struct error *err)
{
	(void)err;
	controller_heartbeat_set(client_session(r->client), v[0].number, on_heartbeat, r);
	return HANDLED_PENDING;
}

const struct method method_heartbeat = {
    .name = "heartbeat",
    .summary = "set the interval in which every node shows that it is alive",
    .params = {{.name = "interval_ms",
                .type = PARAM_INT,
                .required = true,
                .summary = "milliseconds",
                .min = 1,
                .max = HEARTBEAT_MAX_MS}},
    .result = "{\"interval_ms\":200}",
    .run = run_heartbeat,
};

static enum handled run_shutdown(struct request *r, const struct value *v, struct error *err)
{
	struct control *control = r->client->control;

	(void)v;
	(void)err;
	request_ends(r);
	if (!ev_is_active(&control->grace)) {
		ev_timer_set(&control->grace, GRACE, 0.);
		ev_timer_start(control->loop, &control->grace);
	}
	request_done_empty(r);
	return HANDLED_PENDING;
}

const struct method method_shutdown = {
    .name = "shutdown",
    .summary = "end the tree and the daemon",
    .result = "{}",
    .run = run_shutdown,
};
