/* What a trace and a setting cost: requests with it beside requests without it. */
#include "base/mem.h"
#include "dtree.h"
#include "load.h"
#include "stage.h"

/* Node N is at depth N. */
#define DEEPEST 4
#define FLOOD   10000

struct settings {
	struct dtree plain;
	struct dtree slow;
	struct dtree tcp;
};

static int settings_grow(struct dtree *dtree, const char *name, const char *option,
                         struct error *err)
{
	if (dtree_open(dtree, name, (const char *const[]){option, NULL}, err))
		return -1;
	for (int id = 1; id <= DEEPEST; id++)
		if (dtree_create(dtree, id, id == 1 ? -1 : id - 1, "", err) < 0)
			return -1;
	return 0;
}

static int settings_open(void *stage, bool floor_only, struct error *err)
{
	struct settings *settings = stage;

	settings->plain = settings->slow = settings->tcp = DTREE_CLOSED;
	if (settings_grow(&settings->plain, "plain", NULL, err))
		return -1;
	if (floor_only)
		return 0;
	if (settings_grow(&settings->slow, "slow", "--slow-request=1000", err))
		return -1;
	return settings_grow(&settings->tcp, "tcp", "--link=tcp", err);
}

static void settings_close(void *stage)
{
	struct settings *settings = stage;

	dtree_close(&settings->plain);
	dtree_close(&settings->slow);
	dtree_close(&settings->tcp);
}

static int settings_trips(struct dtree *dtree, const struct request *request, const struct row *row,
                          struct samples *s, struct error *err)
{
	return load_round_trips(dtree, request, (int)row->depth, row->batch, s, err);
}

static int settings_rate(struct dtree *dtree, const struct row *row, struct samples *s,
                         struct error *err)
{
	return load_rate(dtree, &request_exec, (int)row->depth, FLOOD, row->window, row->batch, s,
	                 err);
}

static int plain_trip(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	return settings_trips(&((struct settings *)stage)->plain, &request_exec, row, s, err);
}

static int traced_trip(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	return settings_trips(&((struct settings *)stage)->plain, &request_traced, row, s, err);
}

static int tcp_trip(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	return settings_trips(&((struct settings *)stage)->tcp, &request_exec, row, s, err);
}

static int plain_rate(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	return settings_rate(&((struct settings *)stage)->plain, row, s, err);
}

static int slow_rate(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	return settings_rate(&((struct settings *)stage)->slow, row, s, err);
}

static int tcp_rate(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	return settings_rate(&((struct settings *)stage)->tcp, row, s, err);
}

#define TRIP(name, fn, deep, ...) \
	{ \
		name, UNIT_US, fn, plain_trip, {__VA_ARGS__}, .quick = 25, .full = 200, .warm = 2, \
		                                              .batch = 20, .depth = (deep) \
	}
#define RATE(name, fn, deep, ...) \
	{ \
		name, UNIT_RATE, fn, plain_rate, {__VA_ARGS__}, \
		    .quick = 10, .full = 80, .warm = 2, .batch = 1, .depth = (deep), .window = 64 \
	}

static const struct row rows[] = {
    TRIP("a traced request beside another, depth 1", traced_trip, 1, {GOAL_NONE, 0}),
    TRIP("a traced request beside another, depth 4", traced_trip, 4, {GOAL_RATIO, 1.3}),
    RATE("slow-request beside none, 64 under way, depth 1", slow_rate, 1, {GOAL_SHARE, 0.97}),
    TRIP("links over TCP beside ipc, depth 1", tcp_trip, 1, {GOAL_NONE, 0}),
    TRIP("links over TCP beside ipc, depth 4", tcp_trip, 4, {GOAL_NONE, 0}),
    RATE("links over TCP beside ipc, 64 under way, depth 4", tcp_rate, 4, {GOAL_NONE, 0}),
};

const struct stage stage_settings = {
    .beside = "without it",
    .size = sizeof(struct settings),
    .open = settings_open,
    .close = settings_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
