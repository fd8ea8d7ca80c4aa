/*
 * A whole controller without the world below it: its processes, the registry, links, directories,
 * the clock and all timers are replaced at link time by what a test moves on by hand. No process
 * is started, no socket made, and no time passes but by fakes_pass().
 */
#ifndef CONTROLLER_LIFECYCLE_TEST_FAKES_H
#define CONTROLLER_LIFECYCLE_TEST_FAKES_H

#include "controller/controller.h"
#include "controller/node/core.h"

/* Of requests, in ms. */
#define TIMEOUT_MS 10000
#define GRACE_MS   4000
#define QUIET_MS   60000

struct process {
	struct process_tag tag;
	struct identity id;
	struct worker_file file;
	bool let_go;
	bool signalled;
	int signal; /* the last one */
	struct process *next;
};

struct answer {
	unsigned calls;
	struct outcome outcome; /* without what it points to */
	int ids[16];
};

extern struct fakes {
	struct controller *controller;
	struct session *session;
	unsigned started;        /* processes so far */
	const char *start_fails; /* why no process can be started; NULL: it can */
	size_t stored;           /* rows that a former dtreed wrote */
	struct registry_row rows[8];
	struct registry_head head;
	unsigned forgets;         /* FORGET messages so far */
	struct msg_forget forgot; /* the last of them */
	int living[8];            /* nodes whose process is found by it; 0: no more */
} fakes;

/* A controller with that topology and policy of restart, and what fakes.rows has. */
void fakes_set_up_with(const char *topology, const char *restart);
/* "tree", "always". */
void fakes_set_up(void);
void fakes_tear_down(void);

/* The loop turns until nothing is left to be done. */
void fakes_turn(void);
/* So much time passes; timers call on the way, in their order. */
void fakes_pass(int64_t ms);
/* All that the registry was told is written, or cannot be. */
void fakes_written(void);
void fakes_not_written(const char *why);
/* The row of a node as the registry was told last; NULL: none. */
const struct registry_row *fakes_row(int id);

struct node *fakes_node(int id);
/* The newest process of a node; NULL: it has none. */
struct process *fakes_process(int id);
/* The newest process of that node ends. */
void fakes_end(int id, const char *cause);
/* Its parent heard the node's hello. */
void fakes_join(int id);
/* A node below `parent`, there and recorded. */
void fakes_create(int parent, int id);

/* An outcome_fn, with a struct answer. */
void fakes_answer(void *arg, const struct outcome *outcome);

#endif
