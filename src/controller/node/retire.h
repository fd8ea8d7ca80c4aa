/*
 * What is done once the loop has turned: nodes that were removed are freed (until then whoever was
 * working on one may go on), and creates that had to wait for their turn start.
 */
#ifndef CONTROLLER_NODE_RETIRE_H
#define CONTROLLER_NODE_RETIRE_H

#include "controller/node/core.h"

/* So many processes are started in a turn by requests: each keeps the loop busy for up to a
 * millisecond, and others get their turn between. */
#define STARTS_A_TURN 8

struct turn {
	size_t starting;             /* nodes being created whose link will be to us */
	size_t starts;               /* processes started in this turn of the loop */
	struct request *start_queue; /* creates for the next turn */
	struct node *buried;         /* removed, freed when the loop has turned */
	struct deferred deferred;
};

void retire_init(struct controller *c);
/* Frees what is buried. */
void retire_stop(struct controller *c);

/* Something is to be done when the loop has turned. */
void retire_later(struct controller *c);
/* A node is being created no longer: others may begin. */
void retire_started(struct controller *c, const struct node *n);
/* Takes a node that hangs on no link out of the table, and frees it later. Its lists stay usable.
 */
void retire_bury(struct controller *c, struct node *n);

#endif
