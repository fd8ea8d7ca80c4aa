/* Nodes that died too often: what is told of them, to subscribers and to the owner of the
 * controller. */
#ifndef CONTROLLER_LIFECYCLE_GIVE_UP_H
#define CONTROLLER_LIFECYCLE_GIVE_UP_H

#include "controller/node/core.h"

void give_up_init(struct controller *c);
void give_up_stop(struct controller *c);

/* Calls fn once, from the loop, with a reason for people, when the first node is given up. */
void give_up_listen(struct controller *c, given_up_fn *fn, void *arg);
/* The node is given up, after so many deaths in a row. */
void give_up_tell(struct controller *c, const struct node *n, unsigned deaths);

#endif
