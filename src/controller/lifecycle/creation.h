/* What a create asks for, and how far it is: the detail of its request. */
#ifndef CONTROLLER_LIFECYCLE_CREATION_H
#define CONTROLLER_LIFECYCLE_CREATION_H

#include "controller/lifecycle/terms.h"
#include "controller/node/core.h"
#include "controller/node/names.h"

struct create {
	bool has_parent;
	int parent;
	const char *service; /* the catalog's */
	struct node_terms terms;
	struct name_claim claim; /* to the name, until the node has it */
	bool started;            /* node `r->node` is this request's */
};

#endif
