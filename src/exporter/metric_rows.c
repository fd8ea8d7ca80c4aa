/* One table of rows: each metric with its type, its help, and where it comes from. Owns nothing. */
#include "exporter/metric_rows.h"

#include <stdio.h>
#include <string.h>

#include "base/proc_usage.h"
#include "exporter/metric_text.h"

struct metric_row;

/* What the samples are made of. */
struct metric_source {
	struct buffer *out;
	const struct sample *sample;
	const struct own_counts *own;
};
typedef void metric_fn(const struct metric_source *from, const struct metric_row *row);

struct metric_row {
	const char *name;
	const char *type;
	const char *help;
	metric_fn *write;
	const char *member; /* of the result of `metrics`, or of each row of `table` */
	int64_t of;         /* the value is so many of the unit; 0: it is one */
	const char *table;
	const char *label; /* the label's name, */
	const char *key;   /* and the member of the row with its value */
	bool always;       /* also where dtreed is away */
	bool by_node;      /* only on request */
};

static void metric_value_of(const struct metric_source *from, const struct metric_row *row,
                            const struct dtree_value *object, const struct metric_labels *labels)
{
	long long value;

	if (dtree_value_int(object, row->member, &value) || value < 0)
		return;
	if (row->of)
		metric_part(from->out, row->name, labels, value, row->of);
	else
		metric_int(from->out, row->name, labels, value);
}

static void metric_member(const struct metric_source *from, const struct metric_row *row)
{
	metric_value_of(from, row, from->sample->metrics, NULL);
}

static struct metric_labels metric_label(const struct metric_row *row,
                                         const struct dtree_value *object)
{
	const char *value = dtree_value_string(object, row->key, NULL);

	return (struct metric_labels){{{row->label, value ? value : ""}}};
}

static void metric_table(const struct metric_source *from, const struct metric_row *row)
{
	for (const struct dtree_value *object =
	         dtree_value_first(from->sample->metrics, row->table);
	     object; object = dtree_value_next(object)) {
		const struct metric_labels labels = metric_label(row, object);
		metric_value_of(from, row, object, &labels);
	}
}

/* How many events there were of the type that the row names in `key`. */
static void metric_event(const struct metric_source *from, const struct metric_row *row)
{
	for (const struct dtree_value *object = dtree_value_first(from->sample->metrics, "events");
	     object; object = dtree_value_next(object)) {
		const char *type = dtree_value_string(object, "type", NULL);
		if (type && strcmp(type, row->key) == 0)
			metric_value_of(from, row, object, NULL);
	}
}

static void metric_times(const struct metric_source *from, const struct metric_row *row)
{
	struct histogram h;

	for (const struct dtree_value *object =
	         dtree_value_first(from->sample->metrics, row->table);
	     object; object = dtree_value_next(object)) {
		const struct metric_labels labels = metric_label(row, object);
		if (histogram_read(object, "took", &h) == 0)
			metric_histogram(from->out, row->name, &labels, &h);
	}
}

static void metric_count(const struct metric_source *from, const struct metric_row *row)
{
	struct histogram h;

	for (const struct dtree_value *object =
	         dtree_value_first(from->sample->metrics, row->table);
	     object; object = dtree_value_next(object)) {
		const struct metric_labels labels = metric_label(row, object);
		if (histogram_read(object, "took", &h) == 0)
			metric_int(from->out, row->name, &labels, (int64_t)histogram_count(&h));
	}
}

static void metric_errors(const struct metric_source *from, const struct metric_row *row)
{
	for (const struct dtree_value *kind = dtree_value_first(from->sample->metrics, row->table);
	     kind; kind = dtree_value_next(kind))
		for (const struct dtree_value *error = dtree_value_first(kind, "errors"); error;
		     error = dtree_value_next(error)) {
			struct metric_labels labels = metric_label(row, kind);
			const char *name = dtree_value_string(error, "name", NULL);
			labels.pairs[1].name = "error";
			labels.pairs[1].value = name ? name : "";
			metric_value_of(from, row, error, &labels);
		}
}

static void metric_steps(const struct metric_source *from, const struct metric_row *row)
{
	struct histogram h;

	for (const struct dtree_value *service =
	         dtree_value_first(from->sample->metrics, row->table);
	     service; service = dtree_value_next(service))
		for (const struct dtree_value *step = dtree_value_first(service, "steps"); step;
		     step = dtree_value_next(step)) {
			struct metric_labels labels = metric_label(row, service);
			const char *name = dtree_value_string(step, "name", NULL);
			labels.pairs[1].name = "step";
			labels.pairs[1].value = name ? name : "";
			if (histogram_read(step, "took", &h) == 0)
				metric_histogram(from->out, row->name, &labels, &h);
		}
}

static void metric_up(const struct metric_source *from, const struct metric_row *row)
{
	metric_int(from->out, row->name, NULL, from->sample->metrics != NULL);
}

static void metric_pages(const struct metric_source *from, const struct metric_row *row)
{
	metric_int(from->out, row->name, NULL, (int64_t)from->own->pages);
}

static void metric_connections(const struct metric_source *from, const struct metric_row *row)
{
	metric_int(from->out, row->name, NULL, (int64_t)from->own->connections);
}

static void metric_traces_sent(const struct metric_source *from, const struct metric_row *row)
{
	metric_int(from->out, row->name, NULL, (int64_t)from->own->traces_sent);
}

static void metric_traces_dropped(const struct metric_source *from, const struct metric_row *row)
{
	metric_int(from->out, row->name, NULL, (int64_t)from->own->traces_dropped);
}

/* Of all nodes; processes that cannot be read count as none. */
static void metric_workers_memory(const struct metric_source *from, const struct metric_row *row)
{
	int64_t sum = 0;

	for (size_t i = 0; i < from->sample->count; i++) {
		pid_t pid = from->sample->nodes[i].pid;
		int64_t bytes = pid ? proc_memory_read(pid) : 0;
		sum += bytes > 0 ? bytes : 0;
	}
	metric_int(from->out, row->name, NULL, sum);
}

static int64_t node_value_available(const struct node_sample *node)
{
	return strcmp(node->state, "available") == 0;
}

static int64_t node_value_requests(const struct node_sample *node)
{
	return node->requests;
}

static int64_t node_value_pending(const struct node_sample *node)
{
	return node->pending;
}

static int64_t node_value_restarts(const struct node_sample *node)
{
	return node->restarts;
}

static int64_t node_value_memory(const struct node_sample *node)
{
	return node->pid ? proc_memory_read(node->pid) : 0;
}

static void metric_node_labels(const struct node_sample *node, char id[16],
                               struct metric_labels *labels)
{
	snprintf(id, 16, "%d", node->id);
	*labels = (struct metric_labels){{{"node", id}, {"service", node->service}}};
	if (node->name) {
		labels->pairs[2].name = "name";
		labels->pairs[2].value = node->name;
	}
}

/* The row's member names what is told of each node. */
static void metric_node(const struct metric_source *from, const struct metric_row *row)
{
	static const struct {
		const char *member;
		int64_t (*value)(const struct node_sample *node);
	} values[] = {{"available", node_value_available},
	              {"requests", node_value_requests},
	              {"pending", node_value_pending},
	              {"restarts", node_value_restarts},
	              {"memory", node_value_memory}};
	struct metric_labels labels;
	char id[16];
	size_t v = 0;

	while (v + 1 < ARRAY_SIZE(values) && strcmp(values[v].member, row->member) != 0)
		v++;
	for (size_t i = 0; i < from->sample->count; i++) {
		int64_t value = values[v].value(&from->sample->nodes[i]);
		metric_node_labels(&from->sample->nodes[i], id, &labels);
		if (value >= 0)
			metric_int(from->out, row->name, &labels, value);
	}
}

static void metric_node_times(const struct metric_source *from, const struct metric_row *row)
{
	struct metric_labels labels;
	char id[16];

	for (size_t i = 0; i < from->sample->count; i++) {
		metric_node_labels(&from->sample->nodes[i], id, &labels);
		metric_histogram(from->out, row->name, &labels, &from->sample->nodes[i].took);
	}
}

#define REQUESTS .table = "requests", .label = "kind", .key = "kind"
#define SERVICES .table = "services", .label = "service", .key = "name"

#define ROW(n, t, h, w) .name = n, .type = t, .help = h, .write = w

static const struct metric_row rows[] = {
    {ROW("dtree_up", "gauge", "1 if dtreed answers, 0 if not.", metric_up), .always = true},
    {ROW("dtree_uptime_seconds", "gauge", "Since dtreed was started.", metric_member),
     .member = "uptime_ms", .of = 1000},
    {ROW("dtree_cpu_seconds_total", "counter", "Processor time of dtreed.", metric_member),
     .member = "cpu_us", .of = 1000000},
    {ROW("dtree_memory_bytes", "gauge", "Memory that dtreed has in use.", metric_member),
     .member = "memory_bytes"},
    {ROW("dtree_workers_memory_bytes", "gauge",
         "Memory that the processes of nodes have in use, with what they share counted for each.",
         metric_workers_memory)},
    {ROW("dtree_nodes", "gauge", "Nodes by state.", metric_table), .member = "nodes",
     .table = "states", .label = "state", .key = "state"},
    {ROW("dtree_requests_total", "counter", "Requests of clients that were answered.",
         metric_count),
     REQUESTS},
    {ROW("dtree_request_errors_total", "counter", "Those of them that were answered by an error.",
         metric_errors),
     .member = "count", REQUESTS},
    {ROW("dtree_request_args_bytes_total", "counter", "Bytes of arguments.", metric_table),
     .member = "args_bytes", REQUESTS},
    {ROW("dtree_request_result_bytes_total", "counter", "Bytes of results.", metric_table),
     .member = "result_bytes", REQUESTS},
    {ROW("dtree_request_seconds", "histogram", "From the reading of a request to its answer.",
         metric_times),
     REQUESTS},
    {ROW("dtree_service_seconds", "histogram",
         "The same of those that nodes were sent, by service.", metric_times),
     SERVICES},
    {ROW("dtree_step_seconds", "histogram", "The steps that this time went to.", metric_steps),
     SERVICES},
    {ROW("dtree_requests_pending", "gauge", "Requests under way.", metric_member),
     .member = "pending"},
    {ROW("dtree_requests_pending_bytes", "gauge", "Bytes of their arguments.", metric_member),
     .member = "pending_bytes"},
    {ROW("dtree_requests_sent", "gauge", "Requests that nodes have.", metric_member),
     .member = "sent"},
    {ROW("dtree_nodes_with_queue", "gauge", "Nodes at which requests wait for room.",
         metric_member),
     .member = "queues"},
    {ROW("dtree_streams", "gauge", "Open streams.", metric_member), .member = "streams"},
    {ROW("dtree_clients", "gauge", "Clients of the control socket.", metric_member),
     .member = "clients"},
    {ROW("dtree_clients_denied_total", "counter", "Clients and requests that were refused.",
         metric_member),
     .member = "denied"},
    {ROW("dtree_client_read_bytes_total", "counter", "Bytes that clients sent.", metric_member),
     .member = "read_bytes"},
    {ROW("dtree_client_written_bytes_total", "counter", "Bytes that clients were sent.",
         metric_member),
     .member = "written_bytes"},
    {ROW("dtree_client_unsent_bytes", "gauge", "Bytes that clients have not read.", metric_member),
     .member = "unsent_bytes"},
    {ROW("dtree_events_total", "counter", "Events by type.", metric_table), .member = "count",
     .table = "events", .label = "type", .key = "type"},
    {ROW("dtree_deaths_total", "counter", "Processes of nodes that died.", metric_event),
     .member = "count", .key = "node_died"},
    {ROW("dtree_restarts_total", "counter", "Nodes that were started again.", metric_event),
     .member = "count", .key = "node_restarted"},
    {ROW("dtree_heartbeats_lost_total", "counter", "Nodes that were not heard of.", metric_event),
     .member = "count", .key = "heartbeat_lost"},
    {ROW("dtree_exporter_pages", "gauge", "Pages that are open.", metric_pages), .always = true},
    {ROW("dtree_exporter_connections_total", "counter", "Connections to dtreed that there were.",
         metric_connections),
     .always = true},
    {ROW("dtree_exporter_traces_sent_total", "counter", "Traces that the collector took.",
         metric_traces_sent),
     .always = true},
    {ROW("dtree_exporter_traces_dropped_total", "counter", "Traces that were lost.",
         metric_traces_dropped),
     .always = true},
    {ROW("dtree_node_available", "gauge", "1 if the node is available.", metric_node),
     .member = "available", .by_node = true},
    {ROW("dtree_node_requests_total", "counter", "Requests that the node was sent.", metric_node),
     .member = "requests", .by_node = true},
    {ROW("dtree_node_pending", "gauge", "Requests that the node has not answered.", metric_node),
     .member = "pending", .by_node = true},
    {ROW("dtree_node_restarts_total", "counter", "Restarts of the node.", metric_node),
     .member = "restarts", .by_node = true},
    {ROW("dtree_node_memory_bytes", "gauge", "Memory that its process has in use.", metric_node),
     .member = "memory", .by_node = true},
    {ROW("dtree_node_seconds", "histogram", "dtree_service_seconds of the node.",
         metric_node_times),
     .by_node = true},
};

void metrics_write(struct buffer *out, const struct sample *sample, const struct own_counts *own,
                   bool nodes)
{
	const struct metric_source from = {.out = out, .sample = sample, .own = own};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct metric_row *row = &rows[i];
		if ((row->by_node && !nodes) || (!row->always && !sample->metrics))
			continue;
		metric_head(out, row->name, row->type, row->help);
		row->write(&from, row);
	}
}
