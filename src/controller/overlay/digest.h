/*
 * A last check that what is known of the links agrees with what the nodes know: heartbeats bring a
 * digest of all that is below a child of the controller (wire/report.h). A change takes a heartbeat
 * for each level to get up; a digest that differs for longer than that, with nothing changing, is
 * asked about: each node of that part reports all its children anew.
 */
#ifndef CONTROLLER_OVERLAY_DIGEST_H
#define CONTROLLER_OVERLAY_DIGEST_H

#include "controller/node/core.h"

/* What the heartbeat of a child of the controller says. */
void digest_heard(struct controller *c, struct node *n, uint64_t digest);

/* The digest that the node's heartbeat has if both know the same links. */
uint64_t digest_expected(const struct node *n);
/* true: they have differed in the same way for too long. Times in ms; `now` ascends. */
bool digest_differs(struct node_digest *d, uint64_t heard, uint64_t expected, int64_t patience,
                    int64_t now);

#endif
