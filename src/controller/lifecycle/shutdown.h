/* The orderly end of the whole tree: see controller_end(). */
#ifndef CONTROLLER_LIFECYCLE_SHUTDOWN_H
#define CONTROLLER_LIFECYCLE_SHUTDOWN_H

#include "controller/node/core.h"

/* Frees what is left; no callback comes. */
void shutdown_stop(struct controller *c);

#endif
