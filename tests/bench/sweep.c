/*
 * What simulate.py is checked against: bare processes in a tree, of any size and fan-out. Prints
 * the median time of a sweep, what of the processors it takes, what heartbeats take, and what
 * others took of the processors during the sweeps: with more than a little of that the time means
 * nothing.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "floor.h"
#include "process.h"
#include "usage.h"

#define EXIT_USAGE 2
#define SWEEPS     30
#define BEAT_MS    1000
#define LOOK_MS    4000
#define SETTLE_MS  1500

struct figures {
	double ms;     /* a sweep's median */
	double cpu_ms; /* a sweep's, of all processes */
	double beat;   /* of heartbeats, in percent of one processor */
	double others; /* what others took during the sweeps, likewise */
};

/* Nanoseconds that all processes below this one have run. */
static int used(long long *ns, struct error *err)
{
	struct pids pids = {0};
	int rc = pids_add_children(&pids, getpid(), err);

	if (rc == 0)
		rc = usage_cpu(&pids, ns, err);
	pids_free(&pids);
	return rc;
}

/* Nanoseconds that the processors were busy since the machine started, with whatever. */
static int busy(long long *ns, struct error *err)
{
	/* proc_pid_stat(5): user, nice, system, idle, iowait, irq, softirq, steal. */
	long long ticks[8];
	FILE *file = fopen("/proc/stat", "re");
	int n = 0;

	if (file) {
		n = fscanf(file, "cpu %lld %lld %lld %lld %lld %lld %lld %lld", &ticks[0],
		           &ticks[1], &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6],
		           &ticks[7]);
		fclose(file);
	}
	if (n != 8)
		return error_set(err, ERR_INTERNAL, "/proc/stat cannot be read");
	*ns = (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7]) *
	      (1000000000 / sysconf(_SC_CLK_TCK));
	return 0;
}

struct moment {
	long long clock;
	long long used;
	long long busy;
};

static int look(struct moment *moment, struct error *err)
{
	moment->clock = process_clock();
	return used(&moment->used, err) ? -1 : busy(&moment->busy, err);
}

static int sweep(struct floor_chain *tree, struct figures *figures, struct error *err)
{
	struct samples samples = {0};
	struct moment before;
	struct moment after;
	int rc = floor_sweeps(tree, 3, &samples, err);

	samples.count = 0;
	if (rc == 0)
		rc = look(&before, err);
	if (rc == 0)
		rc = floor_sweeps(tree, SWEEPS, &samples, err);
	if (rc == 0)
		rc = look(&after, err);
	if (rc == 0) {
		double own = (double)(after.used - before.used);
		double others = (double)(after.busy - before.busy) - own;
		figures->ms = samples_summary(&samples, false).median;
		figures->cpu_ms = own / 1e6 / SWEEPS;
		figures->others = others * 100 / (double)(after.clock - before.clock);
	}
	samples_free(&samples);
	return rc;
}

static int beat(struct floor_chain *tree, double *percent, struct error *err)
{
	long long before;
	long long after;
	long long began;

	if (floor_beat(tree, BEAT_MS, err))
		return -1;
	poll(NULL, 0, SETTLE_MS);
	began = process_clock();
	if (used(&before, err))
		return -1;
	poll(NULL, 0, LOOK_MS);
	if (used(&after, err))
		return -1;
	*percent = (double)(after - before) * 100 / (double)(process_clock() - began);
	return floor_beat(tree, 0, err);
}

static int measure(size_t count, size_t fan, struct error *err)
{
	struct floor_chain tree = FLOOR_CLOSED;
	struct figures figures = {0};
	int rc = process_open(err);

	if (rc == 0)
		rc = floor_tree_open(&tree, count, fan, err);
	if (rc == 0)
		rc = floor_chain_connect(&tree, err);
	if (rc == 0)
		rc = sweep(&tree, &figures, err);
	if (rc == 0)
		rc = beat(&tree, &figures.beat, err);
	floor_chain_free(&tree);
	process_close();
	if (rc == 0)
		printf("{\"sweep_ms\":%.3f,\"sweep_cpu_ms\":%.3f,\"beat_percent\":%.3f,"
		       "\"others_percent\":%.1f}\n",
		       figures.ms, figures.cpu_ms, figures.beat, figures.others);
	return rc;
}

int main(int argc, char **argv)
{
	struct error err = {0};
	int64_t count;
	int64_t fan;

	if (argc != 3 ||
	    parse_range(argv[1], strlen(argv[1]), "PROCESSES", 1, 10000, &count, &err) ||
	    parse_range(argv[2], strlen(argv[2]), "FANOUT", 1, 1000, &fan, &err)) {
		fprintf(stderr, "usage: sweep PROCESSES FANOUT%s%s\n", *err.text ? ": " : "",
		        err.text);
		return EXIT_USAGE;
	}
	if (measure((size_t)count, (size_t)fan, &err)) {
		fprintf(stderr, "sweep: %s\n", err.text);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
