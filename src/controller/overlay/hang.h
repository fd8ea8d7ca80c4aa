/*
 * Nodes that hang: a process that is there, and nothing has been heard from it for hang-timeout.
 * Where the node, or the tree, says so, that is told to the room above (handlers.h), which kills
 * it.
 *
 * No node is killed for the lateness of another process. A node is looked at here once it is
 * LINK_SILENT; by then it was told to come to the controller itself, so that it is no longer its
 * parent that must hear it. Before its time is over it is told once more, and has as long as counts
 * as a silence, on the clock that stands still while this process is late (link/lateness.h). If
 * this process was stopped meanwhile, or waited for a processor, the node is told anew: only a
 * silence in which somebody listened counts.
 */
#ifndef CONTROLLER_OVERLAY_HANG_H
#define CONTROLLER_OVERLAY_HANG_H

#include "controller/node/core.h"

/* The least time that a node has to come when it is told the last time. */
#define HANG_CALL_MS 1000

void hang_init(struct controller *c);
void hang_stop(struct controller *c);

/* The node is LINK_SILENT now, and was silent for so long before. */
void hang_begin(struct controller *c, struct node *n, int64_t silent_ms);
/* What is done about a node has changed. */
void hang_look(struct controller *c);
/* What the tree does, from now on: a word of on_hang_name_at(), and after which silence. */
void hang_set(struct controller *c, const char *word, int64_t timeout_ms);

/* What is done about this node, and after which silence, by its own settings or the tree's. */
enum on_hang hang_policy(const struct controller *c, const struct node *n);
int64_t hang_timeout_ms(const struct controller *c, const struct node *n);

#endif
