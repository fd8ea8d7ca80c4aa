/* status of one node: it has its place among the session's requests that name the node, and asks
 * nobody. A node that another session creates is seen as it is. */
#ifndef CONTROLLER_NODE_INSPECT_H
#define CONTROLLER_NODE_INSPECT_H

#include "controller/node/core.h"

/* So many askers for a log are told in a turn of the loop: each reads a file. */
#define LOGS_IN_TURN 4

void inspect_ask(struct session *s, int id, outcome_fn *done, void *arg);
/* As controller_inspect_log(). */
void inspect_ask_log(struct session *s, int id, outcome_fn *done, void *arg);

#endif
