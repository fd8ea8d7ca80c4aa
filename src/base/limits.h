/* What the system lets this process have. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

/* The soft limit of descriptors (RLIMIT_NOFILE) becomes the hard one. */
void limits_raise(void);
/* RLIMIT_NOFILE as it is now, or what limits_lower() said. */
size_t limits_descriptors(void);
/*
 * How many threads this user, or the machine, or the control group of this process may have, at the
 * most: the smallest of RLIMIT_NPROC (not for root), kernel.threads-max, kernel.pid_max (proc(5))
 * and pids.max of the group and those above it (the kernel's cgroup-v2.rst). How many there are
 * already is not looked at.
 */
size_t limits_threads(void);
/*
 * libzmq ends the process when it cannot accept a link for want of a descriptor (assertion in
 * ipc_listener.cpp), and a link may come at any time. So descriptors are promised, beside
 * LIMITS_OWN, to what may come to need them before it exists, and nothing exists without.
 * false: there are no n more to be promised.
 */
bool limits_promise(size_t n);
void limits_release(size_t n);
/* What a process has of its own, and what is open for a moment. */
#define LIMITS_OWN ((size_t)48)
/* A process of whom less can be promised than by our own limit says so: from now on that is the
 * limit here, too. */
void limits_lower(size_t descriptors);

/* Are n more descriptors to be had just now? Tried by taking them for a moment. */
bool limits_room(size_t n);
#define LIMITS_RESERVE ((size_t)8)

#endif
