/*
 * One stream, as the two files of streams share it: stream.c has its life, stream_bytes.c what goes
 * through it.
 */
#ifndef CONTROLLER_EXEC_STREAM_STATE_H
#define CONTROLLER_EXEC_STREAM_STATE_H

#include "controller/exec/stream.h"

/* A feed that is answered when there is credit again. */
struct feed;

struct stream {
	uint64_t id;             /* of its request, which has the callback of open, then of close */
	struct session *session; /* borrowed */
	int node;
	uint64_t taken;       /* bytes that the node has taken */
	struct buffer onward; /* those behind them */
	bool input;           /* they are standard input, and not arguments */
	bool sated;           /* no more of that is wanted */
	bool sent;            /* to its node */
	bool opened;          /* the asker may name it */
	bool closing;         /* there will be no more */
	bool closed;          /* and the node is told so */
	bool over;
	struct error why; /* it failed */
	struct feed *feeds;
	struct stream *prev; /* utlist, on the session */
	struct stream *next;
};

/* Bytes that may be fed now. */
size_t stream_room(const struct stream *st);
/* Sends the bytes of `onward` from there on, and the end if the stream is closed. */
void stream_send_from(struct controller *c, struct node *n, const struct stream *st,
                      const struct request *r, size_t from);
/* The same where its node has it by now, and its time begins anew. */
void stream_send_new(struct stream *st, struct request *r, size_t from);
/* Answers every held feed. */
void stream_answer_feeds(struct stream *st);
/* Drops every feed, and the bytes. */
void stream_drop_bytes(struct stream *st);
/* The stream that the asker named; NULL: there is none, and that is told. */
struct stream *stream_named(struct session *s, uint64_t id, outcome_fn *done, void *arg);
/* Tells an outcome that is of no request. */
void stream_tell(struct session *s, outcome_fn *done, void *arg, const struct outcome *outcome);

#endif
