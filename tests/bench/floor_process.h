/* The floor's processes. Each takes a struct floor_role, and does not return. */
#ifndef BENCH_FLOOR_PROCESS_H
#define BENCH_FLOOR_PROCESS_H

struct floor_role {
	int fd;             /* head, starter: the listening Unix socket */
	const char *up;     /* relay, leaf: endpoint to bind */
	const char *down;   /* head, relay: endpoint to connect to; starter: to bind */
	const char *worker; /* starter: the program to start */
};

void floor_head(void *role);
void floor_relay(void *role);
void floor_leaf(void *role);
void floor_starter(void *role);

#endif
