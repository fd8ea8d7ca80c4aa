/*
 * Nodes that live again as soon as others are there: each is started after its parent, and after
 * the nodes that its `after` names (node/after.h). A parent that takes its time, as one that waits
 * itself, is not waited for.
 */
#ifndef CONTROLLER_LIFECYCLE_REVIVE_H
#define CONTROLLER_LIFECYCLE_REVIVE_H

#include "controller/node/core.h"

void revive_init(struct controller *c);
void revive_stop(struct controller *c);

#endif
