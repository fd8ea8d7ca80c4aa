/*
 * Runs seeds: faults first, then everything is healed, and then all must be well.
 *
 * usage: sim [--seed N] [--seeds COUNT] [--nodes N] [--calm] [--twice] [--first]
 *            [--keep-going] [--trace] [--debug]
 *
 * --calm: without faults. --first: no further than the first that is wrong. --twice: each seed
 * twice, and the logs must be the same. --keep-going, for many: a crash ends its seed only, and
 * each minute it is told how far it is. --trace writes the log, --debug also what is logged at that
 * level.
 */
#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

/* Blocks of large requests are used again, and not mapped anew for each. */
#define KEPT_BYTES (64 * 1024 * 1024)

/* Between two lines that say how far it is, in seconds. */
#define TOLD_S 60

struct wish {
	uint64_t first; /* seed */
	uint64_t count;
	int nodes; /* 0: by the seed */
	bool calm;
	bool twice;
	bool only_first;
	bool keep_going;
};

struct totals {
	int64_t simulated; /* microseconds */
	uint64_t steps;
	uint64_t frames;
	uint64_t requests;
};

/* How far it is. Where crashes are outlived, two processes see it. */
struct course {
	volatile uint64_t present; /* seed */
	uint64_t bad;
	struct totals totals;
	double begun;
	double told;
};

static void let_pass(int64_t until)
{
	while (!world_failure() && world_step(until))
		;
}

/* Nodes that are down are started, or may stay so. false: it did not come to be. */
static bool await_well(bool downs, int64_t limit)
{
	int64_t until = world_now() + limit;
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

/* Of a chain of processes that hang, one is found after another: that a node does not come is known
 * once its parent was lost. */
static int64_t well_limit(const struct plan *plan)
{
	int64_t silence = 4 * longest_heartbeat(plan) + plan->hang_timeout_ms + 1000;

	return WELL_US + (plan->hangs ? plan->ids * silence * MS : 0);
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
	if (!await_well(downs, well_limit(plan)))
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
	if (!await_well(false, WELL_US))
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

static struct course *course;

/* What is run is broken; which seed it was is what matters. */
static void on_crash(int number)
{
	fprintf(stdout, "seed %" PRIu64 ": signal %d\n", course->present, number);
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

static void tell_course(const struct wish *wish, uint64_t done)
{
	double now = wall();

	if (!wish->keep_going || now - course->told < TOLD_S)
		return;
	course->told = now;
	printf("%" PRIu64 " of %" PRIu64 " seeds, %" PRIu64 " wrong, %.0f a second\n", done,
	       wish->count, course->bad, (double)done / (now - course->begun));
}

static bool is_left(const struct wish *wish)
{
	return course->present < wish->first + wish->count && !(wish->only_first && course->bad);
}

static void run_all(const struct wish *wish)
{
	for (; is_left(wish); course->present++) {
		bool good = wish->twice ? run_twice(course->present, wish, &course->totals)
		                        : run_seed(course->present, wish, &course->totals);

		course->bad += !good;
		tell_course(wish, course->present + 1 - wish->first);
	}
}

/* Each in a process that goes on from seed to seed; after a crash, in another. */
static void run_through_crashes(const struct wish *wish)
{
	while (is_left(wish)) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			run_all(wish);
			_exit(EXIT_SUCCESS);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0) {
			perror("sim");
			exit(2);
		}
		if (status) {
			course->bad++;
			course->present++;
		}
	}
}

static void course_begin(const struct wish *wish)
{
	course =
	    mmap(NULL, sizeof *course, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (course == MAP_FAILED) {
		perror("sim");
		exit(2);
	}
	course->present = wish->first;
	course->begun = course->told = wall();
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'},  {"seeds", required_argument, NULL, 'c'},
	    {"nodes", required_argument, NULL, 'n'}, {"trace", no_argument, NULL, 't'},
	    {"debug", no_argument, NULL, 'd'},       {"calm", no_argument, NULL, 'q'},
	    {"twice", no_argument, NULL, '2'},       {"first", no_argument, NULL, '1'},
	    {"keep-going", no_argument, NULL, 'k'},  {NULL, 0, NULL, 0},
	};
	struct wish wish = {.first = 1, .count = 1};
	const struct totals *totals;
	double took;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 's':
			wish.first = number_of(optarg);
			break;
		case 'c':
			wish.count = number_of(optarg);
			break;
		case 'n':
			wish.nodes = (int)number_of(optarg);
			break;
		case 'q':
			wish.calm = true;
			break;
		case '2':
			wish.twice = true;
			break;
		case '1':
			wish.only_first = true;
			break;
		case 'k':
			wish.keep_going = true;
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
	if (optind < argc) {
		fprintf(stderr, "sim: %s is no option\n", argv[optind]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGSEGV, on_crash);
	signal(SIGABRT, on_crash);
	mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	course_begin(&wish);
	if (wish.keep_going)
		run_through_crashes(&wish);
	else
		run_all(&wish);
	took = wall() - course->begun;
	totals = &course->totals;
	printf("%" PRIu64 " seeds, %" PRIu64 " wrong; %.0f s simulated in %.1f s, %.0f x; %" PRIu64
	       " steps, %" PRIu64 " frames, %" PRIu64 " requests\n",
	       wish.count, course->bad, (double)totals->simulated / 1e6, took,
	       (double)totals->simulated / 1e6 / took, totals->steps, totals->frames,
	       totals->requests);
	return course->bad != 0;
}
