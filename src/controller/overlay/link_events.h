/*
 * What the upper end of a node's link says of it: the controller's own table of children, or the
 * report of another node (report.h). It holds for the link that it names and for no other, so what
 * comes late changes nothing.
 */
#ifndef CONTROLLER_OVERLAY_LINK_EVENTS_H
#define CONTROLLER_OVERLAY_LINK_EVENTS_H

#include "controller/node/core.h"

/* Was this link ordered: is it the first of a new life, or the goal of a move? */
bool link_events_expected(const struct node *n, int parent, uint64_t generation);
/* Such a link is there. */
void link_events_made(struct controller *c, struct node *n, uint64_t generation);
/* `parent` has a link to the node, and hears it. false: it must forget the link. */
bool link_events_here(struct controller *c, struct node *n, struct node *parent,
                      uint64_t generation);
/* `parent` (NULL: the controller) has heard nothing over the link for silent_ms. false: it must
 * forget the link. */
bool link_events_silent(struct controller *c, struct node *n, struct node *parent,
                        uint64_t generation, int64_t silent_ms);
/* The node said over that link that it leaves. false: `parent` must forget the link. */
bool link_events_left(const struct node *n, const struct node *parent, uint64_t generation);
/* The node itself says over its new link that it waits for the end of its move. */
void link_events_arrived(struct controller *c, struct node *n, uint64_t generation);

#endif
