/* What the system lets this process have. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

/* The soft limit of descriptors (RLIMIT_NOFILE) becomes the hard one. */
void limits_raise(void);
/* RLIMIT_NOFILE as it is now. */
size_t limits_descriptors(void);
/*
 * How many threads this user, or the machine, or the control group of this process may have, at the
 * most: the smallest of RLIMIT_NPROC (not for root), kernel.threads-max, kernel.pid_max (proc(5))
 * and pids.max of the group and those above it (the kernel's cgroup-v2.rst). How many there are
 * already is not looked at.
 */
size_t limits_threads(void);
/*
 * Are n more descriptors to be had? Tried by taking them for a moment. libzmq ends the process when
 * it cannot accept a link for want of one (assertion in ipc_listener.cpp), so everyone who takes
 * descriptors asks here first and leaves LIMITS_RESERVE of them.
 */
bool limits_room(size_t n);
#define LIMITS_RESERVE ((size_t)8)

#endif
