/*
 * The sending side of one link: when its messages leave (batch.h), and when the last one did.
 */
#ifndef LINK_OUTLET_H
#define LINK_OUTLET_H

#include <stdbool.h>
#include <stdint.h>

#include "link/batch.h"
#include "link/frame.h"
#include "link/zwatch.h"

struct outlet {
	struct zwatch *watch; /* borrowed: that of the socket */
	const char *routing;  /* borrowed: LINK_NAME_SIZE bytes, for a ROUTER; else NULL */
	int64_t sent;         /* clock_ms() of the last frame */
	struct batch batch;
};

/* false: nobody is there to take it now. */
bool outlet_send(struct outlet *o, const struct message *m);
/* As outlet_send(), for what arrived over another link. */
bool outlet_pass(struct outlet *o, const struct frame *frame);
/* The turn of the loop ends, or the link does. */
void outlet_flush(struct outlet *o);

#endif
