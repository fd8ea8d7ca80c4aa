/* That nodes are to be revived (revive.h), for those who bring it about. */
#ifndef CONTROLLER_LIFECYCLE_REVIVALS_H
#define CONTROLLER_LIFECYCLE_REVIVALS_H

#include <stdbool.h>

#include "controller/node/core.h"
#include "loop/deferred.h"

/* Nodes without a process whose next life is started when others are there. */
struct revivals {
	struct deferred deferred;
	bool left; /* some are left */
};

/* There is one more. */
void revivals_add(struct controller *c);
/* What those that are left wait for may have changed: they are looked at when the loop has turned.
 */
void revivals_look(struct controller *c);

#endif
