/*
 * When the links are looked at: what rehome.h says is to be done is done here, once the loop has
 * turned, and when a move takes too long.
 */
#ifndef CONTROLLER_OVERLAY_REHOME_WATCH_H
#define CONTROLLER_OVERLAY_REHOME_WATCH_H

#include "controller/node/core.h"

void rehome_watch_init(struct controller *c);
void rehome_watch_stop(struct controller *c);

#endif
