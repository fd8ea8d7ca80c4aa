/*
 * Where a process listens for its children, as others are told it:
 *
 *   ipc://PATH   a Unix socket at that path
 *   tcp:PATH     a port of 127.0.0.1 that the kernel chooses; the file at that path names it
 *
 * So an endpoint is known before its process exists, and stays the same when the next process
 * listens there at another port. Who may read the directory may know the port.
 */
#ifndef LINK_ENDPOINT_H
#define LINK_ENDPOINT_H

#include <stdbool.h>

#include "base/error.h"

#define ENDPOINT_IPC "ipc://"
#define ENDPOINT_TCP "tcp:"
/* What libzmq is told of a port where the socket listens already. */
#define ENDPOINT_ANY_PORT "tcp://127.0.0.1:*"

bool endpoint_is_tcp(const char *endpoint);
/* Of the socket, or of the file with the port; it points into the endpoint. */
const char *endpoint_path(const char *endpoint);

/* Makes the file with the port, or puts it in the place of another one. */
int endpoint_publish(const char *endpoint, int port, struct error *err);
/* What libzmq connects to, in new memory. NULL: no process has published a port there. */
char *endpoint_address(const char *endpoint, struct error *err);

#endif
