/*
 * Processes that the benchmark starts, and its scratch directory. process_close() removes all of
 * them. After a kill -9 of the benchmark only workers stay, as long as they wait for another
 * dtreed.
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Call it first. */
int process_open(struct error *err);
/* Ends everything that was started, by force if needed, and empties the scratch directory. */
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
/* The same in a session of its own, as one of another terminal is: the scheduler of Linux shares
 * processors among sessions. */
int process_start_apart(char *const argv[], pid_t *pid, struct error *err);
/* Has that child ended? */
bool process_ended(pid_t pid);
/* Waits for its end. */
void process_reap(pid_t pid);
/* Sends SIGTERM, and waits; kills it after a while. */
void process_end(pid_t pid);

/* The cost of a program from its start to its end. */
struct process_cost {
	double us;
	long kib; /* the most memory that was resident at a time */
};

/* Runs a program to its end, which must be a success. `in`, `out`: its standard input and output;
 * -1: this one's input, no output. */
int process_run(char *const argv[], int in, int out, struct process_cost *cost, struct error *err);

#endif
