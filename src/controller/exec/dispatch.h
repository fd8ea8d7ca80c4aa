/*
 * Requests that a node answers: exec and ping, from their start to their answer. window.h bounds
 * how many of them a node has at a time.
 */
#ifndef CONTROLLER_EXEC_DISPATCH_H
#define CONTROLLER_EXEC_DISPATCH_H

#include "controller/node/core.h"
#include "wire/message.h"

void dispatch_exec(struct session *s, const struct exec_request *asked, outcome_fn *done,
                   void *arg);
/* s: NULL for a ping of the controller itself. */
void dispatch_ping(struct session *s, struct controller *c, int id, outcome_fn *done, void *arg);

/*
 * The node of a request that starts. NULL: the request is finished, because there is no such node
 * or it is unavailable, or it waits for a life of the node, and starts again then.
 */
struct node *dispatch_find(struct controller *c, struct request *r);
/* It is for this node, which is available: sends it, or lets it wait for room in a window. */
void dispatch_queue(struct controller *c, struct node *n, struct request *r);
/* The rows of an exec's kind: sends its arguments; lets go of its result. */
void dispatch_send(struct controller *c, struct node *n, struct request *r);
void dispatch_finished(struct controller *c, struct request *r, const struct outcome *outcome);
/* Sends again all that the node was sent and has not answered. */
void dispatch_resend(struct controller *c, struct node *n);
/* PONG, OFFER or RESULT from a node that is alive. */
void dispatch_answer(struct controller *c, struct node *n, const struct message *m);
/* PROGRESS: its asker is told, if it wants to be. */
void dispatch_progress(struct controller *c, const struct node *n, const struct message *m);
/* Finishes the request because its deadline passed, and tells the node to forget it. */
void dispatch_expire(struct controller *c, struct request *r);
/* Its client wants it no more: it fails with that error; or, where its node has it, the node is
 * told to forget it, and its word is waited for. */
void dispatch_cancel(struct controller *c, struct request *r, const struct error *err);

/* Does the node have a request, or does one wait to be sent to it? */
bool dispatch_is_busy(const struct node *n);
/* Finishes all that the node was sent or that waits for a window, as unavailable: "node 5 WHY".
 * gone: the node will answer nothing any more. */
void dispatch_fail(struct controller *c, struct node *n, bool gone, const char *why);

#endif
