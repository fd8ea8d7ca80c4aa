/*
 * How many processes requests start in one turn of the loop, and how many links to the controller
 * may be awaited. Starting a process keeps the loop busy for up to a millisecond, and others get
 * their turn between; requests beyond the bound wait here, in order.
 */
#ifndef CONTROLLER_LIFECYCLE_START_QUEUE_H
#define CONTROLLER_LIFECYCLE_START_QUEUE_H

#include "controller/node/core.h"

/* Processes that requests start in a turn. */
#define STARTS_A_TURN 8
/* So many descriptors for links to come are kept free at the most. */
#define STARTING_MAX 128

void start_queue_init(struct controller *c);
void start_queue_stop(struct controller *c);

/* May another process be started in this turn? */
bool start_queue_may_start(const struct controller *c);
/* And may it be that of a new node? */
bool start_queue_may_create(const struct controller *c);
/* The request starts again in a later turn. */
void start_queue_wait(struct controller *c, struct request *r);
/* A process is started for a request. */
void start_queue_started(struct controller *c);
/* A node whose link will be to `up` (NULL: the controller) is being created. */
void start_queue_creating(struct controller *c, const struct node *up);
/* It is being created no longer. Its link must not be taken away yet. */
void start_queue_created(struct controller *c, const struct node *n);
/* How many there are whose link will be to the controller. */
size_t start_queue_creations(const struct controller *c);

#endif
