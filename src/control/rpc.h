/*
 * JSON-RPC 2.0: dispatches the requests of a line to their handlers. The table of methods is in
 * rpc.c.
 *
 * Choices within the specification: a request without "id" is a notification; one with a null id is
 * answered with a null id. Parameters are an object, or an array in the row's order.
 */
#ifndef CONTROL_RPC_H
#define CONTROL_RPC_H

#include <stddef.h>

#include "control/client.h"

/* Serves one line (without its end) of a client: every request in it is answered, now or later,
 * with a reply or an error. A blank line is no request. */
void rpc_line(struct client *c, const char *line, size_t n);

/* Adds the members of the OpenRPC document: every method, and beside the specification every event,
 * and what all methods have in common. */
void rpc_describe(struct buffer *b);

#endif
