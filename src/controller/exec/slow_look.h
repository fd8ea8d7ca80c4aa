/*
 * Looks at requests that are half as old as slow ones: what their processes have used by then, and,
 * until one is found, whether a link on the way is held up. One that is answered before costs
 * nothing.
 */
#ifndef CONTROLLER_EXEC_SLOW_LOOK_H
#define CONTROLLER_EXEC_SLOW_LOOK_H

#include "controller/node/core.h"
#include "controller/request/kind.h"
#include "controller/request/slow_seen.h"

void slow_look_init(struct controller *c);
void slow_look_stop(struct controller *c);
/* What was seen of the request from that look until now. */
void slow_look_seen(struct controller *c, const struct request *r, struct slow_seen *seen);

#endif
