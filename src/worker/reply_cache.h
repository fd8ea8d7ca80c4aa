/*
 * The requests that this node got, and their answers: a request that is sent again over another
 * route runs once, and a lost answer is sent again. It is between the links and the runner, on the
 * loop's thread.
 *
 * An answer is kept until the controller confirms it: with a later EXEC ("settled"), or, for a
 * large one, at once with SETTLED.
 */
#ifndef WORKER_REPLY_CACHE_H
#define WORKER_REPLY_CACHE_H

#include <ev.h>
#include <stdbool.h>

#include "dtree/service.h"
#include "wire/message.h"
#include "worker/executor.h"

struct reply_cache;

/* Sends an answer; the message is borrowed for the call. */
typedef void reply_cache_answer_fn(void *arg, struct message *m);

/* Makes the runner too. The node is copied; its strings are borrowed for ever; the work as
 * executor_new() takes it. */
struct reply_cache *reply_cache_new(struct ev_loop *loop, const struct dtree_node *node,
                                    const struct work *work, reply_cache_answer_fn *answer,
                                    void *arg);
/* Call it only before anything was taken, or after it has finished. */
void reply_cache_free(struct reply_cache *c);

/* A message of type EXEC, DATA, CANCEL, CREDIT or SETTLED for this node. */
void reply_cache_take(struct reply_cache *c, const struct message *m);

/* Another controller, which knows none of the requests, has taken over. Complete requests still
 * run, and get no answer; partly sent ones are cancelled. */
void reply_cache_adopt(struct reply_cache *c);
/* As serving_renew(). */
void reply_cache_renew(struct reply_cache *c, pid_t pid);
/* As serving_may_reload() and serving_reload(). */
bool reply_cache_may_reload(const struct reply_cache *c);
int reply_cache_reload(struct reply_cache *c, const struct work *work);
/* As runner_finish(): answers leave before `done` is called. */
void reply_cache_finish(struct reply_cache *c, runner_done_fn *done, void *arg);

#endif
