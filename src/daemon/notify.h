/*
 * Notifications to systemd, and the socket that it passes. Without a service manager the functions
 * do nothing.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The service is up, also after a reload; status is one line for people. */
void notify_ready(const char *status);
/* The line alone. */
void notify_status(const char *status);
/* The service reads its configuration again. notify_ready() must follow, or every later reload
 * waits for ever. */
void notify_reloading(void);
/* How often notify_alive() must be called, in ms; 0: nobody waits for it. */
int64_t notify_watchdog_ms(void);
/* A sign of life, where one is waited for. */
void notify_alive(void);
/* The service is not up yet, and waits for that many nodes. Call it again within
 * NOTIFY_STARTING_MS, or the start counts as hung. */
#define NOTIFY_STARTING_MS 30000
void notify_starting(size_t nodes);
/* The service ends, within limit_ms. */
void notify_stopping(int64_t limit_ms);
/*
 * Takes the service manager's variables out of the environment; without that call nothing is sent.
 * Gives the listening socket that it passed, close-on-exec and not blocking, or *fd = -1. -1: it
 * passed something else. Call it once, before anything is opened or started: without `keep_others`
 * all other descriptors are closed.
 */
int notify_open(bool keep_others, int *fd, struct error *err);
void notify_close(void);

#endif
