/* What is measured: a dtreed of this benchmark's own, asked through one held-open connection. */
#ifndef BENCH_DTREE_H
#define BENCH_DTREE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "stats.h"
#include "wire/line.h"

/* The deepest node; node N is at depth N. */
#define DTREE_DEPTH 8

struct dtree {
	char *dtreed; /* programs; owned */
	char *dtreectl;
	char *socket; /* owned */
	pid_t pid;    /* 0: not started */
	int fd;       /* -1: not connected */
	struct line_reader replies;
};

/* Starts dtreed and a chain of DTREE_DEPTH nodes that sum. On failure, too, the caller closes. */
int dtree_open(struct dtree *dtree, struct error *err);
void dtree_close(struct dtree *dtree);

/* `count` times `exec ID 1 1` one after the other, in microseconds. */
int dtree_round_trips(struct dtree *dtree, int id, size_t count, struct samples *samples,
                      struct error *err);
/* `count` of them, `window` under way: one sample, requests a second. */
int dtree_flood(struct dtree *dtree, int id, size_t count, size_t window, struct samples *samples,
                struct error *err);
/* Creates `count` nodes under the controller one after the other, in microseconds; then kills
 * them. */
int dtree_creates(struct dtree *dtree, size_t count, struct samples *samples, struct error *err);
/* `count` times `dtreectl ping 1`, the whole process, in microseconds. */
int dtree_pings(struct dtree *dtree, size_t count, struct samples *samples, struct error *err);

#endif
