/*
 * Injected failures: which calls fail, in which process, and how. The test writes a plan; fail.c,
 * preloaded or linked into the test, counts the calls and lets the planned ones fail.
 */
#ifndef TESTS_FAIL_H
#define TESTS_FAIL_H

#include <stdint.h>

/* The file that holds the plan; without it nothing fails. */
#define FAIL_VARIABLE "DTREE_FAIL"

/* The same numbers are in tests/scenario/lib/fault_plan.py. */
enum fail_role {
	FAIL_NOBODY,
	FAIL_DTREED,
	FAIL_WORKER,
	FAIL_FORKSERVER,
	FAIL_TEST, /* a program that is neither */
};

enum fail_kind {
	FAIL_MEMORY,
	FAIL_LIBRARIES, /* allocations of libzmq, libev and the C++ library; the others are dtree's
	                 */
	FAIL_OPEN,      /* calls that give a descriptor */
	FAIL_READ,      /* reading files, and their metadata */
	FAIL_WRITE,     /* to sockets, pipes, terminals */
	FAIL_DISK,      /* to files */
	FAIL_SYNC,
	FAIL_FORK, /* processes and threads */
	FAIL_ZMQ,
	FAIL_KINDS,
};

struct fail_plan {
	uint32_t role;
	uint32_t kind;
	uint64_t first; /* the number of the first call that fails, from 1; 0: none does */
	uint64_t times; /* how many calls fail */
	int32_t number; /* with this errno */
	uint32_t hang;  /* not 0: the calls hang until this is 0, and do not fail */
	uint64_t seen[FAIL_KINDS]; /* calls of that role since the plan was made */
	uint64_t failed;           /* calls that failed, or hang */
	char below[128];           /* FAIL_DISK: only files whose path begins so */
};

#endif
