/*
 * Links mend towards the logical tree. A node whose link does not lead to its nearest living
 * logical ancestor is ordered to move there; worker/uplink.h tells what it does then. Meanwhile
 * messages for it and for what is below are held back (post.h), so that none is lost and none
 * overtakes another.
 *
 * Two moves on one path would cross; the later one waits for the end of the earlier one.
 *
 * A node whose parent is lost cannot be reached. It is told by a signal (SIGUSR1, to its process)
 * to come to the controller's own address with a new link; from there it moves on like any other.
 */
#ifndef CONTROLLER_HEAL_H
#define CONTROLLER_HEAL_H

#include "controller/state.h"

/* Where its link belongs: NODE_CONTROLLER, or its nearest logical ancestor that can have it. */
int heal_goal(const struct controller *c, const struct node *n);
/* The node, or something above it, changed: orders a move if one is due. */
void heal_node(struct controller *c, struct node *n);
/* The same for every logical child of a node, by id. */
void heal_children(struct controller *c, int id);

/* The node said its last word over its old link. */
void heal_left(struct controller *c, struct node *n, uint64_t epoch);
/* Was it ordered to `parent` (NODE_CONTROLLER or a node), by a link of this epoch? */
bool heal_expects(const struct node *n, int parent, uint64_t epoch);
/* The new parent heard it, as was expected. */
void heal_linked(struct controller *c, struct node *n);
/* A node died or fell silent: its children are told to come to the controller (adrift, until they
 * do), moves to it get another goal. */
void heal_lost(struct controller *c, struct node *lost);
/* A node came to the controller with a new link, because its parent is lost, or as it thinks. What
 * it and those below were sent and did not answer is sent again; it moves on to where it belongs.
 */
void heal_returned(struct controller *c, struct node *n, uint64_t epoch);
/*
 * What a former dtreed left. A living node is adrift at first, and hangs where it should: those
 * below the controller are told to come; the others are told of by their parents, once those have
 * taken to us (MSG_ADOPT, which goes to each as soon as it is heard of). Whom nobody told of is
 * told to come, too.
 */
void heal_inherit(struct controller *c, struct node *n);
/* Its parent told of it, for the first time. */
void heal_announced(struct controller *c, struct node *n, struct node *parent, uint64_t epoch);
/* It took to us, and has told of all its children. */
void heal_adopted(struct controller *c, struct node *n);

/* A silent one is heard again: it gets its children back when it has been for HEARTBEAT_PATIENCE
 * intervals. */
void heal_back(struct controller *c, struct node *n);
/* Its move is under way. It is ordered again if that takes too long: where a parent had no room for
 * another connection at that moment, nobody tries again by himself (link_socket()). */
void heal_again(struct controller *c, struct node *n);
/* For those of a former dtreed. */
void heal_init(struct controller *c);
void heal_stop(struct controller *c);
/* The node died or is about to be removed: its move ends, its parents forget it. */
void heal_forget(struct controller *c, struct node *n);
/* Something became available, or is lost: every move that is due is ordered, once the loop has
 * turned. */
void heal_all(struct controller *c);

#endif
