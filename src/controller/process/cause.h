/*
 * How a process ended that is not our child, or that nobody may wait for: whoever held its pidfd
 * before it died is told its wait status by the kernel once it was reaped (Linux 6.15).
 */
#ifndef CONTROLLER_PROCESS_CAUSE_H
#define CONTROLLER_PROCESS_CAUSE_H

#include <signal.h>
#include <sys/types.h>

enum cause_answer {
	CAUSE_KNOWN, /* as waitid(2) would have told */
	CAUSE_LATER, /* it was not reaped yet: ask again at POLLHUP */
	CAUSE_NEVER, /* the kernel does not tell */
};

/* The process behind the pidfd has ended. */
enum cause_answer cause_look(int pidfd, pid_t pid, siginfo_t *info);

#endif
