/*
 * A ZeroMQ socket in a libev loop.
 *
 * ZMQ_FD tells of commands from libzmq's own thread, not of messages (zmq_getsockopt(3)): it can be
 * read until some call on the socket takes the commands in, and any call may. So after a call there
 * may be something to read of which ZMQ_FD will not tell; but once a receive has found nothing, it
 * tells of whatever comes next. Hence the owner says when it has used the socket and when it found
 * it empty, and ZMQ_EVENTS is asked, before the loop would block, only where that is not known: it
 * costs system calls, for each message if nobody looks.
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
	bool used;                /* since it was last known to be empty */
	void (*read)(void *arg);  /* reads a bounded part of what may be there */
	void (*flush)(void *arg); /* sends what waited for the turn of the loop to end */
	void *arg;
};

/* Starts watching; *w, in which read, flush and arg are set, must stay where it is until
 * zwatch_stop(). */
int zwatch_start(struct zwatch *w, struct ev_loop *loop, void *socket, struct error *err);
/* Allowed from within the callback. Call before the socket is closed. */
void zwatch_stop(struct zwatch *w);

/* Something was sent. */
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
