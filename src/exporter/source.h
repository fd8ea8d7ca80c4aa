/* The connection to dtreed. It comes back by itself, as often as dtreed goes away. */
#ifndef EXPORTER_SOURCE_H
#define EXPORTER_SOURCE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "dtree/client.h"

struct source_handlers {
	void (*changed)(void *arg, bool up);
	/* The reply's result is an event. */
	void (*event)(void *arg, const struct dtree_reply *reply);
};

struct source;

/* path: copied. Nothing is called before the loop runs. */
struct source *source_new(struct ev_loop *loop, const char *path,
                          const struct source_handlers *handlers, void *arg);
void source_free(struct source *s);
bool source_is_up(const struct source *s);
/* Connections that there were. */
uint64_t source_connections(const struct source *s);
/* Frees the request in any case. -1: dtreed is away, and done is not called. Where the connection
 * ends before the reply, done gets an error. */
int source_ask(struct source *s, struct dtree_request *request, dtree_reply_fn *done, void *arg);
/* What was asked with that arg is not called back. */
void source_forget(struct source *s, const void *arg);
/* dtreed does not answer: the connection is given up, and made anew. Not from within a callback. */
void source_drop(struct source *s);

#endif
