/*
 * The link of a node to its parent: a table of the states and of the steps between them.
 * node_set_link() is the only writer of node.link.state; tests/static/owners.sh proves it.
 *
 *   NONE -> JOINING -> UP <-> MOVING
 *
 * A node whose link is lost is ORPHANED until it comes to the controller, and SILENT when it takes
 * too long. One of a former dtreed begins as UNADOPTED. Pure, but for a line in the log.
 */
#ifndef CONTROLLER_NODE_LINK_STATE_H
#define CONTROLLER_NODE_LINK_STATE_H

#include <stdbool.h>

struct node;

enum link_state {
	LINK_NONE,      /* it has no process, or one that this dtreed only ends */
	LINK_JOINING,   /* a process of a new life is to come to the parent that was chosen */
	LINK_UP,        /* its parent has it */
	LINK_MOVING,    /* as UP; it was told to go to another parent: node.link.move */
	LINK_ORPHANED,  /* its link is lost: it was told to come to the controller */
	LINK_SILENT,    /* as ORPHANED, or UNADOPTED; it counts as unavailable, and that was told */
	LINK_UNADOPTED, /* a former dtreed had it; where its link leads is not known yet */
	LINK_STATES,
};

/* Static storage. */
const char *link_state_name(enum link_state state);
/* Does a step lead from one to the other? A state leads to itself. */
bool link_may_follow(enum link_state from, enum link_state to);

/* Takes the step, and logs it with its reason at debug level. One that is not in the table is a
 * mistake of the controller: it is logged as an error, and taken. */
void node_set_link(struct node *n, enum link_state to, const char *why);

/* UP or MOVING: does a parent, or the controller, have it? */
bool node_has_link(const struct node *n);
bool node_is_moving(const struct node *n);
/* ORPHANED, SILENT or UNADOPTED: it has a process, and its link is lost or not known. */
bool node_is_orphaned(const struct node *n);
bool node_is_silent(const struct node *n);

#endif
