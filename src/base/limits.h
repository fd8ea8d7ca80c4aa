/* The system's limits for this process. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

/* The soft limit of descriptors (RLIMIT_NOFILE) becomes the hard one. */
void limits_raise(void);
/* RLIMIT_NOFILE as it is now, or the lower number of limits_lower(). */
size_t limits_descriptors(void);
/*
 * How many threads this user, the machine and the control group of this process may have: the
 * smallest of RLIMIT_NPROC (not for root), kernel.threads-max, kernel.pid_max (proc(5)) and
 * pids.max of the group and those above it (the kernel's cgroup-v2.rst). Threads that exist already
 * are not subtracted.
 */
size_t limits_threads(void);
/*
 * libzmq ends the process when it cannot accept a link for want of a descriptor (assertion in
 * ipc_listener.cpp), and a link may come at any time. So each node and client is promised its
 * descriptors, beside LIMITS_OWN, before it is created. false: fewer than n are left.
 */
bool limits_promise(size_t n);
void limits_release(size_t n);
/* Descriptors of the process itself, and those that are open for a moment. */
#define LIMITS_OWN ((size_t)48)
/* Another process of the tree has a lower limit: from now on that limit holds here too. */
void limits_lower(size_t descriptors);

/* Can n more descriptors be opened now? Opens them and closes them again. */
bool limits_room(size_t n);
#define LIMITS_RESERVE ((size_t)8)

#endif
