/* The words and the notifications of `events`. */
#ifndef CTL_EVENTS_H
#define CTL_EVENTS_H

#include <stdbool.h>

#include "ctl/verbs.h"
#include "dtree/client.h"

int arguments_events(const struct words *args, struct order *order, struct error *err);

/* Is it told of events that are not kept any more? */
bool events_are_missing(const struct dtree_reply *event);
/* Is the event, which dtreed has kept, one of the time before --since? */
bool events_before(const struct order *order, const struct dtree_reply *event);

#endif
