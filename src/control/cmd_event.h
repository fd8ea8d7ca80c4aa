/* subscribe and unsubscribe, and what subscribers are told. */
#ifndef CONTROL_CMD_EVENT_H
#define CONTROL_CMD_EVENT_H

#include "control/method.h"

struct client;

extern const struct method method_subscribe;
extern const struct method method_unsubscribe;

/* Writes what happened since the last time to the client's output, for each of its subscriptions;
 * what a reader too slow misses is counted, and told when it reads again. */
void events_deliver(struct client *c);
/* The client ends: forgets its subscriptions. */
void events_free_all(struct client *c);

#endif
