/* What a program costs its node, beside nodes that have none, or a quieter one. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/program.h"
#include "declare.h"
#include "dtree.h"
#include "floor_program.h"
#include "load.h"
#include "nodes.h"
#include "process.h"
#include "stage.h"
#include "usage.h"

/* Nodes of each kind, of which the memory is compared. */
#define SAME 20
/* Nodes of a group, and requests that they share. */
#define POOL   8
#define SHARED 64

enum { QUIET = 1, LOUD, FIRST_OF_POOL };

struct services {
	struct dtree dtree;
	struct bare pool[POOL];
	char *echo; /* a program; owned */
};

static int create_many(struct dtree *dtree, int first, const char *service,
                       const struct request *request, struct error *err)
{
	cleanup_free char *more = mem_format(",\"service\":\"%s\"", service);

	for (int id = first; id < first + SAME; id++)
		if (dtree_create(dtree, id, -1, more, err) < 0 ||
		    dtree_ask(dtree, request, id, err))
			return -1;
	return 0;
}

static int open_pools(struct services *s, struct error *err)
{
	char *argv[] = {s->echo, "lines", "--slow", NULL};

	for (int i = 0; i < POOL; i++)
		if (bare_open(&s->pool[i], argv, err))
			return -1;
	return declare_pool_nodes(&s->dtree, "slow", FIRST_OF_POOL, POOL, err);
}

/* Both sides of most rows are nodes. */
static int services_open(void *stage, bool floor_only, struct error *err)
{
	struct services *s = stage;

	(void)floor_only;
	s->dtree = DTREE_CLOSED;
	for (int i = 0; i < POOL; i++)
		s->pool[i] = BARE_CLOSED;
	s->echo = program_find("echo", NULL, NULL);
	if (!s->echo)
		return error_set(err, ERR_INTERNAL, "echo is not beside bench");
	const struct declared services[] = {
	    {"quiet", "lines", s->echo, "lines", ""},
	    {"loud", "lines", s->echo, "lines --loud", ""},
	    {"slow", "lines", s->echo, "lines --slow", ""},
	};
	if (declare_open(&s->dtree, "services", services, ARRAY_SIZE(services), err) ||
	    declare_nodes(&s->dtree, services, LOUD, err))
		return -1;
	return open_pools(s, err);
}

static void services_close(void *stage)
{
	struct services *s = stage;

	dtree_close(&s->dtree);
	for (int i = 0; i < POOL; i++)
		bare_close(&s->pool[i]);
	free(s->echo);
}

static int loud_trip(void *stage, const struct row *row, struct samples *samples, struct error *err)
{
	struct services *s = stage;

	return load_round_trips(&s->dtree, &request_line, LOUD, row->batch, samples, err);
}

static int quiet_trip(void *stage, const struct row *row, struct samples *samples,
                      struct error *err)
{
	struct services *s = stage;

	return load_round_trips(&s->dtree, &request_line, QUIET, row->batch, samples, err);
}

static int any_shared(void *stage, const struct row *row, struct samples *samples,
                      struct error *err)
{
	struct services *s = stage;

	return load_pool(&s->dtree, SHARED, row->window, samples, err);
}

/* Each program has as many as the others, at once. */
static int bare_shared(void *stage, const struct row *row, struct samples *samples,
                       struct error *err)
{
	static const char line[] = "1 1\n";
	struct services *s = stage;
	long long began = process_clock();

	(void)row;
	for (int i = 0; i < SHARED; i++)
		if (talk_write(s->pool[i % POOL].to, line, sizeof line - 1, err))
			return -1;
	for (int i = 0; i < SHARED; i++) {
		size_t n;
		char *answer;
		if (talk_line(&s->pool[i % POOL].from, &answer, &n, err))
			return -1;
	}
	samples_add(samples, (double)(process_clock() - began) / 1e6);
	return 0;
}

/* The memory of the nodes from `first` on, which are created where they are not there yet. */
static int add_pss(struct services *s, int first, const char *service,
                   const struct request *request, struct samples *samples, struct error *err)
{
	struct nodes nodes = {0};
	int rc = nodes_read(&s->dtree, &nodes, err);

	if (rc == 0 && !nodes_find(&nodes, first)) {
		rc = create_many(&s->dtree, first, service, request, err);
		rc = rc ? rc : nodes_read(&s->dtree, &nodes, err);
	}
	for (size_t i = 0; rc == 0 && i < nodes.count; i++) {
		double kib;

		if (nodes.all[i].id < first || nodes.all[i].id >= first + SAME)
			continue;
		rc = usage_pss(nodes.all[i].pid, &kib, err);
		if (rc == 0)
			samples_add(samples, kib);
	}
	nodes_free(&nodes);
	return rc;
}

static int program_pss(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	(void)row;
	return add_pss(stage, 100, "quiet", &request_line, s, err);
}

static int built_in_pss(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	(void)row;
	return add_pss(stage, 200, "sum", &request_exec, s, err);
}

static const struct row rows[] = {
    {"an echo that says 1 MiB/s to standard error",
     UNIT_US,
     loud_trip,
     quiet_trip,
     {{GOAL_TAIL, 1.2}},
     .quick = 10,
     .full = 100,
     .warm = 2,
     .batch = 100},
    {"exec --any, 8 nodes of 5 ms, 64 under way",
     UNIT_MS,
     any_shared,
     bare_shared,
     {{GOAL_RATIO, 1.1}},
     .quick = 5,
     .full = 50,
     .warm = 1,
     .batch = 1,
     .window = SHARED},
    {"a worker's PSS with a program, beside one without",
     UNIT_KIB,
     program_pss,
     built_in_pss,
     {{GOAL_OVER, 64}},
     .quick = 1,
     .full = 1,
     .warm = 1,
     .batch = SAME},
};

const struct stage stage_services = {
    .beside = "floor",
    .size = sizeof(struct services),
    .open = services_open,
    .close = services_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
