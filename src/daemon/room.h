/* For how many nodes there is room. */
#ifndef DAEMON_ROOM_H
#define DAEMON_ROOM_H

#include "controller/controller.h"
#include "daemon/setting.h"

/* At the start: who serves what, and whether the limits of the system are enough for it. */
void room_log(const struct controller *c, const struct config *config);

#endif
