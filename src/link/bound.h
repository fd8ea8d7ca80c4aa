/*
 * A socket that listens at a path, and its file. The file can be taken away, by somebody who cleans
 * up: links that are there go on, and nobody new finds the way. Then it is made anew.
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

/* Binds a ZeroMQ socket to "ipc://PATH", whose file it takes from whoever had it. */
int bound_open(struct bound *b, void *socket, const char *endpoint, struct error *err);
/*
 * 0: the file is there. 1: it was not, and is now, for another descriptor each time. -1: it cannot
 * be made.
 */
int bound_renew(struct bound *b, struct error *err);
void bound_free(struct bound *b);

#endif
