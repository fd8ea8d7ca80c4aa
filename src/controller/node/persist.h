/* What the registry is told of nodes. */
#ifndef CONTROLLER_NODE_PERSIST_H
#define CONTROLLER_NODE_PERSIST_H

#include "controller/node/core.h"

/* Tells the registry the node's row as the node is now. */
void persist_node(struct controller *c, const struct node *n);
/* The same, with another phase from now on. */
void persist_phase(struct controller *c, struct node *n, enum registry_phase phase);

/* A life of a node as a number, for registry_then(); and the node, if it is in the table and has
 * that life still. */
uint64_t persist_number(const struct node *n);
struct node *persist_find(const struct controller *c, uint64_t number);

#endif
