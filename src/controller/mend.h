/*
 * When the links are looked at: what heal.h says is to be done is done here, once the loop has
 * turned, and when a move takes too long.
 */
#ifndef CONTROLLER_MEND_H
#define CONTROLLER_MEND_H

#include "controller/state.h"

void mend_init(struct controller *c);
void mend_stop(struct controller *c);

#endif
