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

/* It has a process of a new life, which is to link to `up` (NULL: the controller). */
void overlay_join(struct controller *c, struct node *n, struct node *up);
/* It has joined, and its life is LIFE_RUNNING. */
void overlay_joined(struct controller *c, struct node *n);
/* Its process is gone: its move ends, its parents forget it. It keeps its place. */
void overlay_ended(struct controller *c, struct node *n, const char *cause);
/* It is taken away from its place. */
void overlay_part(struct controller *c, struct node *n);

/* The first invariant of the links at the top that does not hold, in words; NULL: all do. */
const char *overlay_valid(const struct controller *c);

#endif
