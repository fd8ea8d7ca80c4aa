/*
 * Who may connect to a port: any user of the machine, as often as it likes. A connection that has
 * not become a link costs a descriptor until libzmq closes it (LINK_HANDSHAKE_MS), and some
 * computing, most with a key that is not the tree's. The gate counts those that are open and those
 * that came to nothing, and while there are too many of either the kernel drops what asks for a
 * connection; links that exist are not touched. A process that belongs to the tree asks again, as
 * TCP does.
 */
#ifndef LINK_GATE_H
#define LINK_GATE_H

#include <ev.h>
#include <stddef.h>

#include "base/error.h"
#include "link/context.h"

struct gate;

struct gate_config {
	void *socket;               /* ROUTER; borrowed */
	size_t (*links)(void *arg); /* how many connections are known to be links */
	void *arg;                  /* borrowed */
};

/* The socket listens at a port of 127.0.0.1 that the kernel chose: *port. NULL on failure. */
struct gate *gate_open(struct link_context *context, struct ev_loop *loop,
                       const struct gate_config *config, int *port, struct error *err);
/* Before the socket is closed. NULL is allowed. */
void gate_free(struct gate *g);

#endif
