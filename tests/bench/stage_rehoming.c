/* An interior node of a hundred dies: the time until all nodes below it answer again. */
#include <signal.h>

#include "base/mem.h"
#include "dtree.h"
#include "nodes.h"
#include "process.h"
#include "stage.h"

#define NODES 100
/* The left child of the root: half of the others are below it. */
#define INTERIOR 2
#define BELOW    49

struct rehoming {
	struct dtree dtree;
};

static int rehoming_open(void *stage, bool floor_only, struct error *err)
{
	static const char *const options[] = {"--topology=balanced", NULL};
	struct rehoming *rehoming = stage;

	(void)floor_only;
	rehoming->dtree = DTREE_CLOSED;
	if (dtree_open(&rehoming->dtree, "rehoming", options, err))
		return -1;
	return nodes_create(&rehoming->dtree, NODES, err);
}

static void rehoming_close(void *stage)
{
	struct rehoming *rehoming = stage;

	dtree_close(&rehoming->dtree);
}

static int find_below(struct dtree *dtree, pid_t *pid, int *ids, struct error *err)
{
	struct nodes nodes = {0};
	const struct node *interior;
	int rc = nodes_read(dtree, &nodes, err);

	if (rc == 0) {
		interior = nodes_find(&nodes, INTERIOR);
		*pid = interior ? interior->pid : 0;
		if (nodes.count != NODES || nodes_below(&nodes, INTERIOR, ids) != BELOW || !*pid)
			rc = error_set(err, ERR_INTERNAL, "node %d has not %d of %d below it",
			               INTERIOR, BELOW, NODES);
	}
	nodes_free(&nodes);
	return rc;
}

/* Creates the lost half again: its root first, so that the rest goes below it. */
static int restore(struct dtree *dtree, const int *ids, struct error *err)
{
	if (dtree_ask(dtree, &request_kill, INTERIOR, err) ||
	    dtree_ask(dtree, &request_create, INTERIOR, err))
		return -1;
	return dtree_ask_all(dtree, &request_create, ids, BELOW, err);
}

static int rehome_once(struct dtree *dtree, struct samples *s, struct error *err)
{
	cleanup_free int *ids = mem_new_array(NODES, sizeof *ids);
	long long began;
	pid_t pid;

	if (find_below(dtree, &pid, ids, err) ||
	    dtree_ask_all(dtree, &request_exec, ids, BELOW, err))
		return -1;
	began = process_clock();
	kill(pid, SIGKILL);
	if (dtree_ask_all(dtree, &request_exec, ids, BELOW, err))
		return -1;
	samples_add(s, (double)(process_clock() - began) / 1e6);
	return restore(dtree, ids, err);
}

static int dtree_rehome(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct rehoming *rehoming = stage;

	for (size_t i = 0; i < row->batch; i++)
		if (rehome_once(&rehoming->dtree, s, err))
			return -1;
	return 0;
}

static const struct row rows[] = {
    {"interior death to all 49 below it, of 100",
     UNIT_MS,
     dtree_rehome,
     NULL,
     {{GOAL_MOST, 50}},
     .quick = 8,
     .full = 60,
     .warm = 1,
     .batch = 1},
};

const struct stage stage_rehoming = {
    .beside = "floor",
    .size = sizeof(struct rehoming),
    .open = rehoming_open,
    .close = rehoming_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
