/*
 * Where the traced requests that pass through this node, or are for it, are: when each came, left,
 * came back. What is known is told with MSG_TRACE, just before the answer, so that it arrives
 * before that does.
 *
 * A message of a traced request has FLAG_TRACED: without one nothing here costs anything. What is
 * kept is bounded, and the oldest is forgotten; nothing ever waits for it.
 *
 * For some seconds after a traced message it is known how long the process had to wait for a
 * processor until it read one (link/wake_wait.h).
 *
 * One thread: the loop's.
 */
#ifndef WORKER_TRACES_H
#define WORKER_TRACES_H

#include <ev.h>
#include <stdbool.h>

#include "base/mem.h"
#include "wire/message.h"
#include "wire/steps.h"

/* Requests that are kept. */
#define TRACES_MAX 256
/* A relay that is more than so many links from dtreed keeps nothing: a trace has bounds too. */
#define TRACES_DEPTH 64

struct traces;

struct traces *traces_new(struct ev_loop *loop);
void traces_free(struct traces *t);

/* It came from above; where it came before, that counts. */
void traces_in(struct traces *t, const struct message *m);
/* It leaves for below; the last call counts. */
void traces_left(struct traces *t, uint64_t request);
/* The answer came from below: a later one counts. */
void traces_back(struct traces *t, uint64_t request);
/* The answer leaves: makes the message that goes before it, with that payload of its own steps.
 * *bytes holds the payload, for the caller to free. False: nothing is known of the request. */
bool traces_out(struct traces *t, struct message *m, struct buffer *bytes);

#endif
