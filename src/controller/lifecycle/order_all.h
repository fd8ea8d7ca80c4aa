/*
 * An order to many nodes: to all, or to one and all below it. A few are under way at once, and the
 * next one begins when one of them is done.
 *
 * A restart or a stop begins with the leaves: no node's process ends before all below it are done.
 * A start begins at the top, and a node that is started after others has its turn when they have
 * had theirs. Restarted is what has a process, and the node that was named; started is what has
 * none, and is not coming; stopped is all. A node that is being created, or that has gone since, is
 * passed over.
 *
 * Where the restart of a node fails, no further one is begun: what is wrong, a worker program for
 * example, is likely to be wrong with the others too.
 */
#ifndef CONTROLLER_LIFECYCLE_ORDER_ALL_H
#define CONTROLLER_LIFECYCLE_ORDER_ALL_H

#include "controller/node/core.h"

/* Answered once nothing of it is under way any more, with what became of each node; ERR_NOT_FOUND
 * without the root. It has no deadline of its own: each node has one. One that is cancelled begins
 * with no further node, and what is under way goes on. */
void order_all_ask(struct session *s, const struct order_all_request *asked, outcome_fn *done,
                   void *arg);
/* Frees what is left; after requests_free(). */
void order_all_stop(struct controller *c);

#endif
