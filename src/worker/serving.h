/*
 * What serves a node's requests, which may change while it works (service_source.h): a servant is
 * a runner with what is known of its requests. What begins goes to the newest. A former one
 * finishes what it has, and is ended then.
 *
 * A program takes the place of a program, and a library that of a library, within one servant.
 */
#ifndef WORKER_SERVING_H
#define WORKER_SERVING_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "dtree/service.h"
#include "worker/executor.h"

struct serving;
struct servant;

/* As runner_update_fn, with the arg of serving_new(). */
typedef void serving_update_fn(void *arg, struct servant *from, const struct job_update *update);

/* As executor_new() takes the node and the work. */
struct serving *serving_new(struct ev_loop *loop, const struct dtree_node *node,
                            const struct work *work, serving_update_fn *update, void *arg);
/* Call it only before anything was taken, or after it has finished. */
void serving_free(struct serving *s);

/* Has it room for another change? One is refused while several former ones are at work. */
bool serving_may_reload(const struct serving *s);
/* From now on that is run. 0, and the work is taken over; -1: it cannot be done now. */
int serving_reload(struct serving *s, const struct work *work);
void serving_adopted(struct serving *s);
/* As engine_renew(), of the program that has that process, if any has. */
void serving_renew(struct serving *s, pid_t pid);
/* As runner_finish(), of all. */
void serving_finish(struct serving *s, runner_done_fn *done, void *arg);

/* For a request that begins. It is the request's servant until servant_leave(). */
struct servant *serving_begin(struct serving *s);
/* The request is answered. */
void servant_answered(struct servant *v);
/* Nothing is kept of the request any more; answered: that was said. */
void servant_leave(struct servant *v, bool answered);
/* As of the executor. */
int servant_take(struct servant *v, const struct message *m);
void servant_unstore(struct servant *v, size_t size);
bool servant_takes_input(struct servant *v);

#endif
