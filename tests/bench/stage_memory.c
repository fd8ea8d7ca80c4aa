/* The memory of the processes of a tree. */
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/program.h"
#include "dtree.h"
#include "floor.h"
#include "nodes.h"
#include "stage.h"
#include "usage.h"

#define FEW  50
#define MANY 1000
/* dtreed returns the memory of a burst a second after it. */
#define SETTLE_MS 2000

struct memory {
	struct dtree dtree;
	struct floor_chain starter;
	char *worker; /* a program; owned */
};

/* Each node has answered, so that each has its service thread. */
static int grow(struct dtree *dtree, int first, int last, struct error *err)
{
	size_t count = (size_t)(last - first + 1);
	cleanup_free int *ids = mem_new_array(count, sizeof *ids);

	for (size_t i = 0; i < count; i++)
		ids[i] = first + (int)i;
	if (dtree_ask_all(dtree, &request_create, ids, count, err) ||
	    dtree_ask_all(dtree, &request_exec, ids, count, err))
		return -1;
	poll(NULL, 0, SETTLE_MS);
	return 0;
}

static int memory_open(void *stage, bool floor_only, struct error *err)
{
	/* The controller has one child, so further nodes are below that. */
	static const char *const options[] = {"--topology=balanced", "--request-timeout=60000",
	                                      NULL};
	struct memory *memory = stage;

	memory->dtree = DTREE_CLOSED;
	memory->starter = FLOOR_CLOSED;
	memory->worker = program_find("worker", NULL, NULL);
	if (!memory->worker)
		return error_set(err, ERR_INTERNAL, "worker is not beside bench");
	if (floor_starter_open(&memory->starter, memory->worker, err) ||
	    floor_chain_connect(&memory->starter, err))
		return -1;
	if (floor_only)
		return 0;
	if (dtree_open(&memory->dtree, "memory", options, err))
		return -1;
	return grow(&memory->dtree, 1, FEW, err);
}

static void memory_close(void *stage)
{
	struct memory *memory = stage;

	dtree_close(&memory->dtree);
	floor_chain_free(&memory->starter);
	free(memory->worker);
}

static int dtree_rss(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct memory *memory = stage;
	double kib;

	(void)row;
	if (usage_status(memory->dtree.pid, "VmRSS", &kib, err))
		return -1;
	samples_add(s, kib);
	return 0;
}

static int add_pss(const struct pids *pids, struct samples *s, struct error *err)
{
	for (size_t i = 0; i < pids->count; i++) {
		double kib;

		if (usage_pss(pids->all[i], &kib, err))
			return -1;
		samples_add(s, kib);
	}
	return 0;
}

static int dtree_pss(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct memory *memory = stage;
	struct nodes nodes = {0};
	struct pids pids = {0};
	int rc = nodes_read(&memory->dtree, &nodes, err);

	(void)row;
	for (size_t i = 0; i < nodes.count; i++)
		pids_add(&pids, nodes.all[i].pid);
	if (rc == 0)
		rc = add_pss(&pids, s, err);
	nodes_free(&nodes);
	pids_free(&pids);
	return rc;
}

/* The bare workers are the children of their starter, which is the only child besides dtreed. */
static int floor_pss(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct memory *memory = stage;
	struct samples time = {0};
	struct pids own = {0};
	struct pids pids = {0};
	int rc;

	(void)row;
	rc = floor_starts_together(&memory->starter, FEW, &time, err);
	if (rc == 0)
		rc = pids_add_children(&own, getpid(), err);
	for (size_t i = 0; rc == 0 && i < own.count; i++)
		if (own.all[i] != memory->dtree.pid)
			rc = pids_add_children(&pids, own.all[i], err);
	if (rc == 0)
		rc = add_pss(&pids, s, err);
	samples_free(&time);
	pids_free(&own);
	pids_free(&pids);
	return rc ? rc : floor_end(&memory->starter, err);
}

static int dtree_further(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct memory *memory = stage;
	double few;
	double many;

	(void)row;
	if (usage_status(memory->dtree.pid, "VmRSS", &few, err) ||
	    grow(&memory->dtree, FEW + 1, MANY, err) ||
	    usage_status(memory->dtree.pid, "VmRSS", &many, err))
		return -1;
	samples_add(s, (many - few) * 1024 / (MANY - FEW));
	return 0;
}

static const struct row rows[] = {
    {"dtreed's RSS, 50 nodes", UNIT_KIB, dtree_rss, NULL, {{GOAL_MOST, 8192}}, .full = 1},
    {"a worker's PSS, 50 nodes", UNIT_KIB, dtree_pss, floor_pss, {{GOAL_MOST, 819}}, .full = 1},
    {"dtreed's RSS, each further node to 1000",
     UNIT_BYTES,
     dtree_further,
     NULL,
     {{GOAL_MOST, 2048}},
     .full = 1},
};

const struct stage stage_memory = {
    .beside = "floor",
    .size = sizeof(struct memory),
    .open = memory_open,
    .close = memory_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
