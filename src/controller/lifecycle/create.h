/*
 * Nodes begin: the place, the process, and the wait until its parent has heard from it. A create
 * that fails leaves nothing behind.
 */
#ifndef CONTROLLER_LIFECYCLE_CREATE_H
#define CONTROLLER_LIFECYCLE_CREATE_H

#include "controller/node/core.h"
#include "controller/request/types.h"

void create_ask(struct session *s, const struct create_request *request, outcome_fn *done,
                void *arg);
/* Its parent heard a node that is being created. */
void create_joined(struct controller *c, struct node *n);
/* A node that is being created will not come about: it is withdrawn and the request answered, once
 * no other dtreed would find the node. `err` says why. */
void create_failed(struct controller *c, struct node *n, const struct error *err);
/* A node is no longer available: what is being created below it fails. */
void create_parent_lost(struct controller *c, struct node *lost);

#endif
