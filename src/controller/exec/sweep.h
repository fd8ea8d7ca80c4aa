/*
 * Sweeps in the tree: one request that goes down link by link, and whose answers come up merged,
 * one message a link each way (worker/sweep.h).
 *
 * A sweep is for a set of nodes. It is sent to its heads: those of the set whose parent, by the
 * links, is not in it. Below a head everything is in the set, as a link leads to a logical
 * ancestor, or has come since; one below which hangs what has just moved elsewhere is no head, and
 * its nodes are asked by themselves.
 *
 * Every level has less time than the one above it, so that a silent part of the tree is left out
 * and not waited for.
 */
#ifndef CONTROLLER_EXEC_SWEEP_H
#define CONTROLLER_EXEC_SWEEP_H

#include "controller/node/core.h"
#include "wire/message.h"
#include "wire/tally.h"

/* Sweeps that one head was sent since it last answered one; it is sent no more of them. */
#define SWEEP_OWED 64

struct sweep;

/* What a sweep tells. Each may end the sweep that it is told of, and no other; it may start more.
 */
struct sweep_user {
	/* What `from` and some below it said. `last`: it says no more. */
	void (*heard)(void *arg, int from, const struct tally_view *view, bool last);
	/* No head is waited for any more: called then, and again every SWEEP_LOOK_MS. */
	void (*rest)(void *arg);
};

struct sweep_order {
	enum tally_kind kind;
	uint64_t session; /* whose request it is at the node; 0 for TALLY_PING */
	const char *args; /* at most MESSAGE_PAYLOAD_MAX bytes; borrowed for the sweep's life */
	size_t size;
	const char *traceparent; /* NULL: none; the same */
	size_t most;             /* bytes of a listed result */
	int64_t deadline;        /* clock_ms(): of the request */
	uint64_t traced;         /* the request that is told where it was; 0: none */
	const int *ids;          /* the set, ascending; borrowed for the call */
	size_t count;
};

/* Sends it to those heads that can be reached. Calls no user before it returns. */
struct sweep *sweep_start(struct controller *c, const struct sweep_order *order,
                          const struct sweep_user *user, void *arg);
/* What is still said is dropped. */
void sweep_end(struct sweep *sweep);

/* The newest life that it is for: a later one does not get it from those above it. */
uint32_t sweep_newest(const struct sweep *sweep);
/* To this node by itself; where the sweep has been before it only says so, with nothing in it. */
void sweep_alone(struct sweep *sweep, struct node *n);

/* Tells the node to forget what it was asked, if it is still at it. */
void sweep_cancel(const struct sweep *sweep, struct node *n);

/* The request that is told where the sweep of that number was; 0: none. */
uint64_t sweep_traced(const struct controller *c, uint64_t number);
/* MSG_SWEPT from a node. */
void sweep_swept(struct controller *c, struct node *n, const struct message *m);

void sweep_init(struct controller *c);
void sweep_stop(struct controller *c);

/* Order of ids, for qsort() and bsearch(). */
int sweep_compare(const void *a, const void *b);

#endif
