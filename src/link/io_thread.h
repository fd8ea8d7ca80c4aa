/*
 * How long libzmq's thread waited for a processor: frames that it has not read cannot be handled.
 * Linux counts this in the thread's schedstat in /proc; where that is missing, the thread counts as
 * never kept waiting.
 */
#ifndef LINK_IO_THREAD_H
#define LINK_IO_THREAD_H

#include <stdint.h>

struct io_thread {
	int tid;        /* 0: not found yet, as the thread sets its name when it first runs */
	int64_t waited; /* nanoseconds, so far */
	int64_t turns;  /* times that it ran */
};

/* Opens the thread's schedstat, for the caller to close; -1: the thread has not run, or there is
 * none. */
int io_thread_open(struct io_thread *t);

/* How many of the last `elapsed` milliseconds the thread was ready to run and did not. `elapsed`:
 * since the last call. *t is zero before the first call. */
int64_t io_thread_waited(struct io_thread *t, int64_t elapsed);

#endif
