/* The methods metrics and node_metrics: see cmd_metrics.c. */
#ifndef CONTROL_CMD_METRICS_H
#define CONTROL_CMD_METRICS_H

#include "control/method.h"

extern const struct method method_metrics;
extern const struct method method_node_metrics;

#endif
