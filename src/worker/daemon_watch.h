/*
 * The dtreed that a worker belongs to, and the time without one: a worker outlives its dtreed for a
 * while, in which another may come.
 *
 * A signal that asks for the end of this process may come from anybody: it goes to a whole process
 * group or control group. As long as dtreed lives, the end is its decision: it got the signal too,
 * or it goes on. Without dtreed nobody else can carry the end out, so the process does.
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

/* There was none for that long, or its end was asked for without one. Called once for each dtreed
 * that died, and for each daemon_watch_asked() after its death. */
typedef void daemon_watch_orphaned_fn(void *arg, int64_t waited_ms);

/* Follows none yet. orphan_timeout in ms. lives: the file in which dtreed holds place 0 (borrowed;
 * base/lock.h), or -1. */
struct daemon_watch *daemon_watch_new(struct ev_loop *loop, int64_t orphan_timeout, int lives,
                                      daemon_watch_orphaned_fn *orphaned, void *arg);
void daemon_watch_free(struct daemon_watch *w);

/* This process is dtreed from now on. Where there is a file of places, it is the one that holds the
 * place of dtreed, whatever the number: that may be of another process id namespace, or another
 * process's by now. 0, or -1: it has ended or cannot be watched, and counts as dead. */
int daemon_watch_follow(struct daemon_watch *w, pid_t pid, struct error *err);

/* Somebody asked for the end of this process: tells `orphaned` now if dtreed is dead, or when it
 * dies soon. */
void daemon_watch_asked(struct daemon_watch *w);

#endif
