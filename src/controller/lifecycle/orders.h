/*
 * Orders about the life of a node that is there: start, stop, restart. The node keeps its place,
 * its data and its children, whatever becomes of its process; only a kill removes it.
 *
 * A stop is an orderly end: the node answers what it was asked and finishes, and what is below it
 * is linked to the nearest available node above. It stays stopped, for the next dtreed too, until a
 * request starts it.
 */
#ifndef CONTROLLER_LIFECYCLE_ORDERS_H
#define CONTROLLER_LIFECYCLE_ORDERS_H

#include "controller/node/core.h"

/*
 * What is ordered of a node. `s` NULL: the controller itself orders it.
 *
 * ORDER_START is answered with the pid once it has joined; ERR_ALREADY_RUNNING, or ERR_LIMIT or
 * ERR_INTERNAL and why its start failed: then it is tried again all the same. ORDER_STOP is
 * answered once it has ended and that is recorded; also for one that had no process. ORDER_RESTART
 * is both, and as a start for one without a process.
 */
void orders_ask(struct controller *c, struct session *s, enum order order, int id, outcome_fn *done,
                void *arg);

#endif
