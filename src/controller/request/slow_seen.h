/*
 * What was seen of a request that was slow while it was under way: for what its processes had to
 * wait, and what the kernel says of its links. Pure.
 */
#ifndef CONTROLLER_REQUEST_SLOW_SEEN_H
#define CONTROLLER_REQUEST_SLOW_SEEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/proc_usage.h"
#include "base/tcp_stall.h"
#include "wire/steps.h"

enum slow_part {
	SLOW_DTREED,
	SLOW_WAY,  /* a node above its own */
	SLOW_NODE, /* its own node's worker */
	SLOW_PROGRAM,
};

/* A process between two looks. */
struct slow_process {
	enum slow_part part;
	int node; /* not of SLOW_DTREED */
	pid_t pid;
	struct proc_usage used; /* in between */
};

/* A request has so many that are looked at: those next to its node. */
#define SLOW_PROCESSES 8

struct slow_seen {
	uint64_t ns; /* between the two looks; 0: it was not looked at */
	size_t count;
	struct slow_process processes[SLOW_PROCESSES];
	enum tcp_stall stall; /* TCP_STALL_NONE, TCP_STALL_PEER: of nothing that is its own */
	int stalled;          /* the node at the lower end of that link */
	bool stalled_up;      /* of what that node sent */
};

/* Appends to why[n] what of it explains the step, after "; "; nothing where nothing does. */
void slow_seen_say(const struct slow_seen *seen, enum step_what step, char *why, size_t n);

#endif
