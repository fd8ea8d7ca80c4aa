/*
 * Nodes without a link. The children of a lost node, and a node that fell silent, have no link as
 * far as the controller knows. SIGUSR1 tells the process of each to come to the controller's own
 * address with a new link; a stopped process does so when it is continued. Only that makes the link
 * LINK_UP again: reports of its former link are ignored. From the controller the node moves to
 * where it belongs (rehome.h).
 *
 * Nodes of a former dtreed are taken over in the same way. Each living one is LINK_UNADOPTED at
 * first, and assumed to hang where it belongs. Those below the controller are told to come; the
 * others are reported by their parents, once those follow this controller: each node gets MSG_ADOPT
 * as soon as its link is known. A node that no parent reports is told to come, too.
 */
#ifndef CONTROLLER_OVERLAY_ORPHAN_H
#define CONTROLLER_OVERLAY_ORPHAN_H

#include "controller/node/core.h"

void orphan_init(struct controller *c);
void orphan_stop(struct controller *c);

/* Gives up the link of a living node, which is told to come. why: for the log. */
void orphan_recall(struct controller *c, struct node *n, const char *why);
/* The node died, fell silent or is being stopped: its children are told to come, and moves to it
 * get another goal. */
void orphan_parent_lost(struct controller *c, struct node *lost);
/* The node, of which no other is logically below, is about to leave the table: what is linked below
 * it, and stays, comes to the controller, and moves to it get another goal. */
void orphan_parent_removed(struct controller *c, struct node *removed);
/*
 * A node came to the controller with a new link. Requests that it and those below it have not
 * answered are sent again, and it moves to where it belongs. A node that was silent gets its
 * children back when it has been heard for HEARTBEAT_PATIENCE intervals.
 */
void orphan_returned(struct controller *c, struct node *n, uint64_t generation);
/* A living node of a former dtreed. */
void orphan_inherit(struct controller *c, struct node *n);
/* The parent of such a node reports it for the first time, or the parent of any node reports a
 * newer link to it. */
void orphan_announced(struct controller *c, struct node *n, struct node *parent,
                      uint64_t generation);
/* The node has reported all its children: those that it did not name (node.link.named) are not
 * below it. */
void orphan_told_all(struct controller *c, struct node *n);

#endif
