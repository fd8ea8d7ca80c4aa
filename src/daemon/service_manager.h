/*
 * What the service manager is told while dtreed runs: that it is ready, its state as one line for
 * people, that it reloads and ends; and the signs of life that a watchdog waits for. They are sent
 * from the loop, so one that hangs sends none. Without a service manager nothing is sent.
 */
#ifndef DAEMON_SERVICE_MANAGER_H
#define DAEMON_SERVICE_MANAGER_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/controller.h"

struct service_manager;

/*
 * All is borrowed. It is told that dtreed is ready once what a former dtreed left is there
 * (controller_when_ready()) and left(arg), how many nodes the configuration asks for and were not
 * tried yet, is 0.
 */
struct service_manager *service_manager_new(struct ev_loop *loop, struct controller *controller,
                                            const char *socket, size_t (*left)(void *arg),
                                            void *arg);
/* All take NULL. A reload begins and ends, whether it changed anything or not: each call of the
 * first is followed by one of the second. Before it is ready neither is told. */
void service_manager_reloading(struct service_manager *m);
void service_manager_reloaded(struct service_manager *m);
/* The tree ends, within limit_ms. */
void service_manager_ending(struct service_manager *m, int64_t limit_ms);
/* Before the controller. */
void service_manager_free(struct service_manager *m);

#endif
