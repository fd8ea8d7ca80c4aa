/* Requests to a chain of nodes beside chains of bare processes; starts of nodes and of clients. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/program.h"
#include "dtree.h"
#include "floor.h"
#include "load.h"
#include "nodes.h"
#include "process.h"
#include "stage.h"

/* The deepest node; node N is at depth N. */
#define DEEPEST 8
/* The first of the nodes that come and go. */
#define PASSING 1001
/* Requests in one sample of a rate. */
#define FLOOD    10000
#define TOGETHER 50

static const size_t floor_depths[] = {1, 2, 4, 8};

struct links {
	struct dtree dtree;
	struct floor_chain chains[ARRAY_SIZE(floor_depths)];
	struct floor_chain once; /* of depth 1, for clients that come and go */
	struct floor_chain starter;
	char *worker; /* programs; owned */
	char *client;
};

/* Figures of nodes at the wrong depth would be meaningless. */
static int check_depths(struct dtree *dtree, struct error *err)
{
	struct nodes nodes = {0};
	int rc = nodes_read(dtree, &nodes, err);

	for (size_t i = 0; rc == 0 && i < nodes.count; i++)
		if (nodes.all[i].depth != nodes.all[i].id)
			rc = error_set(err, ERR_INTERNAL, "node %d is at depth %d", nodes.all[i].id,
			               nodes.all[i].depth);
	nodes_free(&nodes);
	return rc;
}

static int open_dtree(struct dtree *dtree, struct error *err)
{
	if (dtree_open(dtree, "links", NULL, err))
		return -1;
	for (int id = 1; id <= DEEPEST; id++)
		if (dtree_create(dtree, id, id == 1 ? -1 : id - 1, "", err) < 0)
			return -1;
	return check_depths(dtree, err);
}

static int links_open(void *stage, bool floor_only, struct error *err)
{
	struct links *links = stage;

	links->dtree = DTREE_CLOSED;
	links->once = links->starter = FLOOR_CLOSED;
	for (size_t i = 0; i < ARRAY_SIZE(links->chains); i++)
		links->chains[i] = FLOOR_CLOSED;
	links->worker = program_find("worker", NULL, NULL);
	links->client = program_find("client", NULL, NULL);
	if (!links->worker || !links->client)
		return error_set(err, ERR_INTERNAL, "worker and client are not beside bench");
	for (size_t i = 0; i < ARRAY_SIZE(links->chains); i++) {
		cleanup_free char *name = mem_format("floor%zu", floor_depths[i]);
		if (floor_chain_open(&links->chains[i], floor_depths[i], name, err))
			return -1;
	}
	if (floor_chain_open(&links->once, 1, "once", err) ||
	    floor_starter_open(&links->starter, links->worker, err))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(links->chains); i++)
		if (floor_chain_connect(&links->chains[i], err))
			return -1;
	if (floor_chain_connect(&links->starter, err))
		return -1;
	return floor_only ? 0 : open_dtree(&links->dtree, err);
}

static void links_close(void *stage)
{
	struct links *links = stage;

	dtree_close(&links->dtree);
	for (size_t i = 0; i < ARRAY_SIZE(links->chains); i++)
		floor_chain_free(&links->chains[i]);
	floor_chain_free(&links->once);
	floor_chain_free(&links->starter);
	free(links->worker);
	free(links->client);
}

static struct floor_chain *chain_of(struct links *links, const struct row *row)
{
	size_t i = 0;

	while (floor_depths[i] != row->depth)
		i++;
	return &links->chains[i];
}

static int dtree_trip(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct links *links = stage;

	return load_round_trips(&links->dtree, &request_exec, (int)row->depth, row->batch, s, err);
}

static int floor_trip(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	return floor_round_trips(chain_of(stage, row), row->batch, s, err);
}

static int dtree_rate(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct links *links = stage;

	return load_rate(&links->dtree, &request_exec, (int)row->depth, FLOOD, row->window,
	                 row->batch, s, err);
}

static int floor_rate(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	for (size_t i = 0; i < row->batch; i++)
		if (floor_flood(chain_of(stage, row), FLOOD, row->window, s, err))
			return -1;
	return 0;
}

static int dtree_start(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct links *links = stage;

	for (size_t i = 0; i < row->batch; i++) {
		long long began = process_clock();

		if (dtree_create(&links->dtree, PASSING + (int)i, -1, "", err) < 0)
			return -1;
		samples_add(s, (double)(process_clock() - began) / 1e3);
	}
	for (size_t i = 0; i < row->batch; i++)
		if (dtree_ask(&links->dtree, &request_kill, PASSING + (int)i, err))
			return -1;
	return 0;
}

static int floor_start(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct links *links = stage;

	return floor_starts(&links->starter, row->batch, s, err);
}

static int dtree_together(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct links *links = stage;

	(void)row;
	return load_creates(&links->dtree, PASSING, TOGETHER, s, err);
}

static int floor_together(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct links *links = stage;

	(void)row;
	if (floor_starts_together(&links->starter, TOGETHER, s, err))
		return -1;
	return floor_end(&links->starter, err);
}

static int dtree_once(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct links *links = stage;

	return load_pings(&links->dtree, row->batch, s, err);
}

static int floor_once(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct links *links = stage;
	char *argv[] = {links->client, links->once.path, NULL};

	for (size_t i = 0; i < row->batch; i++) {
		struct process_cost cost;

		if (process_run(argv, -1, -1, &cost, err))
			return -1;
		samples_add(s, cost.us);
	}
	return 0;
}

#define TRIP(name, deep) \
	{ \
		name, UNIT_US, dtree_trip, floor_trip, {{GOAL_RATIO, 1.15}, {GOAL_TAIL, 2}}, \
		    .quick = 25, .full = 200, .warm = 2, .batch = 20, .depth = (deep) \
	}
#define RATE(name, deep, open, ...) \
	{ \
		name, UNIT_RATE, dtree_rate, floor_rate, {__VA_ARGS__}, \
		    .quick = 10, .full = 80, .warm = 2, .batch = 1, .depth = (deep), \
		    .window = (open) \
	}

static const struct row rows[] = {
    TRIP("round trip, depth 1", 1),
    TRIP("round trip, depth 2", 2),
    TRIP("round trip, depth 4", 4),
    TRIP("round trip, depth 8", 8),
    RATE("pipelined 64, depth 1", 1, 64, {GOAL_LEAST, 150000}),
    RATE("pipelined 256, depth 1", 1, 256, {GOAL_LEAST, 150000}),
    RATE("pipelined 64, depth 4", 4, 64, {GOAL_SHARE, 0.6}),
    RATE("pipelined 256, depth 4", 4, 256, {GOAL_SHARE, 0.6}),
    {"create a node",
     UNIT_US,
     dtree_start,
     floor_start,
     {{GOAL_RATIO, 0.9}},
     .quick = 10,
     .full = 80,
     .warm = 2,
     .batch = 3},
    {"create 50 nodes at once",
     UNIT_MS,
     dtree_together,
     floor_together,
     {{GOAL_MOST, 80}},
     .full = 20,
     .warm = 1},
    {"one-shot ping, whole process",
     UNIT_US,
     dtree_once,
     floor_once,
     {{GOAL_RATIO, 1.5}},
     .quick = 10,
     .full = 80,
     .warm = 2,
     .batch = 5},
};

const struct stage stage_links = {
    .beside = "floor",
    .size = sizeof(struct links),
    .open = links_open,
    .close = links_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
