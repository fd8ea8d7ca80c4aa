/* The tree that was saved, looked at without taking it: for a look before a start
 * whether one would succeed. */
#ifndef CONTROLLER_NODE_SAVED_H
#define CONTROLLER_NODE_SAVED_H

#include "base/error.h"

/*
 * Would a dtreed with this state directory and topology take the registry that is there? None there
 * is good. A dtreed may be running and writing: a copy is judged. -1 with the reason.
 */
int saved_check(const char *state_dir, const char *topology, struct error *err);

#endif
