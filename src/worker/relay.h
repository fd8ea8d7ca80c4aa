/*
 * A node: passes messages between its parent and its children without looking at their payloads,
 * runs its own service, and moves to another parent when the controller says so (uplink.h).
 *
 * SIGUSR1 tells a node that its parent is lost: it connects to the controller. SIGUSR2 asks it to
 * finish: it takes nothing new, runs the requests that are complete, saves, and ends. It does the
 * same when dtreed is dead and no other comes in time. SIGTERM may be sent to a whole group of
 * processes: the node leaves the decision to dtreed as long as that lives (daemon_watch.h).
 *
 * A new dtreed announces itself with ADOPT. It knows none of the requests that are under way, so
 * requests of the former dtreed get no answer, and its messages that still arrive are dropped.
 */
#ifndef WORKER_RELAY_H
#define WORKER_RELAY_H

#include <ev.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "dtree/service.h"
#include "wire/message.h"
#include "worker/executor.h"
#include "worker/service_source.h"

/* The version of the messages between nodes and with dtreed. */
#define RELAY_PROTOCOL MESSAGE_VERSION

struct relay_config {
	int id;
	uint32_t incarnation;
	uint64_t controller_epoch;    /* the controller's */
	const char *listen;           /* endpoint for children; borrowed for the call */
	const char *controller;       /* where to go when the parent is lost; the same */
	const char *link_key;         /* the file with the key of the links; NULL: they have none */
	struct work work;             /* as executor_new() takes it */
	struct service_source source; /* of the work; taken over */
	const char *state_dir;        /* borrowed for ever; see dtree/service.h */
	enum dtree_durability durability;
	pid_t dtreed;
	int lives;              /* where it holds its place; see daemon_watch.h */
	int64_t orphan_timeout; /* ms; see daemon_watch.h */
};

struct relay;

/* Builds the node and binds its address; it is not connected yet. */
struct relay *relay_new(struct ev_loop *loop, const struct relay_config *config, struct error *err);
/* Only if it never joined, or has finished. */
void relay_free(struct relay *r);
/* Makes the file of the socket for the children anew, if it is gone. */
void relay_renew(struct relay *r);

/* Joins the tree under the parent at this endpoint. From then on the loop does everything;
 * ev_break() ends it when the node has finished. */
int relay_join(struct relay *r, const char *parent, struct error *err);

#endif
