/* Whether the tree is there after a start: what a former dtreed left has come, or will not. */
#ifndef CONTROLLER_LIFECYCLE_READY_H
#define CONTROLLER_LIFECYCLE_READY_H

#include "controller/node/core.h"
#include "controller/request/types.h"

/* See controller_when_ready(). */
void ready_when(struct controller *c, ready_also_fn *also, ready_fn *fn, void *arg);
void ready_stop(struct controller *c);

#endif
