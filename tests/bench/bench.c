/*
 * The benchmark: dtree beside the floor, in one run. A row is measured in rounds; in each round
 * both sides take a batch of samples and alternate in being first, so that the state of the machine
 * affects both alike.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "compare.h"
#include "peer.h"
#include "process.h"
#include "report.h"
#include "stage.h"

#define EXIT_USAGE 2
/* How long a row's rounds may take; at least one is whole. */
#define QUICK_NS 4000000000LL
#define FULL_NS  40000000000LL

static const struct stage *const stages[] = {
    &stage_links,      &stage_settings,       &stage_instructions, &stage_death,    &stage_rehoming,
    &stage_controller, &stage_many,           &stage_growth,       &stage_memory,   &stage_data,
    &stage_backup,     &stage_reload,         &stage_programs,     &stage_services, &stage_input,
    &stage_gearman,    &stage_gearman_runs,   &stage_parallel,     &stage_redis,    &stage_erlang,
    &stage_supervisor, &stage_gearman_shared,
};

struct bench {
	bool quick;
	bool floor_only;
	const char *json; /* files, or NULL; borrowed, as all of these */
	const char *compare;
	const char *only; /* part of a name, or NULL */
	const char *skip;
	struct result *results; /* owned */
	size_t result_count;
};

static unsigned row_rounds(const struct bench *b, const struct row *row)
{
	if ((b->only && !strstr(row->name, b->only)) || (b->skip && strstr(row->name, b->skip)) ||
	    (b->floor_only && !row->floor))
		return 0;
	return b->quick ? row->quick : row->full;
}

/* Measures both sides once; `turn` decides which is first. */
static int round_run(const struct bench *b, void *state, const struct row *row, unsigned turn,
                     struct samples *dtree, struct samples *floor, struct error *err)
{
	for (unsigned i = 0; i < 2; i++) {
		bool is_floor = (turn + i) % 2 == 0;

		if (process_stopped())
			return error_set(err, ERR_INTERNAL, "interrupted");
		if (is_floor && row->floor && row->floor(state, row, floor, err))
			return -1;
		if (!is_floor && !b->floor_only && row->dtree(state, row, dtree, err))
			return -1;
	}
	return 0;
}

/* Bounded in rounds and in time. */
static void row_run(const struct bench *b, void *state, const struct row *row,
                    struct result *result)
{
	const unsigned rounds = row_rounds(b, row);
	const long long until = process_clock() + (b->quick ? QUICK_NS : FULL_NS);
	const bool more = unit_row(row->unit)->larger_is_better;
	struct samples dtree = {0};
	struct samples floor = {0};
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < row->warm; i++)
		rc = round_run(b, state, row, i, &dtree, &floor, &result->reason);
	dtree.count = floor.count = 0;
	for (unsigned i = 0; rc == 0 && i < rounds && (i == 0 || process_clock() < until); i++)
		rc = round_run(b, state, row, i, &dtree, &floor, &result->reason);
	result->failed = rc != 0;
	if (rc == 0) {
		result->figures.dtree = samples_summary(&dtree, more);
		result->figures.floor = samples_summary(&floor, more);
	}
	samples_free(&dtree);
	samples_free(&floor);
}

static struct result *result_new(struct bench *b, const struct stage *stage, const struct row *row)
{
	struct result *result;

	b->results = mem_resize(b->results, (b->result_count + 1) * sizeof *b->results);
	result = &b->results[b->result_count++];
	*result = (struct result){
	    .name = row->name, .beside = stage->beside, .goals = row->goals, .unit = row->unit};
	return result;
}

/* After a failure the state of the stage is undefined: its other rows fail too. */
static void rows_run(struct bench *b, const struct stage *stage, void *state)
{
	struct error reason = {0};
	bool failed = stage->open(state, b->floor_only, &reason) != 0;

	for (size_t i = 0; i < stage->row_count && !process_stopped(); i++) {
		struct result *result;

		if (!row_rounds(b, &stage->rows[i]))
			continue;
		result = result_new(b, stage, &stage->rows[i]);
		if (failed) {
			result->failed = true;
			result->reason = reason;
		} else {
			row_run(b, state, &stage->rows[i], result);
			failed = result->failed;
			reason = result->reason;
		}
		report_row(result);
	}
}

static bool stage_wanted(const struct bench *b, const struct stage *stage)
{
	for (size_t i = 0; i < stage->row_count; i++)
		if (row_rounds(b, &stage->rows[i]))
			return true;
	return false;
}

static bool is_installed(const struct stage *stage)
{
	for (size_t i = 0; stage->needs && stage->needs[i]; i++) {
		cleanup_free char *program = peer_find(stage->needs[i]);
		if (!program)
			return false;
	}
	return true;
}

/* Names the peers whose rows are left out; gives whether there was one. */
static bool report_missing(const struct bench *b)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(stages); i++)
		if (stage_wanted(b, stages[i]) && !is_installed(stages[i])) {
			printf("%s%s", any ? ", " : "not installed: ", stages[i]->beside);
			any = true;
		}
	if (any)
		putchar('\n');
	return any;
}

static void stage_run(struct bench *b, const struct stage *stage)
{
	void *state = mem_new(stage->size);

	rows_run(b, stage, state);
	stage->close(state);
	free(state);
	process_clear();
}

static int measure(struct bench *b, struct error *err)
{
	const char *beside = "";

	for (size_t i = 0; i < ARRAY_SIZE(stages) && !process_stopped(); i++) {
		if (!stage_wanted(b, stages[i]) || !is_installed(stages[i]))
			continue;
		if (strcmp(beside, stages[i]->beside) != 0)
			report_head(stages[i]->beside);
		beside = stages[i]->beside;
		stage_run(b, stages[i]);
	}
	if (process_stopped())
		return error_set(err, ERR_INTERNAL, "interrupted");
	if (b->result_count)
		report_foot(b->results, b->result_count);
	if (!report_missing(b) && !b->result_count)
		return error_set(err, ERR_INTERNAL, "no row of that name");
	for (size_t i = 0; i < b->result_count; i++)
		if (b->results[i].failed)
			return error_set(err, ERR_INTERNAL, "%s: %s", b->results[i].name,
			                 b->results[i].reason.text);
	return 0;
}

static int run(struct bench *b, struct error *err)
{
	struct earlier *earlier = NULL;
	int rc = process_open(err);

	/* It is read before an hour of work. */
	if (rc == 0 && b->compare) {
		earlier = earlier_read(b->compare, err);
		rc = earlier ? 0 : -1;
	}
	if (rc == 0)
		rc = measure(b, err);
	if (earlier && b->result_count)
		earlier_compare(earlier, b->results, b->result_count);
	/* Measured rows are kept even if others failed. */
	if (b->json && b->result_count &&
	    report_json(b->json, b->results, b->result_count, rc ? NULL : err))
		rc = -1;
	earlier_free(earlier);
	process_close();
	free(b->results);
	return rc;
}

static int usage(void)
{
	fputs("usage: bench [--quick] [--floor-only] [--only TEXT] [--skip TEXT] [--json FILE] "
	      "[--compare FILE]\n"
	      "--only, --skip: rows that have it in their names\n"
	      "--compare: with what --json wrote earlier\n",
	      stderr);
	return EXIT_USAGE;
}

static int read_options(struct bench *b, int argc, char **argv)
{
	static const struct option options[] = {
	    {"quick", no_argument, NULL, 'q'},
	    {"floor-only", no_argument, NULL, 'f'},
	    {"only", required_argument, NULL, 'o'},
	    {"skip", required_argument, NULL, 's'},
	    {"json", required_argument, NULL, 'j'},
	    {"compare", required_argument, NULL, 'c'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'q')
			b->quick = true;
		else if (option == 'f')
			b->floor_only = true;
		else if (option == 'o')
			b->only = optarg;
		else if (option == 's')
			b->skip = optarg;
		else if (option == 'j')
			b->json = optarg;
		else if (option == 'c')
			b->compare = optarg;
		else
			return -1;
	}
	return optind == argc ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct bench b = {0};
	struct error err = {0};
	int rc;

	if (read_options(&b, argc, argv))
		return usage();
	rc = run(&b, &err);
	if (rc)
		fprintf(stderr, "bench: %s\n", err.text);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
