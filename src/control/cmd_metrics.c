/* What dtreed counts. Both are answered at once, so what one reply holds is bounded: the tables of
 * kinds and services are, and of nodes only some are told at a time. */
#include "control/cmd_metrics.h"

#include <sys/resource.h>

#include "base/proc_usage.h"
#include "control/call.h"
#include "controller/node/event.h"
#include "controller/request/metrics.h"
#include "wire/json.h"
#include "wire/json_write.h"

/* Nodes in one reply: unless it says otherwise, and at the most. They are some 50 microseconds. */
#define NODES_USUAL 100
#define NODES_MOST  500

static void cmd_add_histogram(struct buffer *b, const char *key, const struct histogram *h)
{
	json_open_object(b, key);
	json_add_int(b, "sum_ns", (int64_t)h->sum_ns);
	json_open_array(b, "buckets");
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
		json_add_int(b, NULL, (int64_t)h->buckets[i]);
	json_close_array(b);
	json_close_object(b);
}

static void cmd_metrics_add_kind(struct buffer *b, const struct metrics_kind *kind)
{
	json_open_object(b, NULL);
	json_add_text(b, "kind", kind->name);
	json_add_int(b, "args_bytes", (int64_t)kind->args_bytes);
	json_add_int(b, "result_bytes", (int64_t)kind->result_bytes);
	cmd_add_histogram(b, "took", &kind->took);
	json_open_array(b, "errors");
	for (size_t i = 0; i < kind->error_count; i++) {
		const struct error_row *row = error_row(kind->errors[i].code);
		json_open_object(b, NULL);
		json_add_text(b, "name", row ? row->name : "UNKNOWN");
		json_add_int(b, "count", (int64_t)kind->errors[i].count);
		json_close_object(b);
	}
	json_close_array(b);
	json_close_object(b);
}

static void cmd_metrics_add_service(struct buffer *b, const struct metrics_service *service)
{
	json_open_object(b, NULL);
	json_add_text(b, "name", service->name);
	cmd_add_histogram(b, "took", &service->took);
	json_open_array(b, "steps");
	for (size_t i = 0; i < STEP_WHATS; i++) {
		if (!service->steps[i])
			continue;
		json_open_object(b, NULL);
		json_add_text(b, "name", step_name((enum step_what)i));
		json_add_text(b, "kind", step_kind_name(step_kind((enum step_what)i)));
		cmd_add_histogram(b, "took", service->steps[i]);
		json_close_object(b);
	}
	json_close_array(b);
	json_close_object(b);
}

/* The process itself. */
static void cmd_metrics_add_process(struct buffer *b)
{
	struct rusage usage = {0};

	getrusage(RUSAGE_SELF, &usage);
	json_add_int(b, "cpu_us",
	             (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) +
	                 usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	json_add_int(b, "memory_bytes", proc_memory_read(0));
}

static void cmd_metrics_add_counts(struct buffer *b, const struct control *control)
{
	struct controller_counts counts;

	controller_count(control->controller, &counts);
	json_add_int(b, "uptime_ms", counts.uptime_ms);
	json_open_array(b, "states");
	for (size_t i = 0; i < counts.states.count; i++) {
		json_open_object(b, NULL);
		json_add_text(b, "state", counts.states.items[i].name);
		json_add_int(b, "nodes", (int64_t)counts.states.items[i].nodes);
		json_close_object(b);
	}
	json_close_array(b);
	json_add_int(b, "pending", (int64_t)counts.requests);
	json_add_int(b, "pending_bytes", (int64_t)counts.request_bytes);
	json_add_int(b, "sent", (int64_t)counts.sent);
	json_add_int(b, "queues", (int64_t)counts.queues);
	json_add_int(b, "streams", (int64_t)counts.streams);
}

static void cmd_metrics_add_clients(struct buffer *b, const struct control *control)
{
	uint64_t unsent = 0;

	for (const struct client *c = control->clients; c; c = c->hh.next)
		unsent += buffer_size(&c->out);
	json_add_int(b, "clients", HASH_COUNT(control->clients));
	json_add_int(b, "denied", (int64_t)control->denied.count);
	json_add_int(b, "read_bytes", (int64_t)control->read_bytes);
	json_add_int(b, "written_bytes", (int64_t)control->written_bytes);
	json_add_int(b, "unsent_bytes", (int64_t)unsent);
}

static void cmd_metrics_add_events(struct buffer *b, const struct event_log *log)
{
	json_open_array(b, "events");
	for (size_t i = 0; i < EVENT_TYPES; i++) {
		json_open_object(b, NULL);
		json_add_text(b, "type", event_type_name((enum event_type)i));
		json_add_int(b, "count", (int64_t)event_count(log, (enum event_type)i));
		json_close_object(b);
	}
	json_close_array(b);
}

static int cmd_metrics_write(struct result *r)
{
	const struct control *control = r->call->client->control;
	const struct metrics *m = controller_metrics(control->controller);

	cmd_metrics_add_process(r->b);
	cmd_metrics_add_counts(r->b, control);
	cmd_metrics_add_clients(r->b, control);
	cmd_metrics_add_events(r->b, controller_events(control->controller));
	json_open_array(r->b, "bounds_us");
	for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++)
		json_add_int(r->b, NULL, histogram_bounds_us[i]);
	json_close_array(r->b);
	json_open_array(r->b, "requests");
	for (size_t i = 0; m && i < m->kind_count; i++)
		cmd_metrics_add_kind(r->b, &m->kinds[i]);
	json_close_array(r->b);
	json_open_array(r->b, "services");
	for (size_t i = 0; m && i < m->service_count; i++)
		cmd_metrics_add_service(r->b, &m->services[i]);
	json_close_array(r->b);
	return 0;
}

#define BUCKETS "[6,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]"

const struct method method_metrics = {
    .name = "metrics",
    .summary = "what dtreed has counted since it was started, and what it holds",
    .role = ROLE_READ,
    .result = "{\"cpu_us\":41000,\"memory_bytes\":9437184,\"uptime_ms\":5120,\"states\":["
              "{\"state\":\"available\",\"nodes\":2}],\"pending\":0,\"pending_bytes\":0,"
              "\"sent\":0,\"queues\":0,\"streams\":0,\"clients\":1,\"denied\":0,"
              "\"read_bytes\":512,\"written_bytes\":640,\"unsent_bytes\":0,\"events\":["
              "{\"type\":\"node_created\",\"count\":2}],\"bounds_us\":[50,100],"
              "\"requests\":[{\"kind\":\"create\",\"args_bytes\":0,\"result_bytes\":0,\"took\":{"
              "\"sum_ns\":4100000,\"buckets\":" BUCKETS
              "},\"errors\":[]},{\"kind\":\"exec\",\"args_bytes\":28,\"result_bytes\":7,"
              "\"took\":{\"sum_ns\":310000,\"buckets\":" BUCKETS "},\"errors\":["
              "{\"name\":\"NOT_FOUND\",\"count\":1}]}],\"services\":[{\"name\":\"sum\","
              "\"took\":{\"sum_ns\":300000,\"buckets\":" BUCKETS "},\"steps\":["
              "{\"name\":\"service\",\"kind\":\"service\",\"took\":{\"sum_ns\":9000,"
              "\"buckets\":" BUCKETS "}}]}]}",
    .members = {members_metrics},
    .write = cmd_metrics_write,
};

static void cmd_metrics_on_node(void *arg, const struct node_measure *measure)
{
	struct buffer *b = arg;

	json_open_object(b, NULL);
	json_add_int(b, "id", measure->id);
	json_add_int(b, "parent", measure->parent);
	if (measure->pid)
		json_add_int(b, "pid", measure->pid);
	else
		json_add_null(b, "pid");
	json_add_text(b, "state", measure->state);
	json_add_text(b, "service", measure->service);
	if (measure->name)
		json_add_text(b, "name", measure->name);
	json_add_int(b, "requests", (int64_t)measure->requests);
	json_add_int(b, "pending", (int64_t)measure->pending);
	json_add_int(b, "restarts", measure->restarts);
	cmd_add_histogram(b, "took", measure->took);
	json_close_object(b);
}

enum { NODE_METRICS_ID, NODE_METRICS_AFTER, NODE_METRICS_COUNT };

static enum handled cmd_node_metrics_run(struct call *call, const struct value *v,
                                         struct error *err)
{
	struct node_measure measure;

	if (v[NODE_METRICS_ID].given &&
	    controller_measure(call->client->control->controller, (int)v[NODE_METRICS_ID].number,
	                       &measure, err))
		return HANDLED_FAILED;
	call->one = v[NODE_METRICS_ID].given;
	call->node = (int)v[NODE_METRICS_ID].number;
	call->after = (uint64_t)v[NODE_METRICS_AFTER].number;
	call->most =
	    v[NODE_METRICS_COUNT].given ? (size_t)v[NODE_METRICS_COUNT].number : NODES_USUAL;
	return HANDLED_DONE;
}

static int cmd_node_metrics_write(struct result *r)
{
	const struct controller *c = r->call->client->control->controller;
	struct node_measure measure;
	uint64_t next = 0;

	json_open_array(r->b, "nodes");
	if (!r->call->one)
		next = controller_measure_some(c, r->call->after, r->call->most,
		                               cmd_metrics_on_node, r->b);
	else if (controller_measure(c, r->call->node, &measure, &r->err))
		return -1;
	else
		cmd_metrics_on_node(r->b, &measure);
	json_close_array(r->b);
	if (next)
		json_add_int(r->b, "next", (int64_t)next);
	else
		json_add_null(r->b, "next");
	return 0;
}

const struct method method_node_metrics = {
    .name = "node_metrics",
    .summary = "the same of nodes: of one, or of all, some at a time",
    .role = ROLE_READ,
    .params = {{.name = "id", .type = PARAM_ID, .summary = "only this node"},
               {.name = "after",
                .type = PARAM_INT,
                .summary = "those behind the ones that were told: `next` of that reply",
                .min = 0,
                .max = JSON_INT_MAX},
               {.name = "count",
                .type = PARAM_INT,
                .summary = "so many at the most; 100 if missing",
                .min = 1,
                .max = NODES_MOST}},
    .result = "{\"nodes\":[{\"id\":10,\"parent\":-1,\"pid\":3128,\"state\":\"available\","
              "\"service\":\"sum\",\"requests\":7,\"pending\":0,\"restarts\":0,\"took\":{"
              "\"sum_ns\":310000,\"buckets\":" BUCKETS "}}],\"next\":null}",
    .members = {members_node_metrics},
    .run = cmd_node_metrics_run,
    .write = cmd_node_metrics_write,
};
