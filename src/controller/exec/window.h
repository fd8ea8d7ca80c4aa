/*
 * Windows: what a node may have under way at once.
 *
 * A session may have LANE_* under way at one node, all together NODE_*; what comes to it as one of
 * its group (pool.h) counts as one session. The rest waits here, and
 * where its deadline passes it has not run. What the node was sent counts until the node answers,
 * however late, so that nothing piles up in front of a stopped one. Pings are counted apart: no
 * load of requests hides a living node.
 */
#ifndef CONTROLLER_EXEC_WINDOW_H
#define CONTROLLER_EXEC_WINDOW_H

#include "controller/node/core.h"

#define LANE_REQUESTS ((size_t)128)
#define LANE_BYTES    ((size_t)1024 * 1024)
#define NODE_REQUESTS ((size_t)4096)
#define NODE_BYTES    ((size_t)16 * 1024 * 1024)

/* It waits for room in its windows. */
void window_queue(struct node *n, struct request *r);
/* Notes what it waits for: PHASE_QUEUED only. */
void window_waits(struct node *n, struct request *r);
/* What the windows of the node have room for is sent, by its kind. */
void window_pump(struct controller *c, struct node *n);
/* The node has it from now on; in a window it counts only by window_pump(). */
void window_sent(struct controller *c, struct node *n, struct request *r);
/* The node has it no more: there is room again, and its lane is freed if nothing else needs it. */
void window_settled(struct node *n, const struct request *r);

#endif
