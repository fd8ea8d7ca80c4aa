/*
 * Pools: an exec that goes to one node of a group, whichever has the least to do.
 *
 * Such a request begins when what its session asked to create or to kill before is done, and is
 * told when it is answered; what its session asks to create or to kill later waits for it where it
 * is at that node. What a node has not begun and never will is tried at another node of the group,
 * each at most once, for as long as the request has time.
 */
#ifndef CONTROLLER_EXEC_POOL_H
#define CONTROLLER_EXEC_POOL_H

#include "controller/node/core.h"

void pool_exec(struct session *s, const struct exec_request *asked, outcome_fn *done, void *arg);
/* The node of the group whose turn it is: for what cannot be tried at another. 0, or -1 with
 * ERR_NOT_FOUND or ERR_NODE_UNAVAILABLE. */
int pool_choose(struct controller *c, const char *group, int *id, struct error *err);

#endif
