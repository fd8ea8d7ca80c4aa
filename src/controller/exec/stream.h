/*
 * A large exec in parts: the asker feeds, the node takes, and no more than STREAM_WINDOW bytes are
 * between them.
 */
#ifndef CONTROLLER_EXEC_STREAM_H
#define CONTROLLER_EXEC_STREAM_H

#include "controller/node/core.h"

/* Streams that one node has open at a time, of all sessions. */
#define NODE_STREAMS ((size_t)256)

void stream_open(struct session *s, const struct exec_request *asked, outcome_fn *done, void *arg);
/* With all arguments; what is fed is the standard input of the process that is begun with them. */
void stream_open_input(struct session *s, const struct exec_request *asked, outcome_fn *done,
                       void *arg);
void stream_feed(struct session *s, uint64_t id, const char *bytes, size_t size, outcome_fn *done,
                 void *arg);
void stream_close(struct session *s, uint64_t id, outcome_fn *done, void *arg);
/* It is given up: its node forgets it, held feeds fail. */
void stream_abandon(struct session *s, uint64_t id, outcome_fn *done, void *arg);
/* Bytes that may be fed now; 0 where there is no such stream. */
size_t stream_credit(const struct session *s, uint64_t id);
/* The session ends: its streams are abandoned, nobody is called. */
void stream_abandon_all(struct session *s);

/* The node consumed so many bytes of a request, which may be no stream. sated: it wants no more
 * input. */
void stream_taken(struct request *r, uint64_t bytes, bool sated);

#endif
