/*
 * How long libzmq's thread was kept waiting for a processor: nobody hears what it has not read yet.
 * What Linux counts in /proc/thread-self/…/schedstat; where that is not to be had, nothing is known
 * of it, and it counts as never kept waiting.
 */
#ifndef LINK_IO_THREAD_H
#define LINK_IO_THREAD_H

#include <stdint.h>

struct io_thread {
	int tid;        /* 0: not found yet: it gives itself its name once it runs */
	int64_t waited; /* nanoseconds, so far */
	int64_t turns;  /* that it had on a processor */
};

/* Of the last `elapsed` milliseconds, which is how long ago this was asked before, those in which
 * the thread was ready to run and did not. *t is zero before the first time. */
int64_t io_thread_waited(struct io_thread *t, int64_t elapsed);

#endif
