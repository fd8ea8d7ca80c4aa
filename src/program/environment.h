/* The environment of a program: the worker's own, what dtree says, what the service declares. */
#ifndef PROGRAM_ENVIRONMENT_H
#define PROGRAM_ENVIRONMENT_H

#include "base/error.h"
#include "program/spec.h"

struct log_ring;
struct program_watch;

/* The node that a program works for; all is borrowed for as long as there are programs. */
struct program_node {
	int id;
	const char *state_dir; /* its own directory; NULL: it has none */
	const char *durability;
	struct log_ring *ring;             /* for what it says; NULL: nothing is kept */
	const struct program_watch *watch; /* is told of it; NULL: nobody is */
	const char *group;                 /* its control group; NULL: it has none */
	const char *credentials; /* where directories with credentials are made; NULL: nowhere */
	const char *traceparent; /* that of the request that a process is started for; NULL: none */
};

struct environment {
	char **items; /* "NAME=value" each, NULL behind the last; owned */
	size_t count;
	size_t borrowed; /* the first of them: the worker's own, as they are */
};

/* Files are read now. A later one of a name wins: the worker's, environment-file, environment, and
 * DTREE_… last; the order of the items is no matter. credentials: its directory, or NULL. -1: a
 * file cannot be read, or has a line that is none. Then environment_free() in either case. */
int environment_make(struct environment *e, const struct program_spec *spec,
                     const struct program_node *node, const char *credentials, struct error *err);
void environment_free(struct environment *e);

#endif
