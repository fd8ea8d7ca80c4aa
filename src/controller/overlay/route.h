/*
 * Messages from the controller to a node: the route is made here, from the links as they are now.
 * While a node on the way is moving to another parent, what is for it and below it is held back in
 * order, and goes on when the move is done. What is for a node that is orphaned, or below one, is
 * dropped: once it is back, everything that was not answered is sent again (rehome.c).
 */
#ifndef CONTROLLER_OVERLAY_ROUTE_H
#define CONTROLLER_OVERLAY_ROUTE_H

#include "controller/node/core.h"
#include "wire/message.h"

/* Fills in node, incarnation and route. The payload is copied. What cannot be sent is lost: the
 * node's death or silence is seen elsewhere. */
void route_post(struct controller *c, struct node *n, const struct message *m);
/* The same over the links as they are, held back by nothing. */
void route_now(struct controller *c, struct node *n, const struct message *m);
/* The move is over: sends, or drops, what was held back. */
void route_flush(struct controller *c, struct node *n);
void route_drop(struct node *n);

#endif
