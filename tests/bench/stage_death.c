/* Workers that are killed by kill -9: when the event comes, and when the replacement serves. */
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/program.h"
#include "dtree.h"
#include "floor.h"
#include "nodes.h"
#include "process.h"
#include "stage.h"

struct death {
	struct dtree dtree;
	struct talk events; /* of dtree */
	struct floor_chain starter;
	char *worker; /* a program; owned */
};

static int death_open(void *stage, bool floor_only, struct error *err)
{
	struct death *death = stage;

	death->dtree = DTREE_CLOSED;
	death->events.fd = -1;
	death->starter = FLOOR_CLOSED;
	death->worker = program_find("worker", NULL, NULL);
	if (!death->worker)
		return error_set(err, ERR_INTERNAL, "worker is not beside bench");
	if (floor_starter_open(&death->starter, death->worker, err) ||
	    floor_chain_connect(&death->starter, err))
		return -1;
	if (floor_only)
		return 0;
	if (dtree_open(&death->dtree, "death", NULL, err))
		return -1;
	return events_open(&death->events, &death->dtree, "\"node_died\",\"node_restarted\"", err);
}

static void death_close(void *stage)
{
	struct death *death = stage;

	talk_close(&death->events);
	dtree_close(&death->dtree);
	floor_chain_free(&death->starter);
	free(death->worker);
}

/* Kills that process: when, of process_clock(). */
static int kill_now(pid_t pid, long long *at, struct error *err)
{
	*at = process_clock();
	return kill(pid, SIGKILL) ? error_set(err, ERR_INTERNAL, "a node's process is gone") : 0;
}

static int report_one(struct death *death, int id, struct samples *s, struct error *err)
{
	long long began;
	long long at;
	pid_t pid = dtree_create(&death->dtree, id, -1, "", err);

	if (pid < 0 || kill_now(pid, &began, err) ||
	    events_wait(&death->events, "node_died", id, &at, err))
		return -1;
	samples_add(s, (double)(at - began) / 1e3);
	return dtree_ask(&death->dtree, &request_kill, id, err);
}

static int dtree_report(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	for (int id = 1; id <= (int)row->batch; id++)
		if (report_one(stage, id, s, err))
			return -1;
	return 0;
}

static int floor_report(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct death *death = stage;

	return floor_deaths(&death->starter, row->batch, s, err);
}

static void write_put(struct buffer *out, size_t number, int id)
{
	(void)number;
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec\","
	              "\"params\":{\"id\":%d,\"args\":[\"kept\",\"4711\"]}}\n",
	              id);
}

static void write_get(struct buffer *out, size_t number, int id)
{
	(void)number;
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec\","
	              "\"params\":{\"id\":%d,\"args\":[\"kept\"]}}\n",
	              id);
}

static const struct request put = {write_put, "\"result\":null"};
static const struct request get = {write_get, "\"result\":\"4711\""};

/* Like a client: waits for the event, then sends a request. It uses a new node each time, because
 * only the first restart has no delay. */
static int replace_one(struct death *death, int id, struct samples *s, struct error *err)
{
	long long began;
	long long at;
	pid_t pid = dtree_create(&death->dtree, id, -1,
	                         ",\"service\":\"dict\",\"restart\":\"always\"", err);

	if (pid < 0 || dtree_ask(&death->dtree, &put, id, err) || kill_now(pid, &began, err) ||
	    events_wait(&death->events, "node_restarted", id, &at, err) ||
	    dtree_ask(&death->dtree, &get, id, err))
		return -1;
	samples_add(s, (double)(process_clock() - began) / 1e3);
	return dtree_ask(&death->dtree, &request_kill, id, err);
}

static int dtree_replace(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	for (int id = 1; id <= (int)row->batch; id++)
		if (replace_one(stage, id, s, err))
			return -1;
	return 0;
}

static int floor_replace(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct death *death = stage;

	return floor_starts(&death->starter, row->batch, s, err);
}

static const struct row rows[] = {
    {"kill -9 to node_died at a subscriber",
     UNIT_US,
     dtree_report,
     floor_report,
     {{GOAL_MOST, 3000}},
     .quick = 10,
     .full = 80,
     .warm = 1,
     .batch = 5},
    {"kill -9 to replacement with its data",
     UNIT_US,
     dtree_replace,
     floor_replace,
     {{GOAL_MOST, 10000}},
     .quick = 10,
     .full = 80,
     .warm = 1,
     .batch = 5},
};

const struct stage stage_death = {
    .beside = "floor",
    .size = sizeof(struct death),
    .open = death_open,
    .close = death_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
