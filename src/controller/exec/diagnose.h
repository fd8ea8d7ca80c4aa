/*
 * How the links are: pings each node on the way to one, or each node, some times in turn, and asks
 * the kernel what it knows of links over TCP; at once where an answer is late, so that it is known
 * what held it back.
 */
#ifndef CONTROLLER_EXEC_DIAGNOSE_H
#define CONTROLLER_EXEC_DIAGNOSE_H

#include "controller/node/core.h"

/* id: NODE_CONTROLLER for all links. The outcome has a diagnosis of what was heard until its
 * deadline. */
void diagnose_ask(struct session *s, int id, outcome_fn *done, void *arg);

void diagnose_init(struct controller *c);
void diagnose_stop(struct controller *c);

#endif
