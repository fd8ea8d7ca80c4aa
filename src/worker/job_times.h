/* When a request was where in its node, as far as those know it who run it. */
#ifndef WORKER_JOB_TIMES_H
#define WORKER_JOB_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/message.h"
#include "wire/steps.h"

/* clock_ns() each; 0: it did not happen, or is not known. */
struct job_times {
	uint64_t collected; /* the service thread took it; only of a traced one */
	uint64_t begun;
	uint64_t first; /* a program wrote the first byte of its answer */
	uint64_t ended;
	uint64_t committing;
	uint64_t committed;
	uint64_t woken_wait; /* ns that the service thread had to wait to be woken */
	uint64_t wait;       /* ns that it had to wait while it ran */
	uint32_t requests;   /* before it, when it came */
	uint32_t sessions;   /* of so many */
	uint32_t faults;     /* page faults while it ran */
	int pid;             /* of the program; 0: it was none */
	bool on_loop;        /* the loop ran it itself */
	bool woken;          /* the service thread slept until it came */
};

/* The steps from `at->received` to `at->answered`. */
void job_times_steps(const struct job_times *times, const struct msg_stamps *at,
                     struct steps *steps);

#endif
