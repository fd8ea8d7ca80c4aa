/*
 * A ZeroMQ socket in a libev loop.
 *
 * ZMQ_FD signals commands from libzmq's own thread, not messages (zmq_getsockopt(3)): it is
 * readable until a call on the socket takes the commands in, and any call may do that. So after a
 * call there may be messages that ZMQ_FD does not signal; but once a receive has found nothing, it
 * signals the next one. Hence the owner reports when it has used the socket and when it found it
 * empty. Only after a use ZMQ_EVENTS is read before the loop would block, because reading it costs
 * system calls.
 */
#ifndef LINK_ZWATCH_H
#define LINK_ZWATCH_H

#include <ev.h>
#include <stdbool.h>

#include "base/error.h"

struct zwatch {
	struct ev_loop *loop; /* borrowed */
	void *socket;         /* borrowed */
	ev_io io;
	ev_prepare prepare;
	ev_check check;
	ev_idle idle;
	bool used;                /* since the socket was last known to be empty */
	void (*read)(void *arg);  /* reads a bounded number of messages */
	void (*flush)(void *arg); /* sends what was kept until the turn of the loop ends */
	void *arg;
};

/* Starts watching. read, flush and arg are set in *w, which must stay where it is until
 * zwatch_stop(). */
int zwatch_start(struct zwatch *w, struct ev_loop *loop, void *socket, struct error *err);
/* Allowed from within the callback. Call before the socket is closed. */
void zwatch_stop(struct zwatch *w);

/* The socket was used. */
static inline void zwatch_used(struct zwatch *w)
{
	w->used = true;
}

/* A receive found nothing. */
static inline void zwatch_empty(struct zwatch *w)
{
	w->used = false;
}

#endif
