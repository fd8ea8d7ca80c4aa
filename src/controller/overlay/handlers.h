/*
 * What the overlay tells of a node to the rooms above it, which know of processes, creations and
 * requests. controller.c gives the handlers to overlay_init(); a test gives its own.
 */
#ifndef CONTROLLER_OVERLAY_HANDLERS_H
#define CONTROLLER_OVERLAY_HANDLERS_H

#include <stdint.h>

struct controller;
struct node;

struct overlay_handlers {
	/* A node that is being created or restarted has its link. */
	void (*joined)(struct controller *c, struct node *n);
	/* The parent of the node has heard nothing from it for silent_ms. */
	void (*silent)(struct controller *c, struct node *n, int64_t silent_ms);
	/* The node was orphaned for so long that it is LINK_SILENT now; that was published. */
	void (*overdue)(struct controller *c, struct node *n);
	/* The node hangs: it was silent for so long, and was told to come. Once in a life. */
	void (*hung)(struct controller *c, struct node *n, int64_t silent_ms);
	/* Messages that the node was sent may be lost. */
	void (*resend)(struct controller *c, struct node *n);
};

#endif
