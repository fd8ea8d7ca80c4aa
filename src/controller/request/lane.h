/*
 * Lanes: the order of one session's requests at one node. Pure bookkeeping: what starts or is
 * answered is done in order.c.
 *
 * In a lane a barrier (create, kill) may start when it is first; everything else when no barrier
 * stands before it, and no stream whose arguments are not complete. Only a further stream may be
 * opened behind such a one, but is not completed before it. One that is loose leaves the order when
 * it starts, and only barriers still wait for it. A lane also holds the session's window
 * at the node: what was sent there and not heard of.
 */
#ifndef CONTROLLER_REQUEST_LANE_H
#define CONTROLLER_REQUEST_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

enum lane_state {
	LANE_WAITING, /* not started */
	LANE_STARTED,
	LANE_READY, /* its outcome waits for its turn */
};

struct lane;
struct request;

/* Lies inside a request. */
struct lane_entry {
	struct request *request; /* borrowed: it lies inside */
	bool barrier;
	bool stream;     /* may start behind open ones */
	bool open;       /* a stream that is not complete */
	bool completing; /* it has all its arguments, and waits for what stands before it */
	bool loose;      /* out of the order of its lane */
	enum lane_state state;
	struct lane *lane;       /* borrowed; NULL: in none */
	struct lane_entry *prev; /* utlist */
	struct lane_entry *next;
};

/* What may be under way at once, of a lane or of all at a node. */
struct window {
	size_t requests;
	size_t bytes;
	struct request *queue; /* for room in it, or in the node's; borrowed */
	struct window **ring;  /* of the node, for those that have a queue; NULL: it is in none */
	struct window *prev;   /* utlist */
	struct window *next;
};

struct lane {
	int node;                   /* the key */
	struct lane **home;         /* borrowed: the session's table */
	struct lane_entry *entries; /* by age; borrowed */
	size_t barriers;
	size_t open;
	size_t completing;
	size_t loose; /* not in `entries` */
	struct window execs;
	struct window pings;
	UT_hash_handle hh;
};

/* It has no queue any more. */
void window_leave(struct window *w);

/* The lane for a node, made if need be. */
struct lane *lane_get(struct lane **table, int node);
/* The same, or NULL. */
struct lane *lane_find(struct lane **table, int node);
/* Frees the lane if it has neither entries nor anything in its windows. */
void lane_drop_if_empty(struct lane *lane);
void lanes_free(struct lane **table);

void lane_enter(struct lane *lane, struct lane_entry *entry);
/* Takes it out; the lane may be freed by it. Nothing if it is in none. */
void lane_leave(struct lane_entry *entry);
/* The stream waits to be complete: from now on it starts like anything else, once more. */
void lane_wait_to_complete(struct lane_entry *entry);
/* The stream is complete, or has ended. Nothing for one that is not open. */
void lane_complete(struct lane_entry *entry);
/* It has started, and leaves the order. */
void lane_loosen(struct lane_entry *entry);
/* Does it stand behind a stream that is open? */
bool lane_behind_open(const struct lane_entry *entry);
/* May this one start? One that is in no lane may. */
bool lane_may_start(const struct lane_entry *entry);
/* Is it the oldest of its lane, or in none, or loose? */
bool lane_is_first(const struct lane_entry *entry);
/* The waiting ones that may start, oldest first; *requests is owned by the caller. */
size_t lane_startable(const struct lane *lane, struct request ***requests);

#endif
