/*
 * The control socket: JSON-RPC 2.0, one message a line, for any number of clients. See
 * dtree-protocol(7).
 *
 * A slow, silent or hostile client never delays another: the work for a client in one turn of the
 * loop and the memory for it are bounded (client.h has the bounds).
 */
#ifndef CONTROL_SOCKET_H
#define CONTROL_SOCKET_H

#include <ev.h>
#include <stddef.h>

#include "base/error.h"
#include "control/peer.h"
#include "control/reload.h"
#include "controller/controller.h"

/* The longest request line, its line end included, unless configured. */
#define CONTROL_LINE_MAX ((size_t)1024 * 1024)
/* Connections, unless configured. */
#define CONTROL_CLIENTS_MAX ((size_t)1024)

struct control_config {
	int listen_fd; /* a listening Unix stream socket; owned by control after control_new(), also
	                  if that fails */
	struct peer_groups groups; /* whose members have a role, besides root and this user */
	bool audits;               /* changes are logged and published */
	size_t line_max;           /* 0: CONTROL_LINE_MAX */
	size_t clients_max;        /* 0: CONTROL_CLIENTS_MAX */
	/* A client has requested the end, and has read the answer or had enough time to. Called
	 * once, from the loop; must not call control_free(). */
	void (*shutdown)(void *arg);
	/* A client asks for a reload: control_reloaded() answers the question of that number, once.
	 * NULL: there is nothing to be read again. */
	void (*reload)(void *arg, uint64_t question, const struct reload_request *request);
	void *arg; /* borrowed */
};

struct control;

/* Serves from now on. The controller is borrowed; NULL on failure. */
struct control *control_new(struct ev_loop *loop, struct controller *controller,
                            const struct control_config *config, struct error *err);
/* Listens at this descriptor from now on, and closes the former one. Clients stay. */
void control_listen(struct control *control, int fd);
/* Other limits, as in the config: clients that are there stay, with the longest line that they
 * began with. */
void control_limit(struct control *control, size_t line_max, size_t clients_max);
/* Closes every client. Call it before controller_free(), and not from a callback. */
void control_free(struct control *control);

#endif
