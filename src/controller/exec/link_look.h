/* What the kernel knows of the link of a node, where links go over TCP. */
#ifndef CONTROLLER_EXEC_LINK_LOOK_H
#define CONTROLLER_EXEC_LINK_LOOK_H

#include <stdbool.h>

#include "base/tcp_table.h"
#include "controller/node/core.h"

/* The node's own end of its link, and the other one, in the table. False: they are not there. */
bool link_look(const struct controller *c, const struct tcp_table *table, const struct node *n,
               const struct tcp_end **lower, const struct tcp_end **upper);

#endif
