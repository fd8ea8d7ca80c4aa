/*
 * Reports the states of this node's children to the controller: sends changes, and sends them again
 * until the controller has seen them. So no change is lost with a relay or a link on the way.
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

/* Something changed: sends a report now. */
void reporter_changed(struct reporter *r);
/* The controller of this epoch may know nothing: sends a report of all the children, even if there
 * are none. */
void reporter_anew(struct reporter *r, uint64_t controller_epoch);
/* A MSG_SEEN of the current controller. */
void reporter_seen(struct reporter *r, const struct message *m);

#endif
