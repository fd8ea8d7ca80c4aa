/* Removed nodes are freed when the loop has turned, so that a caller further up may still use its
 * pointer. */
#ifndef CONTROLLER_NODE_RETIRE_H
#define CONTROLLER_NODE_RETIRE_H

#include "controller/node/core.h"

void retire_init(struct controller *c);
/* Frees the removed ones. */
void retire_stop(struct controller *c);

/* Takes a node that has no link out of the table, and frees it later. Its lists stay usable. */
void retire_bury(struct controller *c, struct node *n);

#endif
