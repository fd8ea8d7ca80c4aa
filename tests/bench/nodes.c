/* Nothing is owned here. dtreed's replies are parsed as JSON, and checked in full. */
#include "nodes.h"

#include <stdlib.h>
#include <string.h>

#include "process.h"
#include "wire/json.h"

static int read_one(const struct cJSON *row, struct node *node, struct error *err)
{
	const struct cJSON *pid = json_member(row, "pid");
	int64_t number = 0;
	int64_t depth = 0;
	const char *state;
	size_t n;

	if (json_id(json_member(row, "id"), "id", &node->id, err) ||
	    json_parent(json_member(row, "parent"), "parent", &node->parent, err) ||
	    json_int(json_member(row, "depth"), "depth", 1, INT32_MAX, &depth, err) ||
	    json_string(json_member(row, "state"), "state", &state, &n, err) ||
	    (!json_is_null(pid) && json_int(pid, "pid", 1, INT32_MAX, &number, err)))
		return -1;
	node->pid = (pid_t)number;
	node->depth = (int)depth;
	node->available = strcmp(state, "available") == 0;
	return 0;
}

int nodes_read(struct dtree *dtree, struct nodes *nodes, struct error *err)
{
	const struct cJSON *list;
	struct cJSON *reply;
	size_t n;
	char *line;
	int rc = 0;

	nodes_free(nodes);
	if (dtree_send(dtree, err, "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"tree\"}\n") ||
	    talk_line(&dtree->talk, &line, &n, err))
		return -1;
	reply = json_parse(line, n, JSON_REPLY_VALUES, NULL, err);
	if (!reply)
		return -1;
	list = json_member(json_member(reply, "result"), "nodes");
	if (!json_is_array(list))
		rc = error_set(err, ERR_INTERNAL, "dtreed told no tree");
	nodes->all = mem_new_array(json_count(list) + 1, sizeof *nodes->all);
	for (const struct cJSON *row = json_first(list); rc == 0 && row; row = json_next(row))
		rc = read_one(row, &nodes->all[nodes->count++], err);
	json_free(reply);
	return rc;
}

void nodes_free(struct nodes *nodes)
{
	free(nodes->all);
	*nodes = (struct nodes){0};
}

const struct node *nodes_find(const struct nodes *nodes, int id)
{
	for (size_t i = 0; i < nodes->count; i++)
		if (nodes->all[i].id == id)
			return &nodes->all[i];
	return NULL;
}

size_t nodes_below(const struct nodes *nodes, int id, int *ids)
{
	size_t count = 0;

	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = &nodes->all[i];
		bool below = node->parent == id;
		for (size_t k = 0; !below && k < count; k++)
			below = ids[k] == node->parent;
		if (below)
			ids[count++] = node->id;
	}
	return count;
}

int nodes_create(struct dtree *dtree, size_t count, struct error *err)
{
	cleanup_free int *ids = mem_new_array(count, sizeof *ids);

	for (size_t i = 0; i < count; i++)
		ids[i] = (int)i + 1;
	return dtree_ask_all(dtree, &request_create, ids, count, err);
}

int events_open(struct talk *events, const struct dtree *dtree, const char *types,
                struct error *err)
{
	cleanup_free char *line = mem_format("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":"
	                                     "\"subscribe\",\"params\":{\"types\":[%s]}}\n",
	                                     types);
	size_t n;
	char *reply;

	if (talk_open(events, dtree->socket, err) ||
	    talk_write(events->fd, line, strlen(line), err) || talk_line(events, &reply, &n, err))
		return -1;
	if (!memmem(reply, n, "\"subscription\":", strlen("\"subscription\":")))
		return error_set(err, ERR_INTERNAL, "dtreed answered %.*s",
		                 (int)(n < 300 ? n : 300), reply);
	return 0;
}

/* 1: it is; 0: another; -1: it cannot be read. */
static int is_event(const char *line, size_t n, const char *type, int id, struct error *err)
{
	struct cJSON *event = json_parse(line, n, JSON_REPLY_VALUES, NULL, err);
	const struct cJSON *params = json_member(event, "params");
	const char *name;
	size_t size;
	int rc = -1;
	int of;

	if (event && json_string(json_member(params, "type"), "type", &name, &size, err) == 0 &&
	    json_id(json_member(params, "id"), "id", &of, err) == 0)
		rc = strcmp(name, type) == 0 && of == id;
	json_free(event);
	return rc;
}

int events_wait(struct talk *events, const char *type, int id, long long *at, struct error *err)
{
	size_t n;
	char *line;
	int rc;

	do {
		if (talk_line(events, &line, &n, err))
			return -1;
		*at = process_clock();
		rc = is_event(line, n, type, id, err);
	} while (rc == 0);
	return rc < 0 ? -1 : 0;
}
