/*
 * Declared nodes that cannot be started yet, as others come before them (node/after.h), or before
 * the node that is above them: such a node is there and recorded at once, without a process, and is
 * revived when the others are available (revive.h).
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
