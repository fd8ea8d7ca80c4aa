/*
 * The supervisor: what systemd hears from us and passes to us. Started by hand, nothing is said and
 * nothing comes.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The service is up; status is one line for people. */
void notify_ready(const char *status);
/* The service is not up yet: so many nodes are waited for. Said again within NOTIFY_STARTING_MS, or
 * the start counts as hung. */
#define NOTIFY_STARTING_MS 30000
void notify_starting(size_t nodes);
/* The service ends, which may take that long. */
void notify_stopping(int64_t limit_ms);
/*
 * Takes what the supervisor says out of the environment; before that, nobody hears of us. Gives the
 * listening socket that it passed, close-on-exec and not blocking, or *fd = -1. -1: it passed
 * something else. Call once, before anything is opened or started: `keep_others` is false where
 * whatever else is open is closed.
 */
int notify_open(bool keep_others, int *fd, struct error *err);
void notify_close(void);

#endif
