/*
 * When the links are looked at: what rehome.h says is to be done is done here, once the loop has
 * turned, and when a move takes too long.
 */
#ifndef CONTROLLER_OVERLAY_REHOME_WATCH_H
#define CONTROLLER_OVERLAY_REHOME_WATCH_H

#include "controller/node/core.h"

void mend_init(struct controller *c);
void mend_stop(struct controller *c);

#endif
