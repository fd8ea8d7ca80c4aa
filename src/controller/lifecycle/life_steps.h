/* The steps of a request that changes a node's life, for its trace: where there is none, nothing is
 * kept. */
#ifndef CONTROLLER_LIFECYCLE_LIFE_STEPS_H
#define CONTROLLER_LIFECYCLE_LIFE_STEPS_H

#include "controller/node/core.h"

/* Since then, in clock_ns(), it has waited for the start of the node's process, as far as that has
 * come. */
void life_steps_started(struct request *r, const struct node *n, uint64_t since);
/* For the end of processes, which was recorded then; 0: it was not. */
void life_steps_ended(struct request *r, uint64_t recorded, uint64_t since);

#endif
