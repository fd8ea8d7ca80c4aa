/* The room as a whole: the tree of links. */
#ifndef CONTROLLER_OVERLAY_OVERLAY_H
#define CONTROLLER_OVERLAY_OVERLAY_H

#include "controller/node/core.h"

struct overlay_handlers;

/* The handlers are borrowed for as long as the controller is there. */
void overlay_init(struct controller *c, const struct overlay_handlers *handlers);
/* Makes controller.children, which listens for workers. Its handlers get the controller. */
int overlay_listen(struct controller *c, const struct children_handlers *handlers,
                   struct error *err);
/* Frees what is left, and removes the socket's file. The nodes are freed before. */
void overlay_stop(struct controller *c);

/* Where the children of the controller connect. */
const char *overlay_endpoint(const struct controller *c);
/* The tree's heartbeat interval in ms; 0: off. */
int64_t overlay_heartbeat_ms(const struct controller *c);

/* Hangs a link that is yet to come under `up` (NULL: the controller). */
void overlay_join(struct controller *c, struct node *n, struct node *up);
/* The node has no link any more. */
void overlay_part(struct controller *c, struct node *n);

/* The first invariant of the links at the top that does not hold, in words; NULL: all do. */
const char *overlay_valid(const struct controller *c);

#endif
