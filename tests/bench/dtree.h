/* What is measured: a dtreed of this benchmark's own, asked through one held-open connection. */
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

/* What a dtree is before it is opened. */
#define DTREE_CLOSED \
	(struct dtree) \
	{ \
		.talk.fd = -1 \
	}

/* Starts dtreed in directories below `name` in the scratch directory. `options`: further options,
 * up to a NULL; NULL: none. On failure, too, the caller closes. */
int dtree_open(struct dtree *dtree, const char *name, const char *const *options,
               struct error *err);
/* Ends the tree; what was never opened, too. */
void dtree_close(struct dtree *dtree);

/* kill -9 of dtreed: it is gone on return, and the connection too. */
void dtree_crash(struct dtree *dtree);
/* Starts it again on the same directories, and connects as soon as can be. */
int dtree_launch(struct dtree *dtree, struct error *err);

/* A kind of request: appends the one of that number to that node; what its reply must hold. */
struct request {
	void (*write)(struct buffer *out, size_t number, int id);
	const char *wanted;
};

extern const struct request request_create; /* where the topology wants it */
extern const struct request request_exec;   /* `exec ID 1 1` */
extern const struct request request_kill;

/* Sends one request, or part of it. */
int dtree_send(struct dtree *dtree, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Its reply must hold this: a fast error is no result. */
int dtree_expect(struct dtree *dtree, const char *wanted, struct error *err);
/* Both for one request. */
int dtree_ask(struct dtree *dtree, const struct request *request, int id, struct error *err);
/* One to each node, in one write; returns when all are answered. At most 1000: dtreed reads no
 * more than 1024 on ahead. */
int dtree_ask_all(struct dtree *dtree, const struct request *request, const int *ids, size_t count,
                  struct error *err);
/* `count` requests to one node, `window` of them under way. */
int dtree_flood(struct dtree *dtree, const struct request *request, int id, size_t count,
                size_t window, struct error *err);

/* `more`: further members of the parameters, each behind a comma. The node's pid, or -1. */
pid_t dtree_create(struct dtree *dtree, int id, int parent, const char *more, struct error *err);

#endif
