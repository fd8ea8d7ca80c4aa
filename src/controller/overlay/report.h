/*
 * Reports of nodes about their children (wire/report.h). The controller holds the version that it
 * knows of each node and answers each report with it, so that a node says again what got lost; a
 * report that is older than what is known changes nothing.
 */
#ifndef CONTROLLER_OVERLAY_REPORT_H
#define CONTROLLER_OVERLAY_REPORT_H

#include "controller/node/core.h"

/* A MSG_REPORT of the node. */
void report_take(struct controller *c, struct node *n, const struct message *m);

#endif
