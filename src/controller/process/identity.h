/*
 * Which process a process id means. The inode number of a pidfd is a process's own for as long as
 * the machine runs (pidfs, Linux 6.9); older kernels have the start time, which depends on the time
 * namespace of who looks, and on /proc. Neither is good on another run of the machine.
 */
#ifndef CONTROLLER_PROCESS_IDENTITY_H
#define CONTROLLER_PROCESS_IDENTITY_H

#include <stdint.h>
#include <sys/types.h>

struct identity {
	pid_t pid;
	uint64_t start; /* clock ticks since the machine started (proc_pid_stat(5)); 0: unknown */
	uint64_t inode; /* of a pidfd; 0: unknown */
};

enum identity_match {
	IDENTITY_OTHER,   /* another process, or it has ended */
	IDENTITY_SAME,    /* that very process, and it lives */
	IDENTITY_UNKNOWN, /* it cannot be told */
};

/* Of the process behind a pidfd, as far as it can be had. */
struct identity identity_of(int pidfd, pid_t pid);
/* Is it the process behind this pidfd, which was opened by its pid? */
enum identity_match identity_compare(const struct identity *id, int pidfd);

#endif
