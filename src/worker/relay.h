/*
 * A node: passes messages between its parent and its children without looking at their payloads,
 * runs its own service, and moves to another parent when the controller says so (uplink.h).
 *
 * A node whose parent is lost is told so by SIGUSR1, and goes to the controller itself. By SIGUSR2
 * it is told to finish: it takes nothing new, does what it was asked as a whole, saves, and leaves.
 * It does the same when dtreed is dead and no other comes in time. Of SIGTERM, which may come to a
 * whole group of processes, it leaves the decision to dtreed as long as that lives
 * (daemon_watch.h).
 *
 * A new dtreed makes itself known with ADOPT. It knows of no request that is under way here, so
 * what the former one asked is answered to nobody, and old words that still come are dropped.
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

/* Of the messages between nodes, and with dtreed. */
#define RELAY_PROTOCOL MESSAGE_VERSION

struct relay_config {
	int id;
	uint32_t incarnation;
	uint64_t controller_epoch; /* the controller's */
	const char *listen;        /* endpoint for children; borrowed for the call */
	const char *controller;    /* where to go when the parent is lost; the same */
	struct work work;          /* as executor_new() takes it */
	const char *state_dir;     /* borrowed for ever; see dtree/service.h */
	enum dtree_durability durability;
	pid_t dtreed;
	int lives;              /* where it holds its place; see daemon_watch.h */
	int64_t orphan_timeout; /* ms; see daemon_watch.h */
};

struct relay;

/* Builds the node and binds its address; nobody hears of it yet. */
struct relay *relay_new(struct ev_loop *loop, const struct relay_config *config, struct error *err);
/* Only if it never joined, or has finished. */
void relay_free(struct relay *r);
/* Makes the file of the socket for the children anew, if it is gone. */
void relay_renew(struct relay *r);

/* Joins the tree under the parent at this endpoint; from then on the loop does everything, and is
 * ended (ev_break) when the node has finished. */
int relay_join(struct relay *r, const char *parent, struct error *err);

#endif
