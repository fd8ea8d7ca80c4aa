/* heartbeat: the interval as a request sets it. It is in force at once and for good: the answer
 * comes when it is recorded. */
#ifndef CONTROLLER_LIFECYCLE_SET_HEARTBEAT_H
#define CONTROLLER_LIFECYCLE_SET_HEARTBEAT_H

#include "controller/node/core.h"

void heartbeat_ask(struct session *s, int64_t interval_ms, outcome_fn *done, void *arg);

#endif
