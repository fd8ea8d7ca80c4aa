/*
 * How cost grows with the number of nodes: a large balanced tree beside a chain of the same depth.
 * And a very large tree, which only has to work.
 */
#include "base/mem.h"
#include "dtree.h"
#include "load.h"
#include "process.h"
#include "stage.h"

#define FEW  10
#define MANY 1000
#define MOST 5000
/* At once. */
#define STEP 1000
/* The first of the nodes that come and go, which are at the bottom of both. */
#define PASSING 100001

struct growth {
	struct dtree few;
	struct dtree many;
	int nodes; /* of many, from 1 */
};

/* Creates nodes up to `last`; each has answered. */
static int grow(struct growth *growth, int last, struct error *err)
{
	int ids[STEP];

	while (growth->nodes < last) {
		size_t count = 0;

		while (count < STEP && growth->nodes < last)
			ids[count++] = ++growth->nodes;
		if (dtree_ask_all(&growth->many, &request_create, ids, count, err) ||
		    dtree_ask_all(&growth->many, &request_exec, ids, count, err))
			return -1;
	}
	return 0;
}

static int growth_open(void *stage, bool floor_only, struct error *err)
{
	static const char *const options[] = {"--topology=balanced", "--request-timeout=60000",
	                                      "--max-nodes=6000", "--heartbeat=86400000", NULL};
	struct growth *growth = stage;

	growth->few = growth->many = DTREE_CLOSED;
	if (dtree_open(&growth->few, "few", NULL, err))
		return -1;
	for (int id = 1; id <= FEW; id++)
		if (dtree_create(&growth->few, id, id == 1 ? -1 : id - 1, "", err) < 0)
			return -1;
	if (floor_only)
		return 0;
	if (dtree_open(&growth->many, "many", options, err))
		return -1;
	return grow(growth, MANY, err);
}

static void growth_close(void *stage)
{
	struct growth *growth = stage;

	dtree_close(&growth->few);
	dtree_close(&growth->many);
}

/* The last node is at the bottom: 2^9 <= 1000 < 2^10. */
static int many_trip(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct growth *growth = stage;

	return load_round_trips(&growth->many, &request_exec, MANY, row->batch, s, err);
}

static int few_trip(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct growth *growth = stage;

	return load_round_trips(&growth->few, &request_exec, FEW, row->batch, s, err);
}

static int pass(struct dtree *dtree, size_t count, struct samples *s, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		long long began = process_clock();

		/* A balanced tree ignores the parent. */
		if (dtree_create(dtree, PASSING, FEW - 1, "", err) < 0)
			return -1;
		samples_add(s, (double)(process_clock() - began) / 1e3);
		if (dtree_ask(dtree, &request_kill, PASSING, err))
			return -1;
	}
	return 0;
}

static int many_create(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct growth *growth = stage;

	return pass(&growth->many, row->batch, s, err);
}

static int few_create(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct growth *growth = stage;

	return pass(&growth->few, row->batch, s, err);
}

static int most_create(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct growth *growth = stage;
	long long began = process_clock();

	(void)row;
	if (grow(growth, MOST, err))
		return -1;
	samples_add(s, (double)(process_clock() - began) / 1e6);
	return 0;
}

static const struct row rows[] = {
    {"round trip, depth 10, 1000 nodes beside 10",
     UNIT_US,
     many_trip,
     few_trip,
     {{GOAL_RATIO, 1.15}},
     .full = 40,
     .warm = 2,
     .batch = 20},
    {"create at depth 10, 1000 nodes beside 10",
     UNIT_US,
     many_create,
     few_create,
     {{GOAL_RATIO, 1.15}},
     .full = 40,
     .warm = 2,
     .batch = 3},
    {"from 1000 to 5000 nodes, all answering", UNIT_MS, most_create, NULL, .full = 1},
};

const struct stage stage_growth = {
    .beside = "few nodes",
    .size = sizeof(struct growth),
    .open = growth_open,
    .close = growth_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
