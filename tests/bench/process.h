/*
 * Processes that the benchmark starts, and its scratch directory. All of it is gone after
 * process_close(). After a kill -9 of the benchmark no process stays, but workers as long as they
 * wait for another dtreed.
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Before anything else. */
int process_open(struct error *err);
/* Ends everything that was started, insisting, and empties the scratch directory. */
void process_clear(void);
/* The same, and removes the directory. */
void process_close(void);
/* Did a signal ask for the end? */
bool process_stopped(void);
/* The scratch directory, mode 0700. Borrowed. */
const char *process_directory(void);

/* Nanoseconds of CLOCK_MONOTONIC. */
long long process_clock(void);

/* A child that runs fn, which need not return. It ends with the process that made it. */
int process_fork(void (*fn)(void *arg), void *arg, struct error *err);
/* A child that runs a program and ends with the benchmark. Its standard output is dropped. */
int process_start(char *const argv[], pid_t *pid, struct error *err);
/* Has that child ended? */
bool process_ended(pid_t pid);
/* Waits for its end. */
void process_reap(pid_t pid);
/* Asks it to end by SIGTERM, and waits; insists after a while. */
void process_end(pid_t pid);

/* What a program took from its start to its end. */
struct process_cost {
	double us;
	long kib; /* the most memory that was resident at a time */
};

/* Runs a program from start to end, which must be a good one. `in`, `out`: its standard input and
 * output; -1: this one's input, no output. */
int process_run(char *const argv[], int in, int out, struct process_cost *cost, struct error *err);

#endif
