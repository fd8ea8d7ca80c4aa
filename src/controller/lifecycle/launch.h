/* A node's process starts: for the first time, or again in another life. */
#ifndef CONTROLLER_LIFECYCLE_LAUNCH_H
#define CONTROLLER_LIFECYCLE_LAUNCH_H

#include "controller/node/core.h"

/* The number of a life that a new node has before its first: nothing else gets it. */
void launch_reserve(struct controller *c, struct node *n);
/*
 * Starts the worker of a node whose id, service, data_id (0: the new incarnation) and `up` are set.
 * Gives it a new incarnation, and hangs its link, yet to come, under `up` (which may
 * be NULL: the controller). It waits at its start barrier: it is let go when the registry has it,
 * which is told here. ERR_LIMIT or ERR_INTERNAL; then no process runs and nothing hangs.
 */
int launch_node(struct controller *c, struct node *n, struct node *up, struct error *err);

#endif
