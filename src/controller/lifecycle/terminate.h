/*
 * Departures: processes that are to end, of one node and all below it, or of the whole tree. Each
 * may finish what it has (SIGUSR2), leaves first: a node is asked when everything below it is gone.
 * When the grace is over, those that are left get SIGKILL. One that is hung or unreachable is given
 * nothing. Each step has a limit of its own, so that no disk and no process can hold up an end.
 * SIGTERM has no part in it: workers leave that one to dtreed (see worker/daemon_watch.h).
 */
#ifndef CONTROLLER_LIFECYCLE_TERMINATE_H
#define CONTROLLER_LIFECYCLE_TERMINATE_H

#include "controller/node/core.h"

struct departure;

/*
 * All are gone, with `erase` their data and their rows too, or it is given up: `err` says that the
 * registry was not written in time, or which processes do not end. What is left then is watched and
 * finished all the same, without a further call.
 */
typedef void terminate_done_fn(struct controller *c, uint64_t number, const struct error *err);

/* Once, before the others. */
void terminate_init(struct controller *c);
struct departure *terminate_new(struct controller *c, int64_t grace_ms, bool erase,
                                terminate_done_fn *done, uint64_t number);
/* Other limits than a second each: for the registry to be written, and for the processes to end
 * once they are killed; then it is given up. Without this, it is not: that they do not end is
 * logged. Before terminate_begin(). */
void terminate_limits(struct departure *d, int64_t record_ms, int64_t end_ms);
/* The process of this node, and what it kept. Parents before children; the node is in the tree. One
 * that is leaving already (see orders.h) leaves with this one, and the former departure makes no
 * call. */
void terminate_add(struct departure *d, struct node *n);
/* A process (NULL: it is dead) that belongs to no node, and what was kept under that data id. */
void terminate_add_stray(struct departure *d, struct process *p, uint32_t data_id);
/* The grace of a departure that a request waits for: the request must be answered in time. */
int64_t terminate_grace(const struct controller *c);
/* A process of a node that stays and is to get another one: it may finish. Without `erase`. */
void terminate_add_former(struct departure *d, struct process *p);
/* No member is asked to finish until terminate_release(); the grace runs all the same. */
void terminate_hold(struct departure *d);
void terminate_release(struct controller *c, uint64_t id);
/* Waits until the registry has written what it was told before, but not too long. */
void terminate_begin(struct departure *d);
/* Of that id, from terminate_id(): says now what is left, if it has not said anything yet. */
uint64_t terminate_id(const struct departure *d);
void terminate_give_up(struct controller *c, uint64_t id);

/* When what of it happened; NULL: there is none of that id, or none any more. */
const struct end_times *terminate_times(const struct controller *c, uint64_t id);

/* Whatever was sent to this node may be lost: it is told again to forget the links of those that
 * were killed, as long as their processes are there. */
void terminate_resend(struct controller *c, struct node *n);
/* A process whose departure was ordered is gone. */
void terminate_process_gone(struct controller *c, const struct process_tag *tag);
/* NULL: what it keeps agrees with the nodes; else what does not. Static storage. */
const char *terminate_valid(const struct controller *c);
/* Frees what is left; no callback comes. A directory that is being removed has so long. */
void terminate_stop(struct controller *c, int64_t limit_ms);

#endif
