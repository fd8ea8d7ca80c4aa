/* Nodes' places in the logical tree, and in the registry's rows. */
#ifndef CONTROLLER_LIFECYCLE_PLACEMENT_H
#define CONTROLLER_LIFECYCLE_PLACEMENT_H

#include "controller/node/core.h"

/* The edits that put a new node into the tree, below *parent unless that is NULL. -1: they cannot.
 */
int placement_choose(struct controller *c, int id, const int *parent, struct tree_edits *edits,
                     struct error *err);
/* Carries edits of a topology out, on the tree and in the rows of the nodes that came or moved. */
void placement_apply(struct controller *c, const struct tree_edits *edits);
/* The node and all below it leave the tree. */
void placement_remove(struct controller *c, int id);
/* A node whose creation failed leaves the tree; what stood below it moves to its parent. */
void placement_withdraw(struct controller *c, int id);

/* Where a node that is there goes under `parent`: as topology_move(). */
int placement_move(const struct controller *c, int id, int parent, struct tree_edits *edits,
                   struct error *err);

#endif
