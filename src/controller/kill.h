/*
 * A node and its whole subtree end: they are gone from the tree at once, and the request is
 * answered when the last of their processes is.
 */
#ifndef CONTROLLER_KILL_H
#define CONTROLLER_KILL_H

#include "controller/state.h"

void kill_ask(struct session *s, int id, outcome_fn *done, void *arg);

#endif
