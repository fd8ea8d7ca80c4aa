/*
 * A node is lost: it died, fell silent, or did not come back after its parent was lost. What that
 * means for everyone else is put together here.
 */
#ifndef CONTROLLER_LIFECYCLE_FAILURE_H
#define CONTROLLER_LIFECYCLE_FAILURE_H

#include "controller/node/core.h"

/* Its process is gone. */
void failure_died(struct controller *c, struct node *n, const char *cause);
/* It is asked to finish: its children leave it, and it answers what it has. */
void failure_leaving(struct controller *c, struct node *n);
/* Its parent has heard nothing from it for so long. */
void failure_silent(struct controller *c, struct node *n, int64_t silent_ms);
/* It hangs, silent for so long: its process is killed, and its next life started. */
void failure_hung(struct controller *c, struct node *n, int64_t silent_ms);
/* It was orphaned for too long; liveness has said so. */
void failure_overdue(struct controller *c, struct node *n);

#endif
