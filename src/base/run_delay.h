/*
 * How long a thread was ready to run and no processor was free, as the kernel counts it
 * (/proc/thread-self/schedstat; proc(5)).
 */
#ifndef BASE_RUN_DELAY_H
#define BASE_RUN_DELAY_H

#include <stdint.h>

/* ns in all of this thread's life; 0 where the kernel does not count. The first call of a thread
 * opens the file, which stays open. */
uint64_t run_delay_ns(void);
/* The same of the thread whose schedstat that is; 0 where it cannot be read, as for -1. */
uint64_t run_delay_read(int fd);

#endif
