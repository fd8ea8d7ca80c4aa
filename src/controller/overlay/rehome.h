/*
 * Moves: the tree of links follows the logical tree. A node whose link does not lead to its nearest
 * available logical ancestor is ordered to move there; worker/uplink.h says what it does then.
 * While it leaves its parent, messages for it and for the nodes below it are held back (route.h),
 * so that none is lost and none overtakes another.
 *
 * Two moves on one path would cross; the later one waits for the end of the earlier one.
 */
#ifndef CONTROLLER_OVERLAY_REHOME_H
#define CONTROLLER_OVERLAY_REHOME_H

#include "controller/node/core.h"
#include "loop/timer.h"

/* Between two looks at moves that are under way. */
#define MOVE_LOOK_MS 500

/* Owned by rehome_watch.c. */
struct moves {
	struct node *list;        /* those with a move under way */
	struct deferred deferred; /* moves that are due are ordered */
	struct timer timer;       /* moves that take too long are ordered again */
};

/* Where its link belongs: NODE_CONTROLLER, or its nearest logical ancestor that can have it. */
int rehome_goal(const struct controller *c, const struct node *n);
/* The node, or something above it, changed: orders a move if one is due. */
void rehome_node(struct controller *c, struct node *n);
/* The same for every node whose nearest available ancestor is, or may become, the node `id`. */
void rehome_children(struct controller *c, int id);

/* LEFT came: the last message of the node over its old link. */
void rehome_left(struct controller *c, struct node *n, uint64_t generation);
/* Was the node ordered to `parent` (NODE_CONTROLLER or a node), by a link of this generation? */
bool rehome_expects(const struct node *n, int parent, uint64_t generation);
/* The new parent has heard the hello of the node. */
void rehome_linked(struct controller *c, struct node *n);
/* The node waits for RESUME: it is sent again. */
void rehome_resume(struct controller *c, struct node *n);
/* A move that takes too long is ordered again: libzmq does not try again where a parent had no room
 * for another connection (link_socket()). false: it was ordered again before, and takes too long.
 */
bool rehome_again(struct controller *c, struct node *n);
/* Moves to a lost node get another goal. */
void rehome_retarget(struct controller *c, const struct node *lost);
/* Messages of moves that went over the former link of a node that is back are lost: those moves are
 * ordered again. */
void rehome_restart(struct controller *c, const struct node *back);
/* The node made a newer link to its present parent without an order. If that took the number of the
 * link that it was ordered to make, the node does not follow the order, and gets another. */
void rehome_renewed(struct controller *c, struct node *n);
/* Its move ends, well or not, in the state `to`. Others, which may have waited for that, are looked
 * at. */
void rehome_end(struct controller *c, struct node *n, enum link_state to, const char *why);
/* Publishes where the node's link leads, unless that was published last. */
void rehome_tell(struct controller *c, struct node *n);
/* `parent` (NULL: the controller) forgets that link of a child, and older ones. */
void rehome_forget_link(struct controller *c, struct node *parent, const struct peer_name *child);
/* The node died or is about to be removed: its move ends, its parents forget it. */
void rehome_forget(struct controller *c, struct node *n);
/* A node became available, or is lost: orders every move that is due, when the loop has turned. */
void rehome_all(struct controller *c);

#endif
