/*
 * Messages from the controller to a node. The route is made here, from the links as they are now.
 * While a node on the way leaves its parent, messages for it and for nodes below it are held back
 * in order, and sent when the move is done. Messages for an orphaned node, or for one below it, are
 * dropped: when it is back, what was not answered is sent again (orphan.h). The windows of
 * exec/dispatch.c bound what is held.
 */
#ifndef CONTROLLER_OVERLAY_ROUTE_H
#define CONTROLLER_OVERLAY_ROUTE_H

#include "controller/node/core.h"
#include "wire/message.h"

/* Fills in node, incarnation and route. The payload is copied. What cannot be sent is lost: the
 * death or silence of the node is noticed elsewhere. */
void route_post(struct controller *c, struct node *n, const struct message *m);
/* The same, but never held back. */
void route_now(struct controller *c, struct node *n, const struct message *m);
/* The move is over: sends, or drops, what was held back. */
void route_flush(struct controller *c, struct node *n);
void route_drop(struct node *n);
/* What is held back for the node and belongs to a request is dropped: all its requests are about to
 * be sent again, and the earlier ones would come behind what is held. */
void route_drop_requests(struct node *n);

#endif
