/* The method slow: see cmd_slow.c. */
#ifndef CONTROL_CMD_SLOW_H
#define CONTROL_CMD_SLOW_H

#include "control/method.h"

extern const struct method method_slow;

#endif
