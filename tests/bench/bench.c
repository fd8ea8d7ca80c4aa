/*
 * The benchmark: dtree beside the floor, in one run. A row is measured in rounds; in each round
 * both sides take a batch of samples, taking turns at being first, so that the machine's moods meet
 * both alike.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/program.h"
#include "dtree.h"
#include "floor.h"
#include "process.h"
#include "report.h"

#define EXIT_USAGE 2
/* Requests in one sample of a rate. */
#define FLOOD 10000
/* Rounds before a row that do not count. */
#define WARM_ROUNDS 2

enum { FLOOR_CHAINS = 4 };
static const size_t floor_depths[FLOOR_CHAINS] = {1, 2, 4, 8};

struct bench {
	bool quick;
	bool floor_only;
	const char *json; /* a file, or NULL; borrowed */
	struct dtree dtree;
	struct floor_chain chains[FLOOR_CHAINS]; /* of floor_depths */
	struct floor_chain once;                 /* of depth 1, for clients that come and go */
	struct floor_chain starter;
	char *worker; /* programs; owned */
	char *client;
};

struct row;
typedef int side_fn(struct bench *b, const struct row *row, struct samples *samples,
                    struct error *err);

struct row {
	const char *name;
	enum unit unit;
	side_fn *dtree;
	side_fn *floor;
	unsigned rounds; /* of a quick run */
	size_t batch;    /* samples of a round */
	size_t chain;    /* index in floor_depths */
	size_t window;   /* requests under way */
};

static int dtree_trip(struct bench *b, const struct row *row, struct samples *s, struct error *err)
{
	return dtree_round_trips(&b->dtree, (int)floor_depths[row->chain], row->batch, s, err);
}

static int floor_trip(struct bench *b, const struct row *row, struct samples *s, struct error *err)
{
	return floor_round_trips(&b->chains[row->chain], row->batch, s, err);
}

static int dtree_rate(struct bench *b, const struct row *row, struct samples *s, struct error *err)
{
	for (size_t i = 0; i < row->batch; i++)
		if (dtree_flood(&b->dtree, (int)floor_depths[row->chain], FLOOD, row->window, s,
		                err))
			return -1;
	return 0;
}

static int floor_rate(struct bench *b, const struct row *row, struct samples *s, struct error *err)
{
	for (size_t i = 0; i < row->batch; i++)
		if (floor_flood(&b->chains[row->chain], FLOOD, row->window, s, err))
			return -1;
	return 0;
}

static int dtree_start(struct bench *b, const struct row *row, struct samples *s, struct error *err)
{
	return dtree_creates(&b->dtree, row->batch, s, err);
}

static int floor_start(struct bench *b, const struct row *row, struct samples *s, struct error *err)
{
	return floor_starts(&b->starter, row->batch, s, err);
}

static int dtree_once(struct bench *b, const struct row *row, struct samples *s, struct error *err)
{
	return dtree_pings(&b->dtree, row->batch, s, err);
}

static int floor_once(struct bench *b, const struct row *row, struct samples *s, struct error *err)
{
	char *argv[] = {b->client, b->once.path, NULL};

	for (size_t i = 0; i < row->batch; i++) {
		double us;

		if (process_run(argv, &us, err))
			return -1;
		samples_add(s, us);
	}
	return 0;
}

static const struct row rows[] = {
    {"round trip, depth 1", UNIT_US, dtree_trip, floor_trip, 25, 20, 0, 1},
    {"round trip, depth 2", UNIT_US, dtree_trip, floor_trip, 25, 20, 1, 1},
    {"round trip, depth 4", UNIT_US, dtree_trip, floor_trip, 25, 20, 2, 1},
    {"round trip, depth 8", UNIT_US, dtree_trip, floor_trip, 25, 20, 3, 1},
    {"pipelined 64, depth 1", UNIT_RATE, dtree_rate, floor_rate, 10, 1, 0, 64},
    {"pipelined 256, depth 1", UNIT_RATE, dtree_rate, floor_rate, 10, 1, 0, 256},
    {"pipelined 64, depth 4", UNIT_RATE, dtree_rate, floor_rate, 10, 1, 2, 64},
    {"pipelined 256, depth 4", UNIT_RATE, dtree_rate, floor_rate, 10, 1, 2, 256},
    {"create a node", UNIT_US, dtree_start, floor_start, 10, 3, 0, 0},
    {"one-shot ping, whole process", UNIT_US, dtree_once, floor_once, 10, 5, 0, 0},
};

/* Both sides once, `turn` says who is first. */
static int round_run(struct bench *b, const struct row *row, unsigned turn, struct samples *dtree,
                     struct samples *floor, struct error *err)
{
	for (unsigned i = 0; i < 2; i++) {
		bool is_floor = (turn + i) % 2 == 0;

		if (process_stopped())
			return error_set(err, ERR_INTERNAL, "interrupted");
		if (is_floor && row->floor(b, row, floor, err))
			return -1;
		if (!is_floor && !b->floor_only && row->dtree(b, row, dtree, err))
			return -1;
	}
	return 0;
}

/* Bounded in rounds and in time. */
static int row_run(struct bench *b, const struct row *row, struct result *result, struct error *err)
{
	const unsigned rounds = b->quick ? row->rounds : row->rounds * 8;
	const long long until = process_clock() + (b->quick ? 4 : 40) * 1000000000LL;
	struct samples dtree = {0};
	struct samples floor = {0};
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < WARM_ROUNDS; i++)
		rc = round_run(b, row, i, &dtree, &floor, err);
	dtree.count = floor.count = 0;
	for (unsigned i = 0; rc == 0 && i < rounds && (i == 0 || process_clock() < until); i++)
		rc = round_run(b, row, i, &dtree, &floor, err);
	*result = (struct result){.name = row->name, .unit = row->unit};
	if (rc == 0) {
		result->dtree = samples_summary(&dtree, row->unit == UNIT_RATE);
		result->floor = samples_summary(&floor, row->unit == UNIT_RATE);
	}
	samples_free(&dtree);
	samples_free(&floor);
	return rc;
}

/* The floor's processes first: they are forked from a process that has nothing yet. */
static int open_all(struct bench *b, struct error *err)
{
	b->worker = program_find("worker", NULL, NULL);
	b->client = program_find("client", NULL, NULL);
	if (!b->worker || !b->client)
		return error_set(err, ERR_INTERNAL, "worker and client are not beside bench");
	for (size_t i = 0; i < FLOOR_CHAINS; i++) {
		cleanup_free char *name = mem_format("floor%zu", floor_depths[i]);
		if (floor_chain_open(&b->chains[i], floor_depths[i], name, err))
			return -1;
	}
	if (floor_chain_open(&b->once, 1, "once", err) ||
	    floor_starter_open(&b->starter, b->worker, err))
		return -1;
	for (size_t i = 0; i < FLOOR_CHAINS; i++)
		if (floor_chain_connect(&b->chains[i], err))
			return -1;
	if (floor_chain_connect(&b->starter, err))
		return -1;
	return b->floor_only ? 0 : dtree_open(&b->dtree, err);
}

static void close_all(struct bench *b)
{
	dtree_close(&b->dtree);
	for (size_t i = 0; i < FLOOR_CHAINS; i++)
		floor_chain_free(&b->chains[i]);
	floor_chain_free(&b->once);
	floor_chain_free(&b->starter);
	free(b->worker);
	free(b->client);
}

static int measure(struct bench *b, struct error *err)
{
	struct result results[ARRAY_SIZE(rows)];

	if (open_all(b, err))
		return -1;
	report_head();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (row_run(b, &rows[i], &results[i], err))
			return -1;
		report_row(&results[i]);
	}
	puts("ratio: how many times the floor's cost; p99: 99 of 100 are at least as good");
	return b->json ? report_json(b->json, results, ARRAY_SIZE(rows), err) : 0;
}

static int usage(void)
{
	fputs("usage: bench [--quick] [--floor-only] [--json FILE]\n", stderr);
	return EXIT_USAGE;
}

static int read_options(struct bench *b, int argc, char **argv)
{
	static const struct option options[] = {
	    {"quick", no_argument, NULL, 'q'},
	    {"floor-only", no_argument, NULL, 'f'},
	    {"json", required_argument, NULL, 'j'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'q')
			b->quick = true;
		else if (option == 'f')
			b->floor_only = true;
		else if (option == 'j')
			b->json = optarg;
		else
			return -1;
	}
	return optind == argc ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct bench b = {.dtree.fd = -1, .once.fd = -1, .starter.fd = -1};
	struct error err = {0};
	int rc;

	for (size_t i = 0; i < FLOOR_CHAINS; i++)
		b.chains[i].fd = -1;
	if (read_options(&b, argc, argv))
		return usage();
	rc = process_open(&err);
	if (rc == 0)
		rc = measure(&b, &err);
	close_all(&b);
	process_close();
	if (rc)
		fprintf(stderr, "bench: %s\n", err.text);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
