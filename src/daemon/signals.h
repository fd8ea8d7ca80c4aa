/*
 * The signals that end the tree: SIGTERM, SIGINT, SIGHUP, SIGXCPU (the soft limit of CPU time), and
 * in a private tree the end of the shell's side of the lifeline.
 *
 * SIGHUP ends a private tree, and one that was started on a terminal; a service reads its
 * configuration again, and looks at its files. A SIGHUP that was ignored at the start stays ignored
 * (nohup(1)).
 */
#ifndef DAEMON_SIGNALS_H
#define DAEMON_SIGNALS_H

#include <ev.h>
#include <stdbool.h>

#include "base/error.h"

struct daemon_signals;

/*
 * lifeline: a socket, owned by this from now on, also on failure; or -1. `end` is called from the
 * loop with a reason for people, possibly several times; `hangup` on a SIGHUP that ends nothing.
 * NULL: the lifeline is no socket.
 */
struct daemon_signals *daemon_signals_new(struct ev_loop *loop, int lifeline,
                                          void (*end)(void *arg, const char *why),
                                          void (*hangup)(void *arg), void *arg, struct error *err);
/* From now on the loop handles the signals. Before, they end the process: a start may hang on a
 * disk that does not answer, and an interrupted start leaves no more than a kill -9 does. */
void daemon_signals_watch(struct daemon_signals *e);
void daemon_signals_free(struct daemon_signals *e);

/* Tells the shell at the other end of the lifeline that the tree takes requests. */
void daemon_signals_announce(struct daemon_signals *e);

#endif
