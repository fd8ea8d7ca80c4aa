/* The peer of a Unix socket, and its permission to use dtreed. */
#ifndef CONTROL_PEER_H
#define CONTROL_PEER_H

#include "base/error.h"

/*
 * 0 if the peer of this connection may use dtreed: root, the daemon's own user, and members of the
 * daemon's group. Else -1 with ERR_DENIED, or ERR_INTERNAL if the kernel does not give the
 * credentials.
 */
int peer_check(int fd, struct error *err);

#endif
