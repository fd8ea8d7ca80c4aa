/*
 * Outages: since when a node is dead, silent or orphaned, and what is published of it.
 *
 * heartbeat_lost is published once for an outage: at once for a node whose parent has counted its
 * silence, and after as long a time for a node that died, or that was orphaned and did not come to
 * the controller. That time begins anew when the interval is set, but only once in an outage:
 * setting it again and again hides nothing.
 */
#ifndef CONTROLLER_OVERLAY_LIVENESS_H
#define CONTROLLER_OVERLAY_LIVENESS_H

#include "controller/node/core.h"

void liveness_init(struct controller *c);
void liveness_stop(struct controller *c);

/* The tree's interval, from now on; 0: off. */
void liveness_interval(struct controller *c, int64_t interval_ms);

/* The node is dead, and its death was not seen: an outage begins. */
void liveness_found_dead(struct controller *c, struct node *n);
/* Its process ended with a former dtreed, how is not known, and it is revived: no outage. */
void liveness_found_ended(struct controller *c, struct node *n);
/* Its process is gone. */
void liveness_died(struct controller *c, struct node *n, const char *cause);
/* Its parent has heard nothing from it for silent_ms: it is LINK_SILENT. */
void liveness_silent(struct controller *c, struct node *n, int64_t silent_ms);
/* Its link is lost. */
void liveness_orphaned(struct controller *c, struct node *n);
/* It has a link again: the outage is over. */
void liveness_back(struct controller *c, struct node *n);
/* The node is about to be removed from the table. */
void liveness_forget(struct controller *c, struct node *n);

#endif
