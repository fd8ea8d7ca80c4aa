/*
 * Instances of services: the nodes that a configuration asks for. What is missing of them is made
 * at the start, while clients are served already; what is there stays as it is.
 *
 * Instance i of the service NAME is the node of the name NAME-i, in the group NAME. Its id is the
 * smallest that is free, from INSTANCES_FIRST on; its place is where the topology puts a node whose
 * creator names no parent.
 */
#ifndef DAEMON_INSTANCES_H
#define DAEMON_INSTANCES_H

#include "controller/controller.h"
#include "daemon/declare.h"

#define INSTANCES_FIRST 1001

struct instances;

/* The controller is borrowed. What cannot be made is logged, once for each service. */
struct instances *instances_new(struct controller *c, const struct declarations *declared);
/* How many of them were neither made nor refused yet. */
size_t instances_left(const struct instances *all);
/* Also NULL. Before the controller. */
void instances_free(struct instances *all);

#endif
