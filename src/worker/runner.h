/*
 * Runs a node's service beside the relay: one thread, started with the first request for it, so
 * that a handler of any length delays neither messages for others nor heartbeats.
 *
 * Handing a request to a thread and back costs more than a small sum. So a request that the service
 * calls quick (dtree/service.h) runs at once, on the loop, if the thread has nothing to do; else it
 * waits for its turn there.
 *
 * One session's requests are answered in the order in which they became complete; those of
 * different sessions, and partly sent ones, take turns, a part at a time, so that none blocks
 * another.
 *
 * Answers of a service that commits leave together after the commit, which happens when nothing is
 * left to run, or after many parts.
 */
#ifndef WORKER_RUNNER_H
#define WORKER_RUNNER_H

#include <ev.h>

#include "dtree/service.h"
#include "wire/message.h"
#include "worker/scheduler.h"

struct runner;

/* Gets the outcome of a part of a request, on the loop's thread. The update is borrowed for the
 * call; its text belongs to the receiver, which calls runner_unstore() when it frees the text. */
typedef void runner_update_fn(void *arg, const struct job_update *update);

/* The node is copied; its strings and the service are borrowed for ever. */
struct runner *runner_new(struct ev_loop *loop, const struct dtree_node *node,
                          const struct dtree_service *service, runner_update_fn *update, void *arg);

/* Frees a runner that was never given anything, or has finished. */
void runner_free(struct runner *r);

/* A message of type EXEC, DATA or CANCEL for this node. Loop's thread; copies. 0, or -1: the
 * service thread cannot be started. Its update may be given before this returns. Nothing is
 * taken any more after runner_finish(). */
int runner_take(struct runner *r, const struct message *m);
/* Another service takes the place of the one at work, once no request is half sent to that; its
 * state is committed and destroyed before the other's is made. Borrowed for ever. 0; -1: not now.
 */
int runner_reload(struct runner *r, const struct dtree_service *service);
/* `size` bytes of results were freed: while there are too many, the node runs nothing more. */
void runner_unstore(struct runner *r, size_t size);

typedef void runner_done_fn(void *arg);
/*
 * The orderly end; call it once. Complete requests are run, partly sent ones are dropped, the
 * service's state is committed and destroyed. Then, after the last update, `done` is called on the
 * loop's thread; at once if there was never anything to run.
 */
void runner_finish(struct runner *r, runner_done_fn *done, void *arg);

#endif
