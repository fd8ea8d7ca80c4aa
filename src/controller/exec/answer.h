/* The answer of a node, as the outcome of what it was asked. */
#ifndef CONTROLLER_EXEC_ANSWER_H
#define CONTROLLER_EXEC_ANSWER_H

#include "controller/node/core.h"

/* Makes an outcome of the node's answer, whose text may have come in parts; borrowed by it. */
void answer_read(const struct node *n, const struct request *r, const struct message *m,
                 const char *text, size_t size, struct outcome *outcome);

#endif
