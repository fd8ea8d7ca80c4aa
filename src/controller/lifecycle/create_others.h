/* Creates of nodes that start after others (node/after.h). */
#ifndef CONTROLLER_LIFECYCLE_CREATE_OTHERS_H
#define CONTROLLER_LIFECYCLE_CREATE_OTHERS_H

#include "controller/node/core.h"

/* Are the others there, and may its node start after them? 0: yes; 1: it waits for those that its
 * session has asked for before; -1 with the reason. */
int create_others_known(struct controller *c, struct request *r, struct error *err);
/* Is its node made at once, and started later? */
bool create_others_postpone(const struct controller *c, const struct request *r);
/* true: they are not available, and it waits. */
bool create_others_wait(struct controller *c, struct request *r);
/* Its deadline has passed: true: it waited for them, and is answered. */
bool create_others_expire(struct controller *c, struct request *r);

#endif
