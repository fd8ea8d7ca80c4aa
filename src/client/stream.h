/*
 * An exec whose arguments, or whose input, are fed in pieces, as the two files of it share it:
 * stream.c has what callers use, stream_send.c what is sent.
 *
 * Up to STREAM_SMALL bytes of arguments are sent at the close as one `exec`. For more, and for an
 * input, the stream is opened, and all is sent in feeds. Invariants: at most STREAM_ROOM bytes wait
 * here; at most STREAM_FEEDS feeds are under way; `fed` never passes `limit`, which only dtreed's
 * credit moves. `done` is called once, or never after an abandon; the stream is freed when none of
 * its requests is under way.
 */
#ifndef CLIENT_STREAM_H
#define CLIENT_STREAM_H

#include "client/internal.h"

/* The most that is sent as one `exec`: within DTREE_REQUEST_MAX even if every byte is escaped. */
#define STREAM_SMALL ((size_t)64 * 1024)
/* The size of a full feed: an eighth of a request line at the most, and half of it escaped. */
#define STREAM_CHUNK ((size_t)64 * 1024)
/* Feeds under way: enough to use dtreed's credit, even if some are short. */
#define STREAM_FEEDS 8
/* The most bytes that wait here. */
#define STREAM_ROOM (3 * STREAM_CHUNK)

enum stream_state {
	STREAM_FRESH,   /* nothing has been sent */
	STREAM_OPENING, /* exec_open is under way */
	STREAM_OPEN,
	STREAM_CLOSED, /* exec or exec_close has been sent, or the stream is over */
};

struct dtree_stream {
	struct dtree_client *client; /* borrowed */
	int id;
	char *name;           /* "@NAME", in place of the id; owned; NULL: none */
	char *group;          /* in place of both; the same */
	enum dtree_form form; /* of arguments */
	bool input;           /* no arguments: bytes of standard input */
	struct buffer args;   /* of an input, until it is opened */
	int64_t timeout_ms;   /* 0: dtreed's own */
	char *traceparent;    /* owned; NULL: none */
	bool unordered;
	bool traced;
	dtree_progress_fn *progress; /* NULL: not wanted */
	void *progress_arg;          /* borrowed */
	dtree_reply_fn *done;        /* NULL once it has been called, or the stream is abandoned */
	void *arg;                   /* borrowed */
	enum stream_state state;
	bool opened;        /* counted in client->open_streams */
	bool complete;      /* the caller has closed: nothing more will be fed */
	bool abandoned;     /* the close must tell dtreed */
	bool ended;         /* no more input is wanted */
	bool runs;          /* an input whose program may have been started */
	struct buffer data; /* waits to be sent */
	size_t checked;     /* of them, bytes of whole characters */
	long long number;   /* dtreed's, once open */
	uint64_t fed;       /* bytes sent */
	uint64_t limit;     /* bytes that may have been sent */
	unsigned feeds;     /* under way */
	unsigned requests;  /* under way, the feeds among them */
	struct dtree_stream *prev;
	struct dtree_stream *next;
};

/* Frees it once nothing of it is under way. */
void stream_release(struct dtree_stream *s);
/* The caller gets no reply from now on. */
dtree_reply_fn *stream_detach(struct dtree_stream *s);
void stream_answer(struct dtree_stream *s, const struct dtree_reply *reply);
/* Opens it at dtreed. */
void stream_send_open(struct dtree_stream *s);
/* Sends all of it in one `exec`; false if it has too many arguments. */
bool stream_send_small(struct dtree_stream *s);
/* Sends the feeds that may be sent, and the close. */
void stream_pump(struct dtree_stream *s);

#endif
