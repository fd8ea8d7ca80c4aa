/* The slow requests that dtreed keeps, as traces for a collector: those that are answered from now
 * on, each once. */
#ifndef EXPORTER_KEPT_H
#define EXPORTER_KEPT_H

#include "exporter/otlp.h"
#include "exporter/source.h"

struct kept;

/* Both are borrowed. */
struct kept *kept_new(struct ev_loop *loop, struct source *source, struct otlp *otlp);
/* NULL: nothing. */
void kept_free(struct kept *k);
/* A request was slow, or dtreed is there again; NULL: nothing. */
void kept_look(struct kept *k);
/* One of `newest` of the reply to `slow`, as OTLP/JSON: 0, or -1: it is none. Pure. */
int kept_write(const struct dtree_value *slow, int pid, struct buffer *out);

#endif
