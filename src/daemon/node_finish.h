/* From the sections of nodes and groups to the nodes that are declared, one by one. */
#ifndef DAEMON_NODE_FINISH_H
#define DAEMON_NODE_FINISH_H

#include "daemon/mistakes.h"
#include "daemon/setting.h"

/* When all was read and has its defaults: makes config->nodes.nodes, and tells what does not go
 * together. Each mistake begins with a place in a file. */
void nodes_finish(struct config *config, struct mistakes *found);

#endif
