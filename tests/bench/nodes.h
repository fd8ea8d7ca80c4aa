/* The tree as dtreed reports it, and its events. */
#ifndef BENCH_NODES_H
#define BENCH_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "dtree.h"

struct node {
	int id;
	int parent;
	pid_t pid; /* 0: none */
	int depth;
	bool available;
};

/* Parents before their children. */
struct nodes {
	struct node *all; /* owned */
	size_t count;
};

/* Asks for it. On failure, too, the caller frees; zero-initialise it. */
int nodes_read(struct dtree *dtree, struct nodes *nodes, struct error *err);
void nodes_free(struct nodes *nodes);
/* NULL: none of that id. Borrowed. */
const struct node *nodes_find(const struct nodes *nodes, int id);
/* The ids below that node, at any depth: how many; `ids` has room for all nodes. */
size_t nodes_below(const struct nodes *nodes, int id, int *ids);

/* Creates the nodes 1 to `count` where the topology wants them. */
int nodes_create(struct dtree *dtree, size_t count, struct error *err);

/* A connection that is told of events of that type. On failure, too, the caller closes. */
int events_open(struct talk *events, const struct dtree *dtree, const char *types,
                struct error *err);
/* Waits for that event of that node; `at` is when it came, of process_clock(). */
int events_wait(struct talk *events, const char *type, int id, long long *at, struct error *err);

#endif
