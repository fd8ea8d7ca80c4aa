/* Revivals of nodes (revive.h), as the files see them that bring one about. */
#ifndef CONTROLLER_LIFECYCLE_REVIVALS_H
#define CONTROLLER_LIFECYCLE_REVIVALS_H

#include <stdbool.h>

#include "controller/node/core.h"
#include "loop/deferred.h"
#include "loop/timer.h"

/* What has become of those that are waited for is looked at so often. */
#define REVIVALS_LOOK_MS 50

/* Nodes without a process whose next life is started when others are there. */
struct revivals {
	struct deferred deferred;
	struct timer look;       /* the next look at them, where nothing else leads to one */
	struct request *creates; /* that wait for the same; borrowed */
	bool left;               /* some are left */
};

/* There is one more. */
void revivals_add(struct controller *c);
/* The create waits for the next look. */
void revivals_wait(struct controller *c, struct request *r);
/* What those that are left wait for may have changed: they are looked at when the loop has turned.
 */
void revivals_look(struct controller *c);

#endif
