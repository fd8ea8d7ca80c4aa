/*
 * A node and its whole subtree end: they are gone from the tree at once, and the request is
 * answered when the last of their processes is.
 */
#ifndef CONTROLLER_LIFECYCLE_KILL_H
#define CONTROLLER_LIFECYCLE_KILL_H

#include "controller/node/core.h"

void kill_ask(struct session *s, int id, outcome_fn *done, void *arg);

/* The same, if all of it is NODE_UNDECLARED when it begins. ERR_DENIED: it is not; nothing is
 * removed. */
void kill_ask_undeclared(struct session *s, int id, outcome_fn *done, void *arg);

#endif
