/* subscribe and unsubscribe, and the delivery of events. */
#ifndef CONTROL_CMD_EVENT_H
#define CONTROL_CMD_EVENT_H

#include "control/method.h"

struct client;

extern const struct method method_subscribe;
extern const struct method method_unsubscribe;

/* Writes the events since the last call to the client's output, for each of its subscriptions.
 * Events that a slow reader misses are counted, and reported when it reads again. */
void events_deliver(struct client *c);
/* The client ends: forgets its subscriptions. */
void events_free_all(struct client *c);

#endif
