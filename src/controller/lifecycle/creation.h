/* What a create asks for, and how far it is: the detail of its request. */
#ifndef CONTROLLER_LIFECYCLE_CREATION_H
#define CONTROLLER_LIFECYCLE_CREATION_H

#include "controller/node/core.h"
#include "controller/node/names.h"
#include "controller/request/types.h"

struct create {
	bool has_parent;
	int parent;
	const char *service; /* the catalog's */
	enum restart_policy restart;
	char *name; /* NULL: none */
	char *group;
	enum node_declared declared;
	enum on_hang on_hang;
	int64_t hang_timeout_ms;
	struct node_after after;
	struct name_claim claim; /* to the name, until the node has it */
	bool started;            /* node `r->node` is this request's */
};

#endif
