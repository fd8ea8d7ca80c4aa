/* The room as a whole: requests on their way to nodes and back. */
#ifndef CONTROLLER_EXEC_EXEC_H
#define CONTROLLER_EXEC_EXEC_H

#include "controller/node/core.h"

/* What exec tells of a node to the part of the controller that knows of processes. */
struct exec_handlers {
	/* One that is being stopped has answered all that it was asked. */
	void (*quiet)(struct controller *c, struct node *n);
};

/* The handlers are borrowed for as long as the controller is there. */
void exec_init(struct controller *c, const struct exec_handlers *handlers);
/* Frees what is left; after requests_free(). */
void exec_stop(struct controller *c);

#endif
