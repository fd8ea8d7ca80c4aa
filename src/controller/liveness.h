/*
 * Who is available. A worker's death is seen by its process (pidfd), silence by its parent, which
 * says so; what is below either is cut off. Each change is worked out here: requests that wait are
 * answered, events are published, and who listens for changes of links is told.
 *
 * heartbeat_lost is published once for an outage: at once for a node whose parent has counted its
 * silence, and HEARTBEAT_PATIENCE intervals after the loss for one that died or was cut off.
 */
#ifndef CONTROLLER_LIVENESS_H
#define CONTROLLER_LIVENESS_H

#include "controller/state.h"

void liveness_init(struct controller *c);
void liveness_stop(struct controller *c);

/* The tree's interval, from now on; 0: off. */
void liveness_interval(struct controller *c, int64_t interval_ms);

/* Its process is gone. */
void liveness_died(struct controller *c, struct node *n, const char *cause);
/* Its parent has heard nothing from it for so long; or hears it again. */
void liveness_silent(struct controller *c, struct node *n, int64_t silent_ms);
void liveness_back(struct controller *c, struct node *n);
/* Its link has a new upper end. */
void liveness_moved(struct controller *c, struct node *n);
/* The node is about to be removed from the table. */
void liveness_forget(struct controller *c, struct node *n);

#endif
