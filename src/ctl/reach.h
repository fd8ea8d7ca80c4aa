/*
 * Connecting to a dtreed that may be too busy for it.
 */
#ifndef CTL_REACH_H
#define CTL_REACH_H

#include <stdint.h>

#include "dtree/client.h"

/* Once, at the start: what the environment has as TRACEPARENT is that of all requests from then on.
 * What is none is told on standard error. */
void reach_take_traceparent(void);

/* NULL: there is none. */
const char *reach_traceparent(void);

/* As dtree_client_connect(). While dtreed listens and takes no connection, it is retried for
 * most_ms, or until signal_fd (-1: none) can be read. */
struct dtree_client *reach(const char *path, int64_t most_ms, int signal_fd,
                           struct dtree_error *err);

#endif
