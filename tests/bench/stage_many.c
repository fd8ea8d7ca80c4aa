/*
 * A thousand nodes beside as many bare processes in a tree of the same shape. Heartbeats are off on
 * both sides, except where they are measured.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "dtree.h"
#include "floor.h"
#include "nodes.h"
#include "process.h"
#include "stage.h"
#include "usage.h"

#define NODES   1000
#define BEAT_MS 1000
/* Practically never. */
#define OFF_MS 86400000
/* How long an idle tree is measured, and the wait before. */
#define IDLE_MS   5000
#define SETTLE_MS 2000

struct many {
	struct dtree dtree;
	struct floor_chain tree;
	bool populated;
};

static int set_heartbeat(struct dtree *dtree, int ms, struct error *err)
{
	if (dtree_send(dtree, err,
	               "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"heartbeat\","
	               "\"params\":{\"interval_ms\":%d}}\n",
	               ms))
		return -1;
	return dtree_expect(dtree, "\"interval_ms\":", err);
}

static int many_open(void *stage, bool floor_only, struct error *err)
{
	static const char *const options[] = {"--topology=balanced", "--request-timeout=60000",
	                                      NULL};
	struct many *many = stage;

	many->dtree = DTREE_CLOSED;
	many->tree = FLOOR_CLOSED;
	if (floor_tree_open(&many->tree, NODES, 2, err) || floor_chain_connect(&many->tree, err) ||
	    floor_beat(&many->tree, 0, err))
		return -1;
	if (floor_only)
		return 0;
	if (dtree_open(&many->dtree, "many", options, err))
		return -1;
	return set_heartbeat(&many->dtree, OFF_MS, err);
}

static void many_close(void *stage)
{
	struct many *many = stage;

	dtree_close(&many->dtree);
	floor_chain_free(&many->tree);
}

static int populate(struct many *many, struct error *err)
{
	cleanup_free int *ids = mem_new_array(NODES, sizeof *ids);

	if (many->populated)
		return 0;
	for (int i = 0; i < NODES; i++)
		ids[i] = i + 1;
	if (dtree_ask_all(&many->dtree, &request_create, ids, NODES, err) ||
	    dtree_ask_all(&many->dtree, &request_exec, ids, NODES, err))
		return -1;
	many->populated = true;
	return 0;
}

static int dtree_create_all(void *stage, const struct row *row, struct samples *s,
                            struct error *err)
{
	struct many *many = stage;
	long long began;

	(void)row;
	/* Node 1 is the root of all. */
	if (many->populated && dtree_ask(&many->dtree, &request_kill, 1, err))
		return -1;
	many->populated = false;
	began = process_clock();
	if (populate(many, err))
		return -1;
	samples_add(s, (double)(process_clock() - began) / 1e6);
	return 0;
}

static int dtree_sweep(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct many *many = stage;

	if (populate(many, err))
		return -1;
	for (size_t i = 0; i < row->batch; i++) {
		long long began = process_clock();

		if (dtree_send(&many->dtree, err,
		               "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"pingall\"}\n") ||
		    dtree_expect(&many->dtree, "\"unavailable\":[]", err))
			return -1;
		samples_add(s, (double)(process_clock() - began) / 1e6);
	}
	return 0;
}

static int floor_sweep(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct many *many = stage;

	return floor_sweeps(&many->tree, row->batch, s, err);
}

/* Their total processor use while idle, in percent of one processor. */
static int measure_idle(const struct pids *pids, struct samples *s, struct error *err)
{
	long long before;
	long long after;
	long long began;

	poll(NULL, 0, SETTLE_MS);
	began = process_clock();
	if (usage_cpu(pids, &before, err))
		return -1;
	poll(NULL, 0, IDLE_MS);
	if (usage_cpu(pids, &after, err))
		return -1;
	samples_add(s, (double)(after - before) * 100 / (double)(process_clock() - began));
	return 0;
}

static int dtree_idle(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct many *many = stage;
	struct pids pids = {0};
	int rc;

	(void)row;
	if (populate(many, err) || set_heartbeat(&many->dtree, BEAT_MS, err))
		return -1;
	pids_add(&pids, many->dtree.pid);
	rc = pids_add_children(&pids, many->dtree.pid, err);
	if (rc == 0 && pids.count <= NODES)
		rc = error_set(err, ERR_INTERNAL, "dtreed has %zu processes", pids.count - 1);
	if (rc == 0)
		rc = measure_idle(&pids, s, err);
	pids_free(&pids);
	return rc ? rc : set_heartbeat(&many->dtree, OFF_MS, err);
}

/* All children but dtreed are the floor's. */
static int floor_idle(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct many *many = stage;
	struct pids pids = {0};
	size_t count = 0;
	int rc;

	(void)row;
	if (floor_beat(&many->tree, BEAT_MS, err))
		return -1;
	rc = pids_add_children(&pids, getpid(), err);
	for (size_t i = 0; i < pids.count; i++)
		if (pids.all[i] != many->dtree.pid)
			pids.all[count++] = pids.all[i];
	pids.count = count;
	if (rc == 0)
		rc = measure_idle(&pids, s, err);
	pids_free(&pids);
	return rc ? rc : floor_beat(&many->tree, 0, err);
}

static const struct row rows[] = {
    {"1000 nodes created, all answering",
     UNIT_MS,
     dtree_create_all,
     NULL,
     {{GOAL_MOST, 2000}},
     .full = 5,
     .warm = 1,
     .batch = 1},
    {"pingall, 1000 nodes",
     UNIT_MS,
     dtree_sweep,
     floor_sweep,
     {{GOAL_RATIO, 1.3}},
     .full = 40,
     .warm = 1,
     .batch = 3},
    {"idle, 1000 nodes, heartbeat 1000 ms",
     UNIT_CPU,
     dtree_idle,
     floor_idle,
     {{GOAL_RATIO, 1.3}},
     .full = 3,
     .batch = 1},
};

const struct stage stage_many = {
    .beside = "floor",
    .size = sizeof(struct many),
    .open = many_open,
    .close = many_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
