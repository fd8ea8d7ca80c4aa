/* How a process of a program ended. */
#ifndef PROGRAM_SUBPROCESS_END_H
#define PROGRAM_SUBPROCESS_END_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "wire/program_report.h"

struct subprocess_end {
	bool ok;        /* exit status 0 */
	int status;     /* of its exit; -1: it has none */
	int signal;     /* which killed it; 0: none */
	char cause[32]; /* "exit status 3" */
	struct program_usage used;
};

/* Of what waitid() tells, with what the kernel counted. */
struct subprocess_end subprocess_end_of(const siginfo_t *info, const struct rusage *used);

#endif
