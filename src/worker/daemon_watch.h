/*
 * Watches the dtreed that a worker belongs to. A worker outlives its dtreed for a while, in which
 * another dtreed may adopt it.
 *
 * A signal that asks for the end of this process may have been sent to a whole process group or
 * control group. As long as dtreed lives, the end is its decision: it got the signal too, or it
 * goes on. Without dtreed the process carries the end out itself.
 *
 * One thread: the loop's.
 */
#ifndef WORKER_DAEMON_WATCH_H
#define WORKER_DAEMON_WATCH_H

#include <ev.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct daemon_watch;

/* There was no dtreed for waited_ms, or the end of the process was requested without one. Called
 * once for each dtreed that died, and for each daemon_watch_asked() after its death. */
typedef void daemon_watch_orphaned_fn(void *arg, int64_t waited_ms);

/* Watches no process yet. orphan_timeout in ms. lives: the file in which dtreed holds place 0
 * (borrowed; base/lock.h), or -1. */
struct daemon_watch *daemon_watch_new(struct ev_loop *loop, int64_t orphan_timeout, int lives,
                                      daemon_watch_orphaned_fn *orphaned, void *arg);
void daemon_watch_free(struct daemon_watch *w);

/* The process `pid` is dtreed from now on. With a file of places the process that holds the place
 * of dtreed is watched instead, because pid may be of another process id namespace, or may have
 * been reused. 0, or -1: it has ended or cannot be watched, and counts as dead. */
int daemon_watch_follow(struct daemon_watch *w, pid_t pid, struct error *err);

/* The end of this process was requested: calls `orphaned` now if dtreed is dead, or when it dies
 * soon. */
void daemon_watch_asked(struct daemon_watch *w);

#endif
