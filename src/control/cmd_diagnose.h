/* The method that says how the links are. */
#ifndef CONTROL_CMD_DIAGNOSE_H
#define CONTROL_CMD_DIAGNOSE_H

#include "control/method.h"

extern const struct method method_diagnose;

#endif
