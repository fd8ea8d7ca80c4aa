/*
 * The supervisor: what systemd hears from us and passes to us. Started by hand, nothing is said and
 * nothing comes.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include "base/error.h"

/* The service is up; status is one line for people. */
void notify_ready(const char *status);
void notify_stopping(void);
/*
 * The listening socket that the supervisor passed, close-on-exec and not blocking, or *fd = -1.
 * -1: it passed something else. Call once, before anything is started.
 */
int notify_socket(int *fd, struct error *err);

#endif
