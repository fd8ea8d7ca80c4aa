/*
 * A socket that listens at a path, and its file. Another process may remove the file: the links
 * that exist go on, but no new process can connect. Then the file is made again.
 */
#ifndef LINK_BOUND_H
#define LINK_BOUND_H

#include <sys/types.h>

#include "base/error.h"

struct bound {
	void *socket; /* borrowed */
	char *endpoint;
	dev_t dev; /* of the file */
	ino_t ino;
};

/* Binds a ZeroMQ socket to "ipc://PATH". It replaces the file of another process at that path. */
int bound_open(struct bound *b, void *socket, const char *endpoint, struct error *err);
/*
 * 0: the file exists. 1: it was missing, and was made again; each time costs a descriptor. -1: it
 * cannot be made.
 */
int bound_renew(struct bound *b, struct error *err);
void bound_free(struct bound *b);

#endif
