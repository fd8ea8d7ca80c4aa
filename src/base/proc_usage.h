/* What a process has had to wait for, as the kernel counts it: proc_pid_stat(5), schedstat. */
#ifndef BASE_PROC_USAGE_H
#define BASE_PROC_USAGE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct proc_usage {
	uint64_t wait_ns; /* its threads were ready to run, and no processor was free */
	uint64_t minor;   /* page faults */
	uint64_t major;   /* those that had to read from a disk */
};

/* Of more threads no more are looked at. */
#define PROC_USAGE_THREADS 64

/* In all of its life, of the threads that there are. 0, or -1: there is no such process, or it
 * cannot be read. */
int proc_usage_read(pid_t pid, struct proc_usage *usage);

/* Bytes of memory that it has in use (RSS); 0: this process. -1: it is not there, or cannot be
 * read. */
int64_t proc_memory_read(pid_t pid);

#endif
