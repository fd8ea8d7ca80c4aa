/*
 * Requests that a node answers: exec and ping, from their start to their answer. What a node may
 * have of them at once is window.h's.
 */
#ifndef CONTROLLER_EXEC_DISPATCH_H
#define CONTROLLER_EXEC_DISPATCH_H

#include "controller/node/core.h"
#include "wire/message.h"

void dispatch_exec(struct session *s, int id, const char *args, size_t size, outcome_fn *done,
                   void *arg);
/* A session, or NULL with the controller: for its own pings. */
void dispatch_ping(struct session *s, struct controller *c, int id, outcome_fn *done, void *arg);

/*
 * Finds the node of a request that is about to start. NULL: the request was dealt with, because
 * the node is not there, is unavailable, or is being created (then it starts again later).
 */
struct node *dispatch_find(struct controller *c, struct request *r);
/* Everything that the node was sent and has not answered is sent again. */
void dispatch_resend(struct controller *c, struct node *n);
/* PONG, OFFER or RESULT from a node that is alive. */
void dispatch_answer(struct controller *c, struct node *n, const struct message *m);
/* Finishes it because its deadline passed; the node is told to forget it. */
void dispatch_expire(struct controller *c, struct request *r);
/* The same, with the error. */
void dispatch_cancel(struct controller *c, struct request *r, const struct error *err);

/* Is something under way to it, or does it wait to be? */
bool dispatch_is_busy(const struct node *n);
/* Everything that waits for the node is answered "unavailable". With `gone`, the node will answer
 * nothing any more. */
void dispatch_fail(struct controller *c, struct node *n, bool gone, const char *why);

#endif
