/*
 * The control socket: JSON-RPC 2.0, one message a line, for any number of clients. See
 * dtree-protocol(7).
 *
 * One client, however slow, silent or hostile, never delays another: what a client can make us do
 * in one turn of the loop and what it can make us keep is bounded (the bounds stand in client.h).
 */
#ifndef CONTROL_SOCKET_H
#define CONTROL_SOCKET_H

#include <ev.h>
#include <stddef.h>

#include "base/error.h"
#include "controller/controller.h"

/* The longest request line, its line end included, unless configured. */
#define CONTROL_LINE_MAX ((size_t)1024 * 1024)
/* Connections, unless configured. */
#define CONTROL_CLIENTS_MAX ((size_t)1024)

struct control_config {
	int listen_fd;      /* a listening Unix stream socket; control's own after control_new(),
	                     * whatever that returns */
	size_t line_max;    /* 0: CONTROL_LINE_MAX */
	size_t clients_max; /* 0: CONTROL_CLIENTS_MAX */
	/* A client asked for the end, and has its answer or was given time enough to take it.
	 * Called once, from the loop; must not call control_free(). */
	void (*shutdown)(void *arg);
	void *arg; /* borrowed */
};

struct control;

/* Serves from now on. The controller is borrowed; NULL on failure. */
struct control *control_new(struct ev_loop *loop, struct controller *controller,
                            const struct control_config *config, struct error *err);
/* Closes every client. Call it before controller_free(), and not from within a callback. */
/* Listens at this descriptor from now on, and closes the former one. Clients stay. */
void control_listen(struct control *control, int fd);
void control_free(struct control *control);

#endif
