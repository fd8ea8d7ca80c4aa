/* The floor's processes. Each takes a struct floor_role, and does not return. */
#ifndef BENCH_FLOOR_PROCESS_H
#define BENCH_FLOOR_PROCESS_H

#include <stddef.h>

struct floor_role {
	int fd;             /* head, starter, runner: the listening Unix socket */
	const char *up;     /* relay, leaf, keeper, lines: endpoint to bind */
	const char *down;   /* head, relay: endpoint to connect to; starter: to bind */
	const char *path;   /* node: of the tree; node N binds "ipc://PATH.N"; keeper: database */
	size_t index;       /* node: which it is, from 1, the root; the head is above that */
	size_t count;       /* node: of all */
	size_t fan;         /* node: so many are below each, as far as they go */
	const char *worker; /* starter: the program to start */
	char *const *argv;  /* lines, runner: the program, and its arguments */
};

void floor_head(void *role);
void floor_relay(void *role);
void floor_leaf(void *role);
void floor_keeper(void *role);
void floor_starter(void *role);
void floor_node(void *role);
void floor_lines(void *role);  /* floor_program.c */
void floor_runner(void *role); /* floor_program.c */

/* For floor_program.c: none of these returns after a failure. */
_Noreturn void floor_die(const char *what);
void *floor_socket(void *context, int type, const char *bind, const char *connect);
void *floor_context(void);

struct floor_word;
typedef void floor_word_fn(const struct floor_role *role, int client, void *socket,
                           struct floor_word *word);
/* One client after the other, word by word, for ever. */
_Noreturn void floor_serve(const struct floor_role *role, void *socket, floor_word_fn *handle);

#endif
