/*
 * A node and its whole subtree end: they are gone from the tree at once, and the request is
 * answered when the last of their processes is.
 */
#ifndef CONTROLLER_LIFECYCLE_KILL_H
#define CONTROLLER_LIFECYCLE_KILL_H

#include "controller/node/core.h"

void kill_ask(struct session *s, int id, outcome_fn *done, void *arg);

#endif
