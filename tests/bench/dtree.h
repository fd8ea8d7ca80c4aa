/* The measured dtreed, which the benchmark starts, and one open connection to it. */
#ifndef BENCH_DTREE_H
#define BENCH_DTREE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/mem.h"
#include "talk.h"

struct dtree {
	char *dtreed; /* programs; owned */
	char *dtreectl;
	char **argv;  /* that dtreed is started with; owned */
	char *socket; /* owned */
	pid_t pid;    /* 0: not started */
	struct talk talk;
};

/* The value of a struct dtree before it is opened. */
#define DTREE_CLOSED \
	(struct dtree) \
	{ \
		.talk.fd = -1 \
	}

/* Starts dtreed in directories below `name` in the scratch directory. `options`: further options,
 * up to a NULL; NULL: none. On failure, too, the caller closes. */
int dtree_open(struct dtree *dtree, const char *name, const char *const *options,
               struct error *err);
/* The same with that program in the place of dtreed. */
int dtree_open_as(struct dtree *dtree, const char *name, const char *dtreed,
                  const char *const *options, struct error *err);
/* The program that the variable names, as the tests have it, or of that name from the build tree;
 * owned by the caller; NULL: there is none. */
char *dtree_program(const char *variable, const char *name);
/* Ends the tree; may be called without dtree_open(). */
void dtree_close(struct dtree *dtree);

/* kill -9 of dtreed: on return it and the connection are gone. */
void dtree_crash(struct dtree *dtree);
/* Starts it again on the same directories, and connects as soon as possible. */
int dtree_launch(struct dtree *dtree, struct error *err);

/* A kind of request: appends request `number` to a node; `wanted` is a part of its reply. */
struct request {
	void (*write)(struct buffer *out, size_t number, int id);
	const char *wanted;
};

extern const struct request request_create; /* where the topology wants it */
extern const struct request request_exec;   /* `exec ID 1 1` */
extern const struct request request_traced; /* the same with its trace */
extern const struct request request_kill;

/* Sends one request, or part of it. */
int dtree_send(struct dtree *dtree, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The reply must contain this: a fast error is no result. */
int dtree_expect(struct dtree *dtree, const char *wanted, struct error *err);
/* Both for one request. */
int dtree_ask(struct dtree *dtree, const struct request *request, int id, struct error *err);
/* Sends one request to each node, in one write; returns when all are answered. At most 1000 nodes:
 * dtreed reads no more than 1024 requests ahead. */
int dtree_ask_all(struct dtree *dtree, const struct request *request, const int *ids, size_t count,
                  struct error *err);
/* `count` requests to one node, `window` of them under way. */
int dtree_flood(struct dtree *dtree, const struct request *request, int id, size_t count,
                size_t window, struct error *err);

/* `more`: further members of the parameters, each behind a comma. The node's pid, or -1. */
pid_t dtree_create(struct dtree *dtree, int id, int parent, const char *more, struct error *err);

#endif
