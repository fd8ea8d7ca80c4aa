/* What all files of the controller share. What one room keeps for itself is in a struct that only
 * its files see. */
#ifndef CONTROLLER_NODE_CORE_H
#define CONTROLLER_NODE_CORE_H

#include <ev.h>

#include "controller/node/config.h"
#include "controller/node/node.h"
#include "controller/registry/registry.h"
#include "controller/request/request.h"
#include "link/children.h"
#include "loop/deferred.h"
#include "tree/tree.h"

struct controller {
	struct ev_loop *loop; /* borrowed */
	struct controller_config config;
	uint64_t controller_epoch;    /* which life of the controller, from 1 */
	struct link_context *context; /* of the links; see link/context.h */
	struct children *children;    /* links to the controller's own children */
	struct registry *registry;
	struct requests *requests;
	struct event_log *events;
	struct tree *tree;         /* the logical one */
	struct node *nodes;        /* the table, by id */
	uint64_t last_serial;      /* of a node that came to it */
	struct node_name *names;   /* by name; see node/names.h */
	struct node_group *groups; /* the same */

	/* Of one room each, and defined where is said. */
	struct retired *retired;     /* node/retire.c */
	struct overlay *overlay;     /* overlay/internal.h */
	struct exec *exec;           /* exec/internal.h */
	struct lifecycle *lifecycle; /* lifecycle/internal.h */

	struct check *check; /* check.c; NULL: the invariants are not checked */
};

#endif
