/*
 * kill -9 of dtreed with a hundred nodes: how soon does a new one on the same directories serve
 * them? Only the same processes count: a tree that was started anew is no figure.
 */
#include <poll.h>

#include "base/mem.h"
#include "dtree.h"
#include "nodes.h"
#include "process.h"
#include "stage.h"
#include "wire/json.h"

#define NODES 100
/* A node that has not answered by then is lost. */
#define PATIENCE_NS 15000000000LL

struct controller {
	struct dtree dtree;
	struct nodes before; /* as they were when dtreed was killed */
};

static int controller_open(void *stage, bool floor_only, struct error *err)
{
	static const char *const options[] = {"--topology=balanced", NULL};
	struct controller *controller = stage;

	(void)floor_only;
	controller->dtree = DTREE_CLOSED;
	if (dtree_open(&controller->dtree, "controller", options, err))
		return -1;
	return nodes_create(&controller->dtree, NODES, err);
}

static void controller_close(void *stage)
{
	struct controller *controller = stage;

	dtree_close(&controller->dtree);
	nodes_free(&controller->before);
}

/* Reads one answer: gives the node, negated if it must be asked again; 0: neither. */
static int read_answer(const char *line, size_t n, struct error *err)
{
	struct cJSON *reply = json_parse(line, n, JSON_REPLY_VALUES, NULL, err);
	const struct cJSON *error = json_member(reply, "error");
	int64_t code = 0;
	int64_t id = 0;

	if (reply && json_int(json_member(reply, "id"), "id", 1, NODES, &id, err) == 0 && error &&
	    (json_int(json_member(error, "code"), "code", INT32_MIN, 0, &code, err) ||
	     code != ERR_NODE_UNAVAILABLE)) {
		error_set(err, ERR_INTERNAL, "dtreed answered %.*s", (int)(n < 300 ? n : 300),
		          line);
		id = 0;
	}
	json_free(reply);
	return (int)(error ? -id : id);
}

static int ask(struct dtree *dtree, int id, struct error *err)
{
	struct buffer out = {0};
	int rc;

	request_exec.write(&out, (size_t)id, id);
	rc = talk_write(dtree->talk.fd, buffer_bytes(&out), buffer_size(&out), err);
	buffer_free(&out);
	return rc;
}

/* Asks all nodes, and those that are not available again, until all have answered; gives when the
 * first and the last did. */
static int ask_until_all(struct dtree *dtree, long long *first, long long *last, struct error *err)
{
	long long until = process_clock() + PATIENCE_NS;

	for (int id = 1; id <= NODES; id++)
		if (ask(dtree, id, err))
			return -1;
	for (int answered = 0; answered < NODES;) {
		size_t n;
		char *line;
		int id;

		if (talk_line(&dtree->talk, &line, &n, err))
			return -1;
		*last = process_clock();
		id = read_answer(line, n, err);
		if (id > 0) {
			*first = answered++ ? *first : *last;
		} else if (id == 0) {
			return -1;
		} else if (*last > until) {
			return error_set(err, ERR_INTERNAL, "node %d was not adopted", -id);
		} else {
			poll(NULL, 0, 1);
			if (ask(dtree, -id, err))
				return -1;
		}
	}
	return 0;
}

static int check_same(const struct nodes *before, struct dtree *dtree, struct error *err)
{
	struct nodes now = {0};
	int rc = nodes_read(dtree, &now, err);

	if (rc == 0 && now.count != before->count)
		rc = error_set(err, ERR_INTERNAL, "there are %zu nodes, and not %zu", now.count,
		               before->count);
	for (size_t i = 0; rc == 0 && i < before->count; i++) {
		const struct node *old = &before->all[i];
		const struct node *node = nodes_find(&now, old->id);
		if (!node || node->pid != old->pid || node->parent != old->parent)
			rc = error_set(err, ERR_INTERNAL,
			               "node %d is not the process %d below %d any more", old->id,
			               (int)old->pid, old->parent);
	}
	nodes_free(&now);
	return rc;
}

static int adopt(struct controller *controller, double *first_ms, double *all_ms, struct error *err)
{
	struct dtree *dtree = &controller->dtree;
	long long began;
	long long first = 0;
	long long last = 0;

	if (nodes_read(dtree, &controller->before, err))
		return -1;
	if (controller->before.count != NODES)
		return error_set(err, ERR_INTERNAL, "there are %zu nodes, and not %d",
		                 controller->before.count, NODES);
	dtree_crash(dtree);
	began = process_clock();
	if (dtree_launch(dtree, err) || ask_until_all(dtree, &first, &last, err) ||
	    check_same(&controller->before, dtree, err))
		return -1;
	*first_ms = (double)(first - began) / 1e6;
	*all_ms = (double)(last - began) / 1e6;
	return 0;
}

static int dtree_first(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	double first;
	double all;

	(void)row;
	if (adopt(stage, &first, &all, err))
		return -1;
	samples_add(s, first);
	return 0;
}

static int dtree_all(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	double first;
	double all;

	(void)row;
	if (adopt(stage, &first, &all, err))
		return -1;
	samples_add(s, all);
	return 0;
}

static const struct row rows[] = {
    {"new dtreed to its first answer, 100 nodes",
     UNIT_MS,
     dtree_first,
     NULL,
     {{GOAL_MOST, 1000}},
     .quick = 4,
     .full = 20,
     .batch = 1},
    {"new dtreed to answers of all 100",
     UNIT_MS,
     dtree_all,
     NULL,
     {{GOAL_MOST, 1000}},
     .quick = 4,
     .full = 20,
     .batch = 1},
};

const struct stage stage_controller = {
    .beside = "floor",
    .size = sizeof(struct controller),
    .open = controller_open,
    .close = controller_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
