/*
 * Departures: processes that are to end, of one node and all below it, or of the whole tree. Each
 * may finish what it has (SIGUSR2), leaves first: a node is asked when everything below it is gone.
 * When the grace is over, those that are left get SIGKILL. One that is hung or unreachable is given
 * nothing. SIGTERM has no part in it: workers leave that one to dtreed (see worker/supervisor.h).
 */
#ifndef CONTROLLER_DEPART_H
#define CONTROLLER_DEPART_H

#include "controller/state.h"

struct departure;

/*
 * All are gone. `err` is NULL, or says that the registry could not be written. With `erase`, their
 * data and their rows are gone too.
 */
typedef void depart_done_fn(struct controller *c, uint64_t number, const struct error *err);

struct departure *depart_new(struct controller *c, int64_t grace_ms, bool erase,
                             depart_done_fn *done, uint64_t number);
/* The process of this node, and what it kept. Parents before children; the node is in the tree. One
 * that is leaving already (see lifecycle.h) leaves with this one, and the former calls nobody. */
void depart_add(struct departure *d, struct node *n);
/* A process (NULL: it is dead) that belongs to no node, and what was kept under that birth. */
void depart_add_stray(struct departure *d, struct process *p, uint32_t birth);
/* The grace of a departure that a request waits for: it is to be answered in time. */
int64_t depart_grace(const struct controller *c);
/* What was told to the registry before is to be written first. */
void depart_begin(struct departure *d);

/* A process whose departure was ordered is gone. */
void depart_process_gone(struct controller *c, const struct process_tag *tag);
/* Frees what is left; nobody is called. */
void depart_stop(struct controller *c);

#endif
