/*
 * The life of a node: a table of the states and of the steps between them. node_set_life() is the
 * only writer of node.life; tests/static/owners.sh proves it.
 *
 *   STARTING -> COMMITTING -> RUNNING -> DEAD -> BACKOFF -> RESTARTING -> RUNNING
 *                                |        '--> GIVEN_UP
 *                                '--> STOPPING -> STOPPED
 *
 * A node is created once: what it is then is written to the registry before it runs. The row of a
 * later life is written before its process may begin, so that it needs no COMMITTING. DEAD,
 * GIVEN_UP and STOPPED last until a request starts the node. STOPPING keeps the process that the
 * node had, joined or not, and ends in STOPPED or, for a restart by request, in RESTARTING. A node
 * that a former dtreed had begins as DEAD; where its process is found it is RUNNING. Every state
 * but RETIRED ends in RETIRED where the node is killed or its creation fails.
 *
 * Pure, but for a line in the log.
 */
#ifndef CONTROLLER_NODE_LIFE_H
#define CONTROLLER_NODE_LIFE_H

#include <stdbool.h>

struct node;

enum node_life {
	LIFE_STARTING,   /* being created: a process that has not joined yet */
	LIFE_COMMITTING, /* being created: it has joined, and that is being recorded */
	LIFE_RUNNING,    /* its process has joined */
	LIFE_STOPPING,   /* its process is to end, by request, and the node to stay */
	LIFE_STOPPED,    /* no process: by request */
	LIFE_DEAD,       /* no process */
	LIFE_BACKOFF,    /* no process: dtreed starts the next life itself */
	LIFE_RESTARTING, /* the next life has a process that has not joined yet */
	LIFE_GIVEN_UP,   /* no process: it died too often */
	LIFE_RETIRED,    /* in no list any more, freed when the loop has turned */
	LIFE_STATES,
};

/* Static storage. */
const char *life_name(enum node_life life);
/* Does a step lead from one to the other? A state leads to itself. */
bool life_may_follow(enum node_life from, enum node_life to);

/* Takes the step, and logs it with its reason at debug level. One that is not in the table is a
 * mistake of the controller: it is logged as an error, and taken. */
void node_set_life(struct node *n, enum node_life to, const char *why);
/* The state of a new node; no step leads there. */
void node_begin_life(struct node *n, enum node_life first);

#endif
