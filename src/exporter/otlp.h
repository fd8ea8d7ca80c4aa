/* Traces on their way to a collector: OTLP/JSON over HTTP, one request at a time, from a bounded
 * queue. What the collector does not take for now is tried again. */
#ifndef EXPORTER_OTLP_H
#define EXPORTER_OTLP_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

struct otlp;

/* url: copied; -1 in *err: it is none, or the program was built without libcurl. */
struct otlp *otlp_new(struct ev_loop *loop, const char *url, struct error *err);
/* NULL: nothing. What is not sent is lost. */
void otlp_free(struct otlp *o);
/* The text is taken over, and is empty then. One that finds no room is dropped. */
void otlp_put(struct otlp *o, struct buffer *text);
/* So many were never put, as they were not known any more. */
void otlp_miss(struct otlp *o, uint64_t count);
/* That the collector took, and that were lost; NULL: 0. */
uint64_t otlp_sent(const struct otlp *o);
uint64_t otlp_dropped(const struct otlp *o);

#endif
