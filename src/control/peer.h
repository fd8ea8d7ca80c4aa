/* Who is at the other end of a Unix socket, and whether they may act. */
#ifndef CONTROL_PEER_H
#define CONTROL_PEER_H

#include "base/error.h"

/*
 * May the peer of this connection act? Root, the daemon's own user, and members of the daemon's
 * group may: 0. Else -1 with ERR_DENIED, or ERR_INTERNAL if the kernel does not tell.
 */
int peer_check(int fd, struct error *err);

#endif
