/*
 * Requests that wait for what becomes of a node. They are looked at again when its life or its link
 * has changed, and at no other time.
 *
 * A node that is not there yet may be waited for by its id; but what is not there does not die.
 */
#ifndef CONTROLLER_LIFECYCLE_WAIT_H
#define CONTROLLER_LIFECYCLE_WAIT_H

#include "controller/node/core.h"

void wait_init(struct controller *c);
/* Frees what is left; after requests_free(). */
void wait_stop(struct controller *c);

/* Answered at once where it is so already. ERR_TIMED_OUT at its deadline, if it has one;
 * ERR_NOT_FOUND where the end of a node is waited for that is not there, or no more;
 * ERR_NODE_UNAVAILABLE when the tree ends. What its session asks of the node behind it waits, and
 * has its own time from then on. */
void wait_ask(struct session *s, const struct wait_request *asked, outcome_fn *done, void *arg);

/* The node has come into the table. */
void wait_node_added(struct controller *c, struct node *n);
/* The tree ends: nothing is waited for any more. */
void wait_end(struct controller *c);

#endif
