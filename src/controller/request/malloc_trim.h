/*
 * Memory after a burst. Requests come and go between nodes that stay, and leave holes, which malloc
 * keeps: 1 KB for each of 1,000 nodes that were created at once.
 */
#ifndef CONTROLLER_REQUEST_MALLOC_TRIM_H
#define CONTROLLER_REQUEST_MALLOC_TRIM_H

#include <stddef.h>

#include "loop/timer.h"

struct trim {
	struct timer timer;
	size_t count;
	size_t most; /* since memory was given back */
};

/* *t must stay where it is until trim_stop(). */
void trim_init(struct trim *t, struct ev_loop *loop);
void trim_stop(struct trim *t);
/* So many requests are under way now. When none is any more, and there were many, what they left is
 * given back a second later, unless there are others by then. */
void trim_count(struct trim *t, size_t count);

#endif
