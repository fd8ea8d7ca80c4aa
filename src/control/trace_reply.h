/* The member `trace` of a reply: where its request was. */
#ifndef CONTROL_TRACE_REPLY_H
#define CONTROL_TRACE_REPLY_H

#include <stdint.h>

#include "base/mem.h"
#include "controller/request/types.h"

/* Adds the member. `read`: clock_ns() when the request's bytes came; `waited`: so many ns before
 * that dtreed had no processor. `trace`: what the controller knows of it; NULL, or without visits:
 * it was not asked. */
void trace_reply_add(struct buffer *b, const char *method, uint64_t read, uint64_t waited,
                     const struct outcome_trace *trace);

#endif
