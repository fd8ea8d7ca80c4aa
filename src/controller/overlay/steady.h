/*
 * Nodes that get no further children for a while: those that were silent, until they have been
 * heard for HEARTBEAT_PATIENCE intervals, and those to which moves do not get through. They keep
 * the children that they have.
 */
#ifndef CONTROLLER_OVERLAY_STEADY_H
#define CONTROLLER_OVERLAY_STEADY_H

#include "controller/node/core.h"

void steady_init(struct controller *c);
void steady_stop(struct controller *c);

/* The node gets no further children for `ms` from now. */
void steady_wait(struct controller *c, struct node *n, int64_t ms);
/* A move did not get to the node: it waits, each time longer. */
void steady_refused(struct controller *c, struct node *n);

#endif
