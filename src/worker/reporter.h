/*
 * Keeps the controller in the know about this node's children: says what changed, and says it again
 * until the controller has seen it. So no news is lost with a relay or a link on the way.
 *
 * One thread: the loop's.
 */
#ifndef WORKER_REPORTER_H
#define WORKER_REPORTER_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/message.h"
#include "worker/child_state.h"

struct reporter;

/* Sends up; the message is borrowed for the call. */
typedef void reporter_say_fn(void *arg, struct message *m);

/* The states are borrowed for ever. `controller_epoch`: the controller's. */
struct reporter *reporter_new(struct ev_loop *loop, const struct child_states *child_states,
                              uint64_t controller_epoch, reporter_say_fn *say, void *arg);
void reporter_free(struct reporter *r);

/* Something changed: the controller is told now. */
void reporter_changed(struct reporter *r);
/* The controller of this epoch may know nothing: it is told of all the children, even of none. */
void reporter_anew(struct reporter *r, uint64_t controller_epoch);
/* A MSG_SEEN of the controller that is followed. */
void reporter_seen(struct reporter *r, const struct message *m);

#endif
