/* What the time of a request goes to, as dtree-protocol(7) names it. */
#ifndef WIRE_STEP_KIND_H
#define WIRE_STEP_KIND_H

enum step_kind {
	SPENT_CONTROL,  /* dtreed, dtreectl */
	SPENT_QUEUE,    /* behind other requests */
	SPENT_LINK,     /* from a send to its read */
	SPENT_SERVICE,  /* the service */
	SPENT_PROGRAM,  /* the user's program */
	SPENT_DISK,     /* a commit, the registry, data that are removed */
	SPENT_RUNNING,  /* a worker, beside its service */
	SPENT_CPU_WAIT, /* ready to run, and no processor was free */
	SPENT_WAKE_UP,  /* from a hand over to a thread until that runs */
	SPENT_PROCESS,  /* a node's process starts or ends */
	STEP_KINDS,
};

const char *step_kind_name(enum step_kind kind);
/* 0, or -1: there is none of that name. */
int step_kind_read(const char *name, enum step_kind *kind);

#endif
