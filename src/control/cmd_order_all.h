/* start_all, stop_all and restart_all: an order to many nodes. */
#ifndef CONTROL_CMD_ORDER_ALL_H
#define CONTROL_CMD_ORDER_ALL_H

#include "control/method.h"

extern const struct method method_start_all;
extern const struct method method_stop_all;
extern const struct method method_restart_all;

#endif
