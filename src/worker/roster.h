/*
 * The node's children. Keeps the state of each (child_state.h), reports it to the controller
 * (reporter.h), puts it into heartbeats (the digest of wire/report.h), and tells the sweeps which
 * children are lost.
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
/* Call it before the first child connects; borrowed for ever. */
void roster_connect(struct roster *r, struct children *children, struct sweeps *sweeps);
/* Borrowed: for sweeps. */
struct child_states *roster_child_states(struct roster *r);

/* Events of the links: a child said hello, or sends again; its heartbeat; it is silent; it
 * leaves. */
void roster_here(struct roster *r, const struct peer_name *name);
void roster_beat(struct roster *r, const struct peer_name *name, uint64_t digest);
void roster_silent(struct roster *r, const struct peer_name *name, int64_t silent_ms);
void roster_left(struct roster *r, const struct peer_name *name);
/* The controller has declared this link and older ones closed. */
void roster_forget(struct roster *r, const struct peer_name *name);
/* A MSG_SEEN. */
void roster_seen(struct roster *r, const struct message *m);
/* Reports all the children to the controller of this epoch. */
void roster_anew(struct roster *r, uint64_t controller_epoch);

#endif
