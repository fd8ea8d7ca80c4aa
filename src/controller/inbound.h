/* What comes from below: which links may be made, what each message means, and processes that end.
 */
#ifndef CONTROLLER_INBOUND_H
#define CONTROLLER_INBOUND_H

#include "controller/exec/exec.h"
#include "controller/node/core.h"
#include "controller/overlay/handlers.h"

/* The handlers' argument is the controller. */
extern const struct children_handlers inbound_handlers;
extern const struct overlay_handlers inbound_overlay;
extern const struct exec_handlers inbound_exec;
void inbound_process_ended(void *arg, const struct process_tag *tag, const char *cause);

#endif
