/* Methods about one node, or all: create, ping, pingall, kill, start, stop,
 * restart, wait. */
#ifndef CONTROL_CMD_NODE_H
#define CONTROL_CMD_NODE_H

#include "control/method.h"

extern const struct method method_create;
extern const struct method method_ping;
extern const struct method method_pingall;
extern const struct method method_kill;
extern const struct method method_start;
extern const struct method method_stop;
extern const struct method method_restart;
extern const struct method method_wait;

#endif
