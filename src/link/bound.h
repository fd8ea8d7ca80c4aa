/*
 * A socket that listens at an endpoint (endpoint.h), and its file. Another process may remove the
 * file: the links that exist go on, but no new process can connect. Then the file is made again.
 */
#ifndef LINK_BOUND_H
#define LINK_BOUND_H

#include <sys/types.h>

#include "base/error.h"
#include "link/gate.h"

struct bound {
	void *socket; /* borrowed */
	char *endpoint;
	struct gate *gate; /* over TCP; NULL: it is a Unix socket */
	int port;
	dev_t dev; /* of the file */
	ino_t ino;
};

/* The socket of `who` listens, and the file is made. It replaces the file of another process at
 * that path.
 */
int bound_open(struct bound *b, struct link_context *context, struct ev_loop *loop,
               const struct gate_config *who, const char *endpoint, struct error *err);
/*
 * 0: the file exists. 1: it was missing, and was made again; each time costs a descriptor, but not
 * over TCP. -1: it cannot be made.
 */
int bound_renew(struct bound *b, struct error *err);
void bound_free(struct bound *b);

#endif
