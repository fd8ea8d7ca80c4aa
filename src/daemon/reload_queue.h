/*
 * Reloads, one after the other: a start first, which brings the tree to what the configuration
 * declares, then each that was asked for. Instances of services come last, as they take the ids
 * that are left. One that is asked for while another is under way waits,
 * and joins others that wait for the same.
 */
#ifndef DAEMON_RELOAD_QUEUE_H
#define DAEMON_RELOAD_QUEUE_H

#include <ev.h>

#include "control/reload.h"
#include "daemon/reload.h"
#include "daemon/service_manager.h"

struct reload_queue;

/* All is borrowed. */
struct reload_queue_config {
	struct reload_target target;
	struct service_manager *manager; /* is told of each; NULL: there is none */
	/* The configuration that is running has become another one. */
	void (*changed)(void *arg);
	void *arg;
};

/* The nodes of the start are asked for at once. */
struct reload_queue *reload_queue_new(struct ev_loop *loop,
                                      const struct reload_queue_config *config);
/* question: of a client, for control_reloaded(); 0: nobody hears, as of a signal. */
void reload_queue_ask(struct reload_queue *q, uint64_t question,
                      const struct reload_request *request);
/* How many nodes that the configuration asks for at the start were not tried yet; NULL: 1.
 */
size_t reload_queue_left(const struct reload_queue *q);
/* The tree ends: no reload begins, those that were asked for are refused. Also NULL. */
void reload_queue_end(struct reload_queue *q);
/* Also NULL. Before the controller. */
void reload_queue_free(struct reload_queue *q);

#endif
