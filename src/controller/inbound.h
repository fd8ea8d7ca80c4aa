/* What comes from below: who may join, what every message means, and processes that end. */
#ifndef CONTROLLER_INBOUND_H
#define CONTROLLER_INBOUND_H

#include "controller/state.h"

/* The handlers' argument is the controller. */
extern const struct children_handlers inbound_handlers;
void inbound_process_ended(void *arg, const struct process_tag *tag, const char *cause);

#endif
