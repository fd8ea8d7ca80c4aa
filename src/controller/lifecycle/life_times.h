/* When nodes' processes started and ended: what a request that changes a node waited for. */
#ifndef CONTROLLER_LIFECYCLE_LIFE_TIMES_H
#define CONTROLLER_LIFECYCLE_LIFE_TIMES_H

#include "controller/node/core.h"
#include "controller/request/kind.h"

/* The departure of its process is over. */
void life_times_ended(const struct controller *c, struct node *n);
/* The request's steps are those of the node's last start, and of the last end of its process. */
void life_times_keep(struct controller *c, struct request *r, const struct node *n);
/* The same of the node that the request names: a request_kind's `finished`. */
void life_times_finished(struct controller *c, struct request *r, const struct outcome *outcome);
/* They are those of a departure, with the data that it removes. */
void life_times_departure(struct controller *c, struct request *r, uint64_t departure);

#endif
