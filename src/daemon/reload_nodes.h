/* The nodes that are there beside those that a configuration declares. */
#ifndef DAEMON_RELOAD_NODES_H
#define DAEMON_RELOAD_NODES_H

#include "controller/controller.h"
#include "daemon/plan.h"
#include "daemon/setting.h"

/* The plan for these settings. *plan is zeroed; plan_free() ends it. */
void reload_nodes_plan(const struct controller *c, const struct config *config, bool prune,
                       struct plan *plan);

#endif
