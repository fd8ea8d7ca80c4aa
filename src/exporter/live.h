/* Open pages: each has one event stream, and is told once a second what has changed, and events as
 * they come. While no page is open dtreed is asked nothing. */
#ifndef EXPORTER_LIVE_H
#define EXPORTER_LIVE_H

#include "exporter/gather.h"
#include "exporter/server.h"

struct live;

struct live *live_new(struct ev_loop *loop, struct gather *gather);
/* Ends the streams; before the server ends. */
void live_close(struct live *live);
/* After it. */
void live_free(struct live *live);
/* /stream, or /stream?node=ID */
void live_serve(struct live *live, struct exchange *e);
void live_gone(struct live *live, const struct exchange *e);
size_t live_pages(const struct live *live);
/* The reply's result is an event. */
void live_event(struct live *live, const struct dtree_reply *reply);

#endif
