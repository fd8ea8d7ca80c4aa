/*
 * exec_all: many nodes do the same, by one sweep, and their answers are put together.
 *
 * Order. It has a place in its session's lane of each node, as an exec has: what comes behind at a
 * node is carried out behind it, and waits for no other node. Where a plain place is not enough,
 * because something of the session waits in the daemon (a create or a kill, an exec for room in a
 * window, a move), it takes its places as a barrier: it begins when it is the first in all of its
 * lanes, and what is behind it waits for the node's answer.
 *
 * At most once. A sweep begins once at a node. A node that was orphaned when the sweep began, and
 * that is missing in the answers of the others, is asked by itself as soon as it can be reached; if
 * it has done it already it says only that, and its answer counts as lost.
 */
#ifndef CONTROLLER_EXEC_EXEC_ALL_H
#define CONTROLLER_EXEC_EXEC_ALL_H

#include "controller/node/core.h"
#include "controller/request/types.h"

/* So many of one session, and of all, are begun and not answered at a time; others wait. */
#define EXEC_ALLS_SESSION ((size_t)4)
#define EXEC_ALLS_MAX     ((size_t)32)

void exec_all_ask(struct session *s, const struct exec_all_request *request, outcome_fn *done,
                  void *arg);
/*
 * A node is about to be restarted, whose answer to those under way, and its way to others, would be
 * lost. False: none is under way. Else the request starts again when none is, and no other begins
 * until exec_all_resume() is called, once.
 */
bool exec_all_pause(struct controller *c, struct request *r);
void exec_all_resume(struct controller *c);
/* Is there one that has not begun? */
bool exec_all_is_waiting(const struct controller *c);
/* Frees what is left; after requests_free(). */
void exec_all_init(struct controller *c);
void exec_all_stop(struct controller *c);

#endif
