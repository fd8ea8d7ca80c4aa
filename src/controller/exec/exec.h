/* The room as a whole: requests on their way to nodes and back. */
#ifndef CONTROLLER_EXEC_EXEC_H
#define CONTROLLER_EXEC_EXEC_H

#include "controller/node/core.h"

/* A node that is being stopped has answered all that it was asked. */
typedef void exec_quiet_fn(struct controller *c, struct node *n);

void exec_init(struct controller *c, exec_quiet_fn *quiet);
/* Frees what is left; after requests_free(). */
void exec_stop(struct controller *c);

#endif
