/*
 * Instructions of a request, as callgrind counts them: to a thousandth, on a machine that is busy
 * with something else. They are those of all threads between two dumps of a process, 64 requests
 * under way, without the kernel's; the clock is read by a system call there.
 *
 * DTREE_BEFORE: a build directory of another version, to stand beside this one.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/program.h"
#include "dtree.h"
#include "peer.h"
#include "process.h"
#include "stage.h"

#define FLOOD  2000
#define WINDOW 64

enum part { PART_DTREED, PART_NODE, PARTS };

/* A tree of one node whose two processes are counted. */
struct counted {
	struct dtree dtree;
	char *prefix[PARTS]; /* of the files of a process; owned */
	pid_t pid[PARTS];
	unsigned dumps[PARTS];
};

struct instructions {
	char *vgdb; /* owned */
	struct counted plain;
	struct counted slow;
	struct counted before; /* DTREE_CLOSED: there is none */
};

/* A script that runs the program under callgrind. NULL: *err. */
static char *instructions_script(struct counted *c, enum part part, const char *name,
                                 const char *program, struct error *err)
{
	cleanup_free char *valgrind = peer_find("valgrind");
	cleanup_free char *stand_in = program_find("pidfd_stand_in.so", ".libs", NULL);
	char *path = mem_format("%s/%s-%d.sh", process_directory(), name, (int)part);
	FILE *file = NULL;

	c->prefix[part] = mem_format("%s/%s-%d", process_directory(), name, (int)part);
	if (stand_in)
		file = fopen(path, "we");
	if (file) {
		fprintf(file,
		        "#!/bin/sh\nLD_PRELOAD='%s' exec '%s' -q --tool=callgrind "
		        "--vgdb-prefix='%s/vgdb' --callgrind-out-file='%s' '%s' \"$@\"\n",
		        stand_in, valgrind, process_directory(), c->prefix[part], program);
		fchmod(fileno(file), 0700);
	}
	if (file && fclose(file) == 0)
		return path;
	error_set(err, ERR_INTERNAL, "%s: %s", stand_in ? path : "pidfd_stand_in.so",
	          stand_in ? strerror(errno) : "not found: run make");
	free(path);
	return NULL;
}

/* build: NULL: this one. option: one more of dtreed's, or NULL. */
static int instructions_open_one(struct counted *c, const char *name, const char *build,
                                 const char *option, struct error *err)
{
	cleanup_free char *dtreed =
	    build ? mem_format("%s/dtreed", build) : dtree_program("DTREED", "dtreed");
	cleanup_free char *program = build ? mem_format("%s/dtree-worker", build)
	                                   : dtree_program("DTREE_WORKER", "dtree-worker");
	cleanup_free char *daemon = NULL;
	cleanup_free char *worker = NULL;
	cleanup_free char *named = NULL;

	if (!dtreed || !program)
		return error_set(err, ERR_INTERNAL,
		                 "dtreed or dtree-worker was not found: run make");
	daemon = instructions_script(c, PART_DTREED, name, dtreed, err);
	worker = daemon ? instructions_script(c, PART_NODE, name, program, err) : NULL;
	if (!worker)
		return -1;
	named = mem_format("--worker=%s", worker);
	if (dtree_open_as(&c->dtree, name, daemon,
	                  (const char *const[]){named, "--heartbeat=0", "--request-timeout=120000",
	                                        option, NULL},
	                  err))
		return -1;
	c->pid[PART_NODE] = dtree_create(&c->dtree, 1, -1, "", err);
	c->pid[PART_DTREED] = c->dtree.pid;
	return c->pid[PART_NODE] > 0 ? 0 : -1;
}

/* They do not see each other's end. */
static void instructions_close_one(struct counted *c)
{
	if (c->pid[PART_NODE] > 0)
		kill(c->pid[PART_NODE], SIGKILL);
	if (c->dtree.pid > 0)
		dtree_crash(&c->dtree);
	dtree_close(&c->dtree);
	for (size_t i = 0; i < PARTS; i++)
		free(c->prefix[i]);
}

static int instructions_open(void *stage, bool floor_only, struct error *err)
{
	struct instructions *all = stage;
	const char *before = getenv("DTREE_BEFORE");

	(void)floor_only;
	all->plain.dtree = all->slow.dtree = all->before.dtree = DTREE_CLOSED;
	all->vgdb = peer_find("vgdb");
	if (instructions_open_one(&all->plain, "plain", NULL, NULL, err) ||
	    instructions_open_one(&all->slow, "slow", NULL, "--slow-request=1000", err))
		return -1;
	return before && *before ? instructions_open_one(&all->before, "before", before, NULL, err)
	                         : 0;
}

static void instructions_close(void *stage)
{
	struct instructions *all = stage;

	instructions_close_one(&all->plain);
	instructions_close_one(&all->slow);
	instructions_close_one(&all->before);
	free(all->vgdb);
}

/* The instructions since the last dump. */
static int instructions_dump(const struct instructions *all, struct counted *c, enum part part,
                             double *count, struct error *err)
{
	cleanup_free char *pid = mem_format("--pid=%d", (int)c->pid[part]);
	cleanup_free char *prefix = mem_format("--vgdb-prefix=%s/vgdb", process_directory());
	cleanup_free char *path = mem_format("%s.%u", c->prefix[part], ++c->dumps[part]);
	char *argv[] = {all->vgdb, pid, prefix, "dump", NULL};
	struct process_cost cost;
	char line[4096];
	double total = -1;
	FILE *file;

	if (process_run(argv, -1, -1, &cost, err))
		return -1;
	file = fopen(path, "re");
	while (file && total < 0 && fgets(line, sizeof line, file))
		if (strncmp(line, "totals:", 7) == 0)
			total = strtod(line + 7, NULL);
	if (file)
		fclose(file);
	*count = total;
	return total >= 0 ? 0 : error_set(err, ERR_INTERNAL, "%s: no totals", path);
}

static int instructions_count(const struct instructions *all, struct counted *c, enum part part,
                              struct samples *s, struct error *err)
{
	double count;

	if (instructions_dump(all, c, part, &count, err) ||
	    dtree_flood(&c->dtree, &request_exec, 1, FLOOD, WINDOW, err) ||
	    instructions_dump(all, c, part, &count, err))
		return -1;
	samples_add(s, count / FLOOD);
	return 0;
}

static int plain_dtreed(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct instructions *all = stage;

	(void)row;
	return instructions_count(all, &all->plain, PART_DTREED, s, err);
}

static int plain_node(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct instructions *all = stage;

	(void)row;
	return instructions_count(all, &all->plain, PART_NODE, s, err);
}

static int slow_dtreed(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct instructions *all = stage;

	(void)row;
	return instructions_count(all, &all->slow, PART_DTREED, s, err);
}

static int before_dtreed(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct instructions *all = stage;

	(void)row;
	return all->before.dtree.pid ? instructions_count(all, &all->before, PART_DTREED, s, err)
	                             : 0;
}

static int before_node(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct instructions *all = stage;

	(void)row;
	return all->before.dtree.pid ? instructions_count(all, &all->before, PART_NODE, s, err) : 0;
}

#define COUNT(name, fn, beside, goal) \
	{ \
		name, UNIT_INSTRUCTIONS, fn, beside, {{GOAL_RATIO, goal}}, .quick = 3, .full = 10, \
		                                                           .warm = 1, .batch = 1 \
	}

static const struct row rows[] = {
    COUNT("an exec in dtreed, beside DTREE_BEFORE", plain_dtreed, before_dtreed, 1.01),
    COUNT("an exec in its node, beside DTREE_BEFORE", plain_node, before_node, 1.01),
    COUNT("slow-request beside none, in dtreed", slow_dtreed, plain_dtreed, 1.03),
};

const struct stage stage_instructions = {
    .beside = "callgrind",
    .needs = (const char *const[]){"valgrind", "vgdb", NULL},
    .size = sizeof(struct instructions),
    .open = instructions_open,
    .close = instructions_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
