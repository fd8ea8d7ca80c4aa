/*
 * The node's children: what is known of each is kept (child_state.h), told to the controller
 * (reporter.h), put into heartbeats (the digest of wire/report.h), and sweeps that wait for one
 * that is lost are told.
 *
 * One thread: the loop's.
 */
#ifndef WORKER_ROSTER_H
#define WORKER_ROSTER_H

#include "link/children.h"
#include "worker/reporter.h"
#include "worker/sweep.h"
#include "worker/uplink.h"

struct roster_config {
	int id;
	uint32_t incarnation;
	uint64_t controller_epoch; /* the controller's */
	struct uplink *uplink;     /* borrowed */
	reporter_say_fn *say;
	void *arg; /* borrowed */
};

struct roster;

struct roster *roster_new(struct ev_loop *loop, const struct roster_config *config);
void roster_free(struct roster *r);
/* Before anything is heard of a child; borrowed for ever. */
void roster_connect(struct roster *r, struct children *children, struct sweeps *sweeps);
/* Borrowed: for sweeps. */
struct child_states *roster_child_states(struct roster *r);

/* What the links say: a child said hello, or speaks again; its heartbeat; it is silent; it leaves.
 */
void roster_here(struct roster *r, const struct peer_name *name);
void roster_beat(struct roster *r, const struct peer_name *name, uint64_t digest);
void roster_silent(struct roster *r, const struct peer_name *name, int64_t silent_ms);
void roster_left(struct roster *r, const struct peer_name *name);
/* The controller says that this link, and older ones, are over. */
void roster_forget(struct roster *r, const struct peer_name *name);
/* A MSG_SEEN. */
void roster_seen(struct roster *r, const struct message *m);
/* The controller of this epoch is to be told of all the children. */
void roster_anew(struct roster *r, uint64_t controller_epoch);

#endif
