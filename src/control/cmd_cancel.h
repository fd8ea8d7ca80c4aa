/* cancel: cancels a request of the same connection. */
#ifndef CONTROL_CMD_CANCEL_H
#define CONTROL_CMD_CANCEL_H

#include "control/method.h"

extern const struct method method_cancel;

#endif
