/*
 * The lives of a node after its first. A node whose process died without an order is started again
 * where its policy says so, with a delay that doubles with each death and a count at which it is
 * given up; a quiet time and a start by order (orders.h) forgive. One that ended without a fault of
 * its own is started by the next dtreed (restart_policy.h), its parent first.
 *
 * A start that fails is no death: it counts for nothing, and is tried again, with delays, for as
 * long as it takes. Its reason is the node's cause until it has joined.
 *
 * A node keeps its id, its place, its service, its kept data and its children; its pid and
 * incarnation are new. All times are of the monotonic clock.
 */
#ifndef CONTROLLER_LIFECYCLE_RESTART_H
#define CONTROLLER_LIFECYCLE_RESTART_H

#include "controller/node/core.h"

/* At the start of dtreed: its next life is started after its parent's, whatever its policy. */
void restart_revive(struct controller *c, struct node *n);
/* Its turn has come (revive.h). */
void restart_revived(struct controller *c, struct node *n);
/* Other services are declared: what could not be started for want of its own is, in the same way.
 */
void restart_declared(struct controller *c);
/* The node has no process, and is started by order: now, or when the nodes are there after which it
 * starts. Its earlier deaths and failed starts do not count. Requests that wait for it start again
 * if the start fails at once. */
void restart_by_order(struct controller *c, struct node *n);
/* Its process is to end, by request: then it is stopped, or its next life is started. */
void restart_stopping(struct node *n, bool to_restart);
/* It has no process, and gets none until a request starts it. The caller records it. */
void restart_never(struct controller *c, struct node *n);

/* The tree ends: no life of it is awaited any more. Nothing is recorded. */
void restart_cease(struct node *n);

/* It hangs: its process is killed, and another life follows its death under any policy. */
void restart_hung(struct node *n, int64_t silent_ms);
/* The cause of a death with that status, for people. New memory. */
char *restart_cause(const struct node *n, const char *status);
/* Its process died without an order, or so it seems: plans a restart if its policy wants one.
 */
void restart_died(struct controller *c, struct node *n);
/* Its next life has joined. */
void restart_joined(struct controller *c, struct node *n);
/* That life has ended before. */
void restart_failed(struct controller *c, struct node *n, const char *cause);

#endif
