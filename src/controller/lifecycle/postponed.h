/*
 * A declared node that cannot be started yet, as it is to be started after others (node/after.h) or
 * below one that is: it is there and recorded at once, without a process, and is revived when they
 * are there (revive.h).
 */
#ifndef CONTROLLER_LIFECYCLE_POSTPONED_H
#define CONTROLLER_LIFECYCLE_POSTPONED_H

#include "controller/node/core.h"
#include "tree/topology.h"

/* Puts the new node, which is in no list, into its place; the create is answered, without a process
 * id, when that is recorded. -1: it cannot be, and the node is the caller's. */
int postponed_add(struct controller *c, struct request *r, struct node *n,
                  const struct tree_edits *edits, struct error *err);

#endif
