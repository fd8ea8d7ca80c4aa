/*
 * The dtreed that a worker belongs to, and the time without one: a worker outlives its dtreed for a
 * while, in which another may come.
 *
 * One thread: the loop's.
 */
#ifndef WORKER_SUPERVISOR_H
#define WORKER_SUPERVISOR_H

#include <ev.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct supervisor;

/* There was none for that long. Called once for each that died. */
typedef void supervisor_orphaned_fn(void *arg, int64_t waited_ms);

/* Follows none yet. orphan_timeout in ms. */
struct supervisor *supervisor_new(struct ev_loop *loop, int64_t orphan_timeout,
                                  supervisor_orphaned_fn *orphaned, void *arg);
void supervisor_free(struct supervisor *s);

/* This process is dtreed from now on. 0, or -1: it cannot be watched, and counts as dead. */
int supervisor_follow(struct supervisor *s, pid_t pid, struct error *err);

#endif
