/*
 * Runs a node's service beside the relay: one thread, started with the first request, so that a
 * handler of any length delays neither messages for others nor heartbeats.
 *
 * One session's requests are answered in the order in which they became complete; those of
 * different sessions, and those half sent, take turns, a part at a time, so that none holds up
 * another.
 */
#ifndef WORKER_RUNNER_H
#define WORKER_RUNNER_H

#include <ev.h>

#include "dtree/service.h"
#include "wire/message.h"

struct runner;

/* How answers leave: on the loop's thread; the message is borrowed for the call. */
typedef void runner_answer_fn(void *arg, struct message *m);

/* The service is borrowed for ever. */
struct runner *runner_new(struct ev_loop *loop, int node, const struct dtree_service *service,
                          runner_answer_fn *answer, void *arg);

/* Frees a runner whose thread was never started. */
void runner_free(struct runner *r);

/* A message of type EXEC, DATA, CANCEL or CREDIT for this node. Loop's thread; copies. */
void runner_take(struct runner *r, const struct message *m);

#endif
