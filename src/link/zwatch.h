/*
 * A ZeroMQ socket in a libev loop.
 *
 * ZMQ_FD is edge-triggered and tells of more than messages (zmq_getsockopt(3)): it may stay silent
 * although something can be read. So ZMQ_EVENTS is asked before the loop would block and after it
 * woke: a prepare watcher asks, and keeps the loop from blocking with an idle watcher if there is
 * work; a check watcher asks again and runs the callback. Sends may happen anywhere between.
 */
#ifndef LINK_ZWATCH_H
#define LINK_ZWATCH_H

#include <ev.h>

#include "base/error.h"

struct zwatch {
	struct ev_loop *loop; /* borrowed */
	void *socket;         /* borrowed */
	ev_io io;
	ev_prepare prepare;
	ev_check check;
	ev_idle idle;
	void (*readable)(void *arg); /* there is something to read; do a bounded part of it */
	void *arg;
};

/* Starts watching; *w must stay where it is until zwatch_stop(). */
int zwatch_start(struct zwatch *w, struct ev_loop *loop, void *socket, void (*readable)(void *arg),
                 void *arg, struct error *err);
/* Allowed from within the callback. Call before the socket is closed. */
void zwatch_stop(struct zwatch *w);

#endif
