/* The head of the registry: what it is told of the tree as a whole. */
#ifndef CONTROLLER_LIFECYCLE_HEAD_H
#define CONTROLLER_LIFECYCLE_HEAD_H

#include "controller/node/core.h"

/* Tells the registry the head as the controller is now. */
void head_record(struct controller *c);

#endif
