/* exec_all: exec at many nodes at once. */
#ifndef CONTROL_CMD_ALL_H
#define CONTROL_CMD_ALL_H

#include "control/method.h"

extern const struct method method_exec_all;

#endif
