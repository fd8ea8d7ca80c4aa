/* A dtree whose nodes have programs of the benchmark as services. */
#ifndef BENCH_DECLARE_H
#define BENCH_DECLARE_H

#include <stddef.h>

#include "base/error.h"
#include "dtree.h"

struct declared {
	const char *name;
	const char *protocol;
	const char *program; /* its path */
	const char *words;   /* further words of its command */
	const char *more;    /* further lines of its section */
};

/* As dtree_open(), with these services. */
int declare_open(struct dtree *dtree, const char *name, const struct declared *services,
                 size_t count, struct error *err);
/* The nodes 1 to `count` below the controller, each with the service of its place. */
int declare_nodes(struct dtree *dtree, const struct declared *services, size_t count,
                  struct error *err);

/* `count` nodes from `first` on, of that service and the group `pool`. */
int declare_pool_nodes(struct dtree *dtree, const char *service, int first, int count,
                       struct error *err);
/* As dtree_open(), with `count` nodes of that group, of a service that takes 5 ms. */
int declare_pool(struct dtree *dtree, const char *name, const char *echo, int count,
                 struct error *err);

extern const struct request request_line; /* `exec ID 1 1`, of a service that answers "1 1" */
extern const struct request request_none; /* the same, of one that answers with nothing */

#endif
