/* Counts the requests of clients when their outcome is told: controller/request/metrics.h, and how
 * long those of each node took. */
#ifndef CONTROLLER_EXEC_REQUEST_METRICS_H
#define CONTROLLER_EXEC_REQUEST_METRICS_H

#include "controller/node/core.h"
#include "controller/request/metrics.h"

void request_metrics_init(struct controller *c);
void request_metrics_stop(struct controller *c);
const struct metrics *request_metrics(const struct controller *c);

#endif
