/* The traces of slow requests, for OpenTelemetry: a file each. */
#ifndef CONTROLLER_EXEC_SLOW_TRACE_H
#define CONTROLLER_EXEC_SLOW_TRACE_H

#include "controller/node/core.h"
#include "controller/request/slow.h"

/* OTLP/JSON with what is known of the request, whose outcome comes next, and why it was slow: of
 * one that is traced all of it, of another what its stamps say. New memory, of *n bytes. node: its
 * own; NULL: there is none. */
char *slow_trace_text(const struct request *r, const struct node *node, bool program,
                      const struct slow_request *slow, size_t *n);
/* The name of its file; all have this prefix and suffix. New memory. */
char *slow_trace_name(const struct slow_request *slow);

#endif
