/* cancel: a request of the same connection is given up. */
#ifndef CONTROL_CMD_CANCEL_H
#define CONTROL_CMD_CANCEL_H

#include "control/method.h"

extern const struct method method_cancel;

#endif
