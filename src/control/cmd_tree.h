/* Methods about the tree and the daemon: hello, tree, services, status, heartbeat, shutdown. */
#ifndef CONTROL_CMD_TREE_H
#define CONTROL_CMD_TREE_H

#include "control/method.h"

extern const struct method method_hello;
extern const struct method method_tree;
extern const struct method method_services;
extern const struct method method_status;
extern const struct method method_heartbeat;
extern const struct method method_shutdown;

#endif
