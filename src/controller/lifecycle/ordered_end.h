/* The end of a node's process by order, after which the node is stopped or has its next life. */
#ifndef CONTROLLER_LIFECYCLE_ORDERED_END_H
#define CONTROLLER_LIFECYCLE_ORDERED_END_H

#include "controller/node/core.h"

/* Its process, which there is, ends when the node has answered what it was asked, or its grace is
 * over; then it is stopped, or started again. */
void ordered_end(struct controller *c, struct node *n, bool to_restart);
/* It has answered all that it was asked; see exec.h. */
void ordered_end_quiet(struct controller *c, struct node *n);
/* A former dtreed had stopped it when it died, and its process is there still. */
void ordered_end_inherited(struct controller *c, struct node *n);

#endif
