/*
 * Nodes without a link. A node whose parent is lost, or that fell silent, has none as far as the
 * controller knows: it is told by a signal (SIGUSR1, to its process) to come to the controller's
 * own address with a new link, which a stopped process does when it goes on. Only that brings it
 * back: what is said of its former link means nothing. From the controller it moves on to where it
 * belongs (rehome.h).
 *
 * What a former dtreed left is taken over in the same way. A living node is an orphan at first and
 * hangs, as far as is known, where it should: those below the controller are told to come; the
 * others are told of by their parents, once those follow this controller (MSG_ADOPT, which goes to
 * each as soon as it is heard of). Whom no parent told of is told to come, too.
 */
#ifndef CONTROLLER_OVERLAY_ORPHAN_H
#define CONTROLLER_OVERLAY_ORPHAN_H

#include "controller/node/core.h"

void orphan_init(struct controller *c);
void orphan_stop(struct controller *c);

/* Gives up the link of a living node: it is told to come. */
void orphan_recall(struct controller *c, struct node *n, const char *why);
/* The node died or fell silent: its children are told to come, moves to it get another goal. */
void orphan_parent_lost(struct controller *c, struct node *lost);
/*
 * A node came to the controller with a new link. What it and those below it were sent and did not
 * answer is sent again; it moves on to where it belongs. One that was silent gets its children back
 * when it has been heard for HEARTBEAT_PATIENCE intervals.
 */
void orphan_returned(struct controller *c, struct node *n, uint64_t generation);
/* A living node that a former dtreed left. */
void orphan_inherit(struct controller *c, struct node *n);
/* The parent of such a node told of it for the first time, or that of any has a newer link to it.
 */
void orphan_announced(struct controller *c, struct node *n, struct node *parent,
                      uint64_t generation);
/* The node told of all its children: what it did not tell of (node.link.named) is not below it. */
void orphan_told_all(struct controller *c, struct node *n);

#endif
