/*
 * Sweeps at a node: a MSG_SWEEP is carried out here and passed to every child; the children's
 * answers are merged with the node's own, and sent up as one MSG_SWEPT (as several if it is too
 * large for a message).
 *
 * Each sweep has a deadline at the node, which is before that of its parent. Children that have not
 * answered by then are left out, and the controller finds them missing. A child that is lost,
 * silent or moved to another parent is not waited for; its late answer is passed up unmerged.
 *
 * A sweep begins once at a node, even if it comes again over another route, because numbers must
 * increase.
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
#include "worker/traces.h"

/* Sweeps under way at a node; to begin another, the oldest is answered with the answers that have
 * come. */
#define SWEEPS_MAX 256
/* Sweeps that a child may have been sent since it last answered one; it is sent no more. */
#define SWEEPS_OWED 64

struct sweeps;

/* Reply cache, children, their states and the traces are borrowed for ever; `say` sends a message
 * of this node up. */
struct sweeps *sweeps_new(struct ev_loop *loop, int id, struct reply_cache *cache,
                          struct children *children, struct child_states *child_states,
                          struct traces *traces, reply_cache_answer_fn *say, void *arg);
void sweeps_free(struct sweeps *s);

/* A MSG_SWEEP for this node. */
void sweeps_take(struct sweeps *s, const struct message *m);
/* A MSG_SWEPT of a child or of a node below it. false: it is not waited for here, and must be
 * passed up. */
bool sweeps_swept(struct sweeps *s, const struct peer_name *from, const struct message *m);
/* A MSG_TRACE of a node below, which came from that child. false: it belongs to no sweep that is
 * under way here, and must be passed up. */
bool sweeps_hold(struct sweeps *s, const struct peer_name *from, const struct message *m);
/* The reply cache's answer to a request whose number is a sweep's. */
void sweeps_answer(struct sweeps *s, const struct message *m);

/* The child will not answer over its former link any more: sweeps do not wait for it. */
void sweeps_child_lost(struct sweeps *s, int id);

/* Another controller has taken over: the sweeps of the former one are dropped. */
void sweeps_adopt(struct sweeps *s);

#endif
