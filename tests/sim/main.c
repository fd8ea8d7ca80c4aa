/*
 * Runs seeds: faults first, then everything is healed, and then all must be well.
 *
 * usage: sim [--seed N] [--seeds COUNT] [--nodes N] [--calm] [--twice] [--first]
 *            [--trace] [--debug]
 *
 * --calm: without faults. --first: no further than the first that is wrong. --twice: each seed
 * twice, and the logs must be the same. --trace writes the log, --debug also what is logged at that
 * level.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/check.h"
#include "sim/client.h"
#include "sim/daemon.h"
#include "sim/disk.h"
#include "sim/faults.h"
#include "sim/history.h"
#include "sim/links.h"
#include "sim/os.h"
#include "sim/plan.h"
#include "sim/world.h"

/* All must be well by then. What takes longest is a parent that refused several moves. */
#define WELL_US (240 * SECOND)
/* Between two looks. */
#define LOOK_US (100 * MS)

struct wish {
	int nodes; /* 0: by the seed */
	bool calm;
};

struct totals {
	int64_t simulated; /* microseconds */
	uint64_t steps;
	uint64_t frames;
	uint64_t requests;
};

static void let_pass(int64_t until)
{
	while (!world_failure() && world_step(until))
		;
}

/* Nodes that are down are started, or may stay so. false: it did not come to be. */
static bool await_well(bool downs)
{
	int64_t until = world_now() + WELL_US;
	const char *why = "";
	int64_t revived = 0;

	while (!world_failure() && world_now() < until) {
		let_pass(world_now() + LOOK_US);
		why = check_all(downs);
		if (!why)
			return true;
		if (world_now() - revived < SECOND)
			continue;
		revived = world_now();
		if (!daemon_controller())
			daemon_start();
		else if (!downs)
			client_revive();
	}
	if (!world_failure())
		world_fail("all is not well: %s", why);
	return false;
}

/* Nothing happens any more that is told. */
static void stay_well(bool downs)
{
	int64_t since = world_now();
	int64_t disturbed = daemon_disturbed();
	const char *why;

	let_pass(since + 5 * daemon_heartbeat() * MS);
	why = check_all(downs);
	if (world_failure())
		return;
	if (why)
		world_fail("all was well, and is not any more: %s", why);
	if (daemon_disturbed() != disturbed)
		world_fail("all was well, and was disturbed");
}

static void probe(void)
{
	int64_t until = world_now() + 60 * SECOND;

	check_members();
	client_probe();
	let_pass(world_now() + SECOND);
	while (!world_failure() && history_open() && world_now() < until)
		let_pass(world_now() + LOOK_US);
	if (!world_failure() && history_open())
		world_fail("%zu probes are not answered", history_open());
}

/* A dtreed that has just begun may not say its own. */
static int64_t longest_heartbeat(const struct plan *plan)
{
	return daemon_heartbeat() > 2 * plan->heartbeat_ms ? daemon_heartbeat()
	                                                   : 2 * plan->heartbeat_ms;
}

static void round_of_faults(const struct plan *plan)
{
	bool downs = world_chance(400);

	world_log(NULL, "---- faults");
	client_ask_on(true);
	faults_on(true);
	let_pass(world_now() + world_between(SECOND, plan->storm_us));
	client_ask_on(false);
	faults_on(false);
	world_log(NULL, "---- healed");
	faults_heal();
	/* What was cut or lost before is noticed by then. */
	let_pass(world_now() + SECOND);
	let_pass(world_now() + (6 * longest_heartbeat(plan) + 2000) * MS);
	if (!await_well(downs))
		return;
	world_log(NULL, "---- well");
	stay_well(downs);
	if (!world_failure())
		probe();
}

static void live(const struct plan *plan)
{
	world_log(NULL, "---- begins");
	daemon_start();
	let_pass(world_now() + SECOND);
	client_grow();
	if (!await_well(false))
		return;
	for (unsigned i = 0; i < plan->rounds && !world_failure(); i++)
		round_of_faults(plan);
}

/* true: all was well. */
static bool run_seed(uint64_t seed, const struct wish *wish, struct totals *totals)
{
	struct plan plan;
	int64_t begun;
	bool good;

	world_begin(seed);
	begun = world_now();
	plan_draw(&plan, wish->nodes);
	if (wish->calm)
		plan.faults = 0;
	os_begin();
	kernel_begin();
	disk_begin();
	history_begin(plan.ids);
	client_begin(&plan);
	daemon_begin(&plan);
	faults_begin(&plan);
	live(&plan);
	good = !world_failure();
	totals->simulated += world_now() - begun;
	totals->steps += world_steps();
	totals->frames += links_frames();
	totals->requests += history_count();
	world_log(NULL, "the end: %016" PRIx64, world_hash());
	if (!good)
		printf("seed %" PRIu64 ": %s\n", seed, world_failure());
	os_end();
	client_end();
	history_end();
	disk_end();
	world_end();
	return good;
}

/* The same, and what it logged; to be freed. */
static bool run_logged(uint64_t seed, const struct wish *wish, struct totals *totals, char **text)
{
	size_t size;
	FILE *log = open_memstream(text, &size);
	bool good;

	world_trace(log, true);
	good = run_seed(seed, wish, totals);
	world_trace(NULL, false);
	fclose(log);
	return good;
}

static bool run_twice(uint64_t seed, const struct wish *wish, struct totals *totals)
{
	char *one;
	char *other;
	bool good = run_logged(seed, wish, totals, &one);
	bool same;

	good = run_logged(seed, wish, totals, &other) && good;
	same = strcmp(one, other) == 0;
	if (!same)
		printf("seed %" PRIu64 ": two runs differ\n", seed);
	free(one);
	free(other);
	return good && same;
}

static volatile uint64_t present; /* seed */

/* What is run is broken; which seed it was is what matters. */
static void on_crash(int number)
{
	fprintf(stdout, "seed %" PRIu64 ": signal %d\n", present, number);
	fflush(stdout);
	signal(number, SIG_DFL);
	raise(number);
}

static double wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t number_of(const char *text)
{
	char *end;
	unsigned long long number = strtoull(text, &end, 10);

	if (!*text || *end) {
		fprintf(stderr, "sim: %s is no number\n", text);
		exit(2);
	}
	return number;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"seeds", required_argument, NULL, 'c'},
	    {"nodes", required_argument, NULL, 'n'},
	    {"trace", no_argument, NULL, 't'},
	    {"debug", no_argument, NULL, 'd'},
	    {"calm", no_argument, NULL, 'q'},
	    {"twice", no_argument, NULL, '2'},
	    {"first", no_argument, NULL, '1'},
	    {NULL, 0, NULL, 0},
	};
	struct totals totals = {0};
	uint64_t first = 1;
	uint64_t count = 1;
	uint64_t bad = 0;
	struct wish wish = {0};
	bool twice = false;
	bool only_first = false;
	double begun = wall();
	double took;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 's':
			first = number_of(optarg);
			break;
		case 'c':
			count = number_of(optarg);
			break;
		case 'n':
			wish.nodes = (int)number_of(optarg);
			break;
		case 'q':
			wish.calm = true;
			break;
		case '2':
			twice = true;
			break;
		case '1':
			only_first = true;
			break;
		case 't':
			world_trace(stdout, false);
			break;
		case 'd':
			world_trace(stdout, true);
			break;
		default:
			return 2;
		}
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGSEGV, on_crash);
	signal(SIGABRT, on_crash);
	for (uint64_t seed = first; seed < first + count && !(only_first && bad); seed++) {
		present = seed;
		bad += twice ? !run_twice(seed, &wish, &totals) : !run_seed(seed, &wish, &totals);
	}
	took = wall() - begun;
	printf("%" PRIu64 " seeds, %" PRIu64 " wrong; %.0f s simulated in %.1f s, %.0f x; %" PRIu64
	       " steps, %" PRIu64 " frames, %" PRIu64 " requests\n",
	       count, bad, (double)totals.simulated / 1e6, took,
	       (double)totals.simulated / 1e6 / took, totals.steps, totals.frames, totals.requests);
	return bad != 0;
}
