/* A process for each request, beside others that start processes: GNU parallel, and gearmand with a
 * worker that runs a program. Both are commands, measured whole, with RUNS of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/program.h"
#include "declare.h"
#include "dtree.h"
#include "load.h"
#include "peer.h"
#include "process.h"
#include "stage.h"

#define RUNS    400
#define WORKERS 2

struct runs {
	struct dtree dtree;
	char *empty; /* programs; owned */
	char *peer;
	int jobs;            /* a file with a line for each run; -1: not open */
	pid_t pids[WORKERS]; /* gearman's; 0: not started */
	pid_t server;
	uint16_t port;
};

static int write_jobs(struct runs *r, struct error *err)
{
	cleanup_free char *path = mem_format("%s/jobs", process_directory());
	FILE *file = fopen(path, "we");

	for (int i = 0; file && i < RUNS; i++)
		fprintf(file, "%d\n", i);
	if (file && fclose(file) == 0)
		r->jobs = open(path, O_RDONLY | O_CLOEXEC);
	return r->jobs < 0 ? error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno)) : 0;
}

static int runs_open(struct runs *r, const char *peer, bool floor_only, struct error *err)
{
	r->dtree = DTREE_CLOSED;
	r->jobs = -1;
	r->empty = program_find("empty", NULL, NULL);
	r->peer = peer_find(peer);
	if (!r->empty || !r->peer)
		return error_set(err, ERR_INTERNAL, "empty is not beside bench, or %s is gone",
		                 peer);
	if (write_jobs(r, err))
		return -1;
	if (floor_only)
		return 0;
	const struct declared service = {"run", "run", r->empty, "", "concurrency = 2\n"};
	if (declare_open(&r->dtree, "runs", &service, 1, err))
		return -1;
	return declare_nodes(&r->dtree, &service, 1, err);
}

static int parallel_open(void *stage, bool floor_only, struct error *err)
{
	return runs_open(stage, "parallel", floor_only, err);
}

static void runs_close(void *stage)
{
	struct runs *r = stage;

	dtree_close(&r->dtree);
	for (size_t i = 0; i < WORKERS; i++)
		if (r->pids[i] > 0)
			process_end(r->pids[i]);
	if (r->server > 0)
		process_end(r->server);
	mem_cleanup_close(&r->jobs);
	free(r->empty);
	free(r->peer);
}

static int dtree_runs(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct runs *r = stage;

	return load_rate(&r->dtree, &request_none, 1, RUNS, row->window, row->batch, s, err);
}

/* A command that does all of them. */
static int run_jobs(struct runs *r, char *const *argv, struct samples *s, struct error *err)
{
	struct process_cost cost;

	if (lseek(r->jobs, 0, SEEK_SET))
		return error_set(err, ERR_INTERNAL, "the jobs: %s", strerror(errno));
	if (process_run(argv, r->jobs, -1, &cost, err))
		return -1;
	samples_add(s, RUNS * 1e6 / cost.us);
	return 0;
}

static int parallel_runs(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct runs *r = stage;
	char *argv[] = {r->peer, "--will-cite", "-j2", r->empty, NULL};

	(void)row;
	return run_jobs(r, argv, s, err);
}

static int gearman_start(struct runs *r, struct error *err)
{
	cleanup_free char *server = peer_find("gearmand");
	cleanup_free char *log = mem_format("--log-file=%s/gearmand.log", process_directory());
	cleanup_free char *listen = NULL;
	cleanup_free char *port = NULL;
	int fd;

	if (!server)
		return error_set(err, ERR_INTERNAL, "gearmand is gone");
	if (peer_port(&r->port, err))
		return -1;
	listen = mem_format("--port=%u", r->port);
	port = mem_format("%u", r->port);
	char *argv[] = {server, listen, "--listen=127.0.0.1", log, NULL};
	if (process_start(argv, &r->server, err))
		return -1;
	fd = peer_connect_port(r->port, r->server, err);
	if (fd < 0)
		return -1;
	close(fd);
	char *worker[] = {r->peer, "-h",  "127.0.0.1", "-p",     port, "-w",
	                  "-f",    "run", "--",        r->empty, NULL};
	for (size_t i = 0; i < WORKERS; i++)
		if (process_start(worker, &r->pids[i], err))
			return -1;
	return 0;
}

static int gearman_runs_open(void *stage, bool floor_only, struct error *err)
{
	if (runs_open(stage, "gearman", floor_only, err))
		return -1;
	return gearman_start(stage, err);
}

static int gearman_runs(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct runs *r = stage;
	cleanup_free char *port = mem_format("%u", r->port);
	char *argv[] = {r->peer, "-h", "127.0.0.1", "-p", port, "-f", "run", "-N", NULL};

	(void)row;
	return run_jobs(r, argv, s, err);
}

static const struct row parallel_rows[] = {
    {"beside parallel: run, an empty program, 2 at a time",
     UNIT_RATE,
     dtree_runs,
     parallel_runs,
     {{GOAL_SHARE, 10}},
     .full = 5,
     .batch = 1,
     .window = 8},
};

static const struct row gearman_rows[] = {
    {"beside gearmand: run, an empty program, 2 workers",
     UNIT_RATE,
     dtree_runs,
     gearman_runs,
     {{GOAL_SHARE, 5}},
     .full = 5,
     .batch = 1,
     .window = 8},
};

static const char *const parallel_needs[] = {"parallel", NULL};
static const char *const gearman_needs[] = {"gearmand", "gearman", NULL};

const struct stage stage_parallel = {
    .beside = "parallel",
    .needs = parallel_needs,
    .size = sizeof(struct runs),
    .open = parallel_open,
    .close = runs_close,
    .rows = parallel_rows,
    .row_count = ARRAY_SIZE(parallel_rows),
};

const struct stage stage_gearman_runs = {
    .beside = "gearmand",
    .needs = gearman_needs,
    .size = sizeof(struct runs),
    .open = gearman_runs_open,
    .close = runs_close,
    .rows = gearman_rows,
    .row_count = ARRAY_SIZE(gearman_rows),
};
