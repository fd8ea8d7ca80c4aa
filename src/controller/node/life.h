/*
 * The life of a node: a table of the states and of the steps between them. node_set_life() is the
 * only writer of node.life; scripts/check-owners proves it.
 *
 *   STARTING -> RUNNING -> DEAD -> BACKOFF -> RESTARTING -> RUNNING
 *
 * A node is STARTING once, while it is being created. DEAD, GIVEN_UP and STOPPED last until
 * somebody starts the node. Pure, but for a line in the log.
 */
#ifndef CONTROLLER_NODE_LIFE_H
#define CONTROLLER_NODE_LIFE_H

#include <stdbool.h>

struct node;

enum node_life {
	LIFE_STARTING,   /* it has a process, which has not joined yet */
	LIFE_RUNNING,    /* its process has joined */
	LIFE_DEAD,       /* it has no process */
	LIFE_GIVEN_UP,   /* it has no process: it died too often */
	LIFE_STOPPED,    /* it has no process: by order */
	LIFE_BACKOFF,    /* it has no process: dtreed starts the next life by itself */
	LIFE_RESTARTING, /* its next life has a process, which has not joined yet */
	LIFE_STATES,
};

/* Static storage. */
const char *life_name(enum node_life life);
/* Does a step lead from one to the other? A state leads to itself. */
bool life_may_follow(enum node_life from, enum node_life to);

/* Takes the step, and logs it with its reason at debug level. One that is not in the table is a
 * mistake of the controller: it is logged as an error, and taken. */
void node_set_life(struct node *n, enum node_life to, const char *why);
/* Is it DEAD, GIVEN_UP, STOPPED, BACKOFF or RESTARTING: has it had a life that is over? */
bool node_is_down(const struct node *n);

#endif
