/* The orderly end of the whole tree: see controller_end(). */
#ifndef CONTROLLER_CLOSING_H
#define CONTROLLER_CLOSING_H

#include "controller/state.h"

/* Frees what is left; nobody is called. */
void closing_stop(struct controller *c);

#endif
