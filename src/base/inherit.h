/*
 * What a process inherits from its starter, and what our programs change of it. The table of all
 * attributes is in docs/internals.md ("What a process inherits"), and tests/scenario/inherit.py
 * checks it. main() calls these functions first.
 */
#ifndef BASE_INHERIT_H
#define BASE_INHERIT_H

#include <stdint.h>

enum inherit_role {
	INHERIT_DAEMON,  /* dtreed */
	INHERIT_WORKER,  /* a node, and the fork server */
	INHERIT_COMMAND, /* what a person starts: dtreectl, dtree-shell */
};

/*
 * Sets each signal's disposition by the role, unblocks all signals, and stops the timers of the
 * program that ran before exec. Of the signals pending for that program only those that end a
 * program stay pending.
 */
void inherit_reset(enum inherit_role role);

/*
 * Between fork and exec, also after vfork: each signal has its default action. The C library keeps
 * two from sigaction(), and its posix_spawn() leaves them ignored in what it starts (glibc 2.36):
 * those too. Async-signal-safe.
 */
void inherit_default_signals(void);

/* Signals that do not have their default action in this process, a bit each from 1 on: in bit 0. */
uint64_t inherit_other_signals(void);
/* As inherit_default_signals(), for these signals: each is a system call. */
void inherit_default_some(uint64_t others);

/* Closes all descriptors from this number on. */
void inherit_close(int first);

/* Removes the variables that a service manager sets for its own child (sd_notify(3),
 * sd_listen_fds(3), systemd.exec(5)), and those of the trace that one was started in: a child of
 * that child must not use them. */
void inherit_clean_environment(void);

#endif
