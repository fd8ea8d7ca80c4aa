/*
 * Sweeps at a node: what comes with MSG_SWEEP is done here and passed to every child; what the
 * children say is merged with the node's own word, and goes up as one MSG_SWEPT (as several where
 * it is larger than a message may be).
 *
 * Each sweep has a deadline here. Whoever said nothing by then is left out, which is how a parent,
 * and at last the controller, knows: it answers while its own parent still waits. A child that is
 * lost, silent or gone to another parent is not waited for; what it says later goes up by itself.
 *
 * A sweep begins once at a node, whatever way it comes again: its number is above those before.
 *
 * One thread: the loop's.
 */
#ifndef WORKER_SWEEP_H
#define WORKER_SWEEP_H

#include <ev.h>
#include <stdbool.h>

#include "link/children.h"
#include "wire/message.h"
#include "worker/child_state.h"
#include "worker/reply_cache.h"

/* Sweeps under way at a node; for more, the oldest is answered with what there is. */
#define SWEEPS_MAX 256
/* Sweeps that one child was sent since it last answered one; it is sent no more of them. */
#define SWEEPS_OWED 64

struct sweeps;

/* Reply cache, children and their states are borrowed for ever; `say` sends this node's own word
 * up. */
struct sweeps *sweeps_new(struct ev_loop *loop, int id, struct reply_cache *cache,
                          struct children *children, struct child_states *child_states,
                          reply_cache_answer_fn *say, void *arg);
void sweeps_free(struct sweeps *s);

/* A MSG_SWEEP for this node. */
void sweeps_take(struct sweeps *s, const struct message *m);
/* A MSG_SWEPT of a child or of one below it. false: it is not waited for here, and is to go up. */
bool sweeps_swept(struct sweeps *s, const struct peer_name *from, const struct message *m);
/* What the reply cache says of a request whose number is a sweep's. */
void sweeps_answer(struct sweeps *s, const struct message *m);

/* Nothing that the child was asked over its link of until now is answered over it any more: it is
 * not waited for. */
void sweeps_child_lost(struct sweeps *s, int id);

/* Another controller is here: what the former one asked is forgotten. */
void sweeps_adopt(struct sweeps *s);

#endif
