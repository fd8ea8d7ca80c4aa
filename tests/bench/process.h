/*
 * Processes that the benchmark starts, and its scratch directory. All of it is gone after
 * process_close(), and after a kill of the benchmark no process stays.
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Before anything else. */
int process_open(struct error *err);
/* Ends everything that was started and removes the scratch directory. */
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
/* Asks it to end by SIGTERM, and waits; insists after a while. */
void process_end(pid_t pid);
/* Runs a program from start to end, which must be a good one, and gives its time in
 * microseconds. Its standard output is dropped. */
int process_run(char *const argv[], double *us, struct error *err);

#endif
