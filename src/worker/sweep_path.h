/*
 * Of a traced sweep at a node: what the nodes below it said of their part, as far as it is of the
 * child that was waited for last. So each level adds one node to the slowest path.
 */
#ifndef WORKER_SWEEP_PATH_H
#define WORKER_SWEEP_PATH_H

#include <stdbool.h>

#include "base/mem.h"
#include "wire/message.h"
#include "worker/reply_cache.h"

/* Messages that are held, of all children; the oldest are dropped for more. */
#define SWEEP_PATH_MAX 64

struct path_word;

/* Zero-initialise it. */
struct sweep_path {
	bool traced;
	struct path_word *words; /* utlist; owned */
	size_t count;
	struct buffer own; /* the node's own steps */
};

/* A MSG_TRACE that came from that child. */
void sweep_path_hold(struct sweep_path *p, int child, const struct message *m);
/* The child has said its last: what those before it told is dropped. */
void sweep_path_last(struct sweep_path *p, int child);
/* Says what is held, and then the node's own part. */
void sweep_path_say(struct sweep_path *p, uint64_t number, reply_cache_answer_fn *say, void *arg);
void sweep_path_free(struct sweep_path *p);

#endif
