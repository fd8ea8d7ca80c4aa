/*
 * What the overlay tells of a node to whoever is above it: the part of the controller that knows of
 * processes, creations and requests. Given to it by controller.c; a test gives its own.
 */
#ifndef CONTROLLER_OVERLAY_HANDLERS_H
#define CONTROLLER_OVERLAY_HANDLERS_H

#include <stdint.h>

struct controller;
struct node;

struct overlay_handlers {
	/* One that is being created or restarted has its link. */
	void (*joined)(struct controller *c, struct node *n);
	/* Its parent has heard nothing from it for so long. */
	void (*silent)(struct controller *c, struct node *n, int64_t silent_ms);
	/* It was orphaned for so long that it counts as silent; that was published. */
	void (*overdue)(struct controller *c, struct node *n);
	/* What it was sent and did not answer may be lost. */
	void (*resend)(struct controller *c, struct node *n);
};

#endif
