/*
 * What the links of one process share: ZeroMQ's context, and how its links are made.
 *
 * Links over a Unix socket belong to this user, as the kernel says. Any user of the machine may
 * connect to a port: there a key makes a link encrypted, and a process that does not show that it
 * has the secret key is turned away before it has said anything.
 */
#ifndef LINK_CONTEXT_H
#define LINK_CONTEXT_H

#include <ev.h>
#include <stdbool.h>

#include "base/error.h"
#include "link/link_key.h"

struct link_context;

struct link_context_config {
	bool tcp;                   /* links go over TCP */
	const struct link_key *key; /* of these; copied. NULL: they are open to everybody */
};

struct link_context *link_context_new(struct ev_loop *loop,
                                      const struct link_context_config *config, struct error *err);
/* The same for a process that is to listen at that endpoint, with the key in that file; NULL: there
 * is none. */
struct link_context *link_context_join(struct ev_loop *loop, const char *endpoint,
                                       const char *key_path, struct error *err);
/* All sockets are closed before. NULL is allowed. */
void link_context_free(struct link_context *c);

/* A socket of that type with the options of a link (socket.h). NULL on failure. */
void *link_context_socket(struct link_context *c, int type, struct error *err);
/* A socket of that type for what libzmq says within the process. NULL on failure. */
void *link_context_inner(struct link_context *c, int type, struct error *err);

#endif
