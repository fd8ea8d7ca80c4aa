/*
 * When moves are looked at: when the loop has turned after rehome_all(), and while a move takes too
 * long.
 */
#ifndef CONTROLLER_OVERLAY_REHOME_WATCH_H
#define CONTROLLER_OVERLAY_REHOME_WATCH_H

#include "controller/node/core.h"

void rehome_watch_init(struct controller *c);
void rehome_watch_stop(struct controller *c);

#endif
