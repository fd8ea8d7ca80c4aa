/* The floor's processes. Each takes a struct floor_role, and does not return. */
#ifndef BENCH_FLOOR_PROCESS_H
#define BENCH_FLOOR_PROCESS_H

#include <stddef.h>

struct floor_role {
	int fd;             /* head, starter: the listening Unix socket */
	const char *up;     /* relay, leaf, keeper: endpoint to bind */
	const char *down;   /* head, relay: endpoint to connect to; starter: to bind */
	const char *path;   /* node: of the tree; node N binds "ipc://PATH.N"; keeper: database */
	size_t index;       /* node: which it is, from 1, the root; the head is above that */
	size_t count;       /* node: of all */
	size_t fan;         /* node: so many are below each, as far as they go */
	const char *worker; /* starter: the program to start */
};

void floor_head(void *role);
void floor_relay(void *role);
void floor_leaf(void *role);
void floor_keeper(void *role);
void floor_starter(void *role);
void floor_node(void *role);

#endif
