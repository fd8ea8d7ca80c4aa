/* Much data: very long arguments, and dictionaries on disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "dtree.h"
#include "floor.h"
#include "floor_store.h"
#include "load.h"
#include "nodes.h"
#include "process.h"
#include "stage.h"
#include "usage.h"

/* A chain of nodes that sum, and a dictionary. */
#define DEEPEST 4
#define DICT    10
#define NUMBERS 100000000
#define SUM     "450000000"
#define WRITES  10000
/* Different names that are written, and as many bytes of numbers as a write takes. */
#define NAMES 1000
#define BLOCK 65520

struct data {
	struct dtree dtree;
	struct floor_store *store;
	struct floor_chain keeper;
};

static int open_dtree(struct dtree *dtree, struct error *err)
{
	if (dtree_open(dtree, "data", NULL, err))
		return -1;
	for (int id = 1; id <= DEEPEST; id++)
		if (dtree_create(dtree, id, id == 1 ? -1 : id - 1, "", err) < 0)
			return -1;
	return dtree_create(dtree, DICT, -1, ",\"service\":\"dict\"", err) < 0 ? -1 : 0;
}

static int data_open(void *stage, bool floor_only, struct error *err)
{
	struct data *data = stage;
	cleanup_free char *path = mem_format("%s/floor.db", process_directory());

	data->dtree = DTREE_CLOSED;
	data->keeper = FLOOR_CLOSED;
	data->store = floor_store_open(path, err);
	if (!data->store || floor_keeper_open(&data->keeper, err) ||
	    floor_chain_connect(&data->keeper, err))
		return -1;
	return floor_only ? 0 : open_dtree(&data->dtree, err);
}

static void data_close(void *stage)
{
	struct data *data = stage;

	dtree_close(&data->dtree);
	floor_chain_free(&data->keeper);
	floor_store_close(data->store);
}

/* Writes NUMBERS numbers of one digit. */
static void feed(void *arg)
{
	const int *pipe = arg;
	char block[BLOCK];
	size_t left = (size_t)NUMBERS * 2;

	close(pipe[0]);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] = i % 2 ? ' ' : (char)('0' + i / 2 % 10);
	while (left) {
		size_t at = ((size_t)NUMBERS * 2 - left) % 20;
		size_t n = left < sizeof block - at ? left : sizeof block - at;
		ssize_t done = write(pipe[1], block + at, n);
		if (done < 0)
			return;
		left -= (size_t)done;
	}
}

static int check_output(const char *path, const char *wanted, struct error *err)
{
	char line[64] = "";
	FILE *file = fopen(path, "re");

	if (file && !fgets(line, sizeof line, file))
		line[0] = '\0';
	if (file)
		fclose(file);
	if (strcmp(line, wanted) == 0)
		return 0;
	line[strcspn(line, "\n")] = '\0';
	return error_set(err, ERR_INTERNAL, "dtreectl exec printed '%s'", line);
}

/* `dtreectl exec ID N -`, with N numbers coming through a pipe. */
static int sum_run(struct dtree *dtree, size_t depth, struct process_cost *cost, struct error *err)
{
	cleanup_free char *id = mem_format("%zu", depth);
	cleanup_free char *count = mem_format("%d", NUMBERS);
	cleanup_free char *path = mem_format("%s/sum", process_directory());
	cleanup_free char *wanted = mem_format("Ok:%zu: " SUM "\n", depth);
	char *argv[] = {dtree->dtreectl, "--socket", dtree->socket, "exec", id, count, "-", NULL};
	cleanup_close int out = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	int fds[2];
	int rc;

	if (out < 0 || pipe2(fds, O_CLOEXEC))
		return error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	rc = process_fork(feed, fds, err);
	close(fds[1]);
	if (rc == 0)
		rc = process_run(argv, fds[0], out, cost, err);
	close(fds[0]);
	return rc ? rc : check_output(path, wanted, err);
}

static int dtree_sum(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct data *data = stage;
	struct process_cost cost;

	if (sum_run(&data->dtree, row->depth, &cost, err))
		return -1;
	samples_add(s, cost.us / 1e3);
	return 0;
}

/* The peak memory of the processes on the way; they have done nothing larger. */
static int dtree_sum_memory(void *stage, const struct row *row, struct samples *s,
                            struct error *err)
{
	struct data *data = stage;
	struct nodes nodes = {0};
	struct process_cost cost;
	double most = 0;
	int rc = sum_run(&data->dtree, row->depth, &cost, err);

	if (rc == 0)
		rc = nodes_read(&data->dtree, &nodes, err);
	if (rc == 0)
		rc = usage_status(data->dtree.pid, "VmHWM", &most, err);
	most = most > (double)cost.kib ? most : (double)cost.kib;
	for (size_t i = 0; rc == 0 && i < nodes.count; i++) {
		double kib = 0;
		rc = usage_status(nodes.all[i].pid, "VmHWM", &kib, err);
		most = most > kib ? most : kib;
	}
	nodes_free(&nodes);
	if (rc == 0)
		samples_add(s, most);
	return rc;
}

static void write_put(struct buffer *out, size_t number, int id)
{
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"exec\","
	              "\"params\":{\"id\":%d,\"args\":[\"name%zu\",\"%zu\"]}}\n",
	              number, id, number % NAMES, number);
}

static const struct request request_put = {write_put, "\"result\":null"};

static int dtree_put(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct data *data = stage;

	return load_rate(&data->dtree, &request_put, DICT, WRITES, row->window, row->batch, s, err);
}

static int floor_put(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct data *data = stage;

	for (size_t i = 0; i < row->batch; i++)
		if (floor_store_put(data->store, WRITES, row->window, s, err))
			return -1;
	return 0;
}

static int keeper_put(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct data *data = stage;

	for (size_t i = 0; i < row->batch; i++)
		if (floor_flood(&data->keeper, WRITES, row->window, s, err))
			return -1;
	return 0;
}

static const struct row rows[] = {
    {"sum of 10^8 from a pipe",
     UNIT_MS,
     dtree_sum,
     NULL,
     {{GOAL_MOST, 4000}},
     .full = 3,
     .depth = 1},
    {"the same at depth 4, largest VmHWM of all",
     UNIT_KIB,
     dtree_sum_memory,
     NULL,
     {{GOAL_MOST, 16384}},
     .full = 1,
     .depth = DEEPEST},
    {"durable writes, 64 in flight",
     UNIT_RATE,
     dtree_put,
     floor_put,
     {{GOAL_SHARE, 0.5}},
     .full = 20,
     .warm = 1,
     .batch = 1,
     .window = 64},
    {"durable writes, SQLite behind a raw link", UNIT_RATE, dtree_put, keeper_put, .full = 20,
     .warm = 1, .batch = 1, .window = 64},
};

const struct stage stage_data = {
    .beside = "floor",
    .size = sizeof(struct data),
    .open = data_open,
    .close = data_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
