/* The ZeroMQ sockets of links. */
#ifndef LINK_SOCKET_H
#define LINK_SOCKET_H

#include "base/error.h"

/* Connections that may wait to be accepted; net.core.somaxconn allows no more than 4096 by default
 * (listen(2)). Beyond it a connection fails, and libzmq does not try it again: rehome_again(). */
#define LINK_BACKLOG 4096

/*
 * A socket with the options that every link has: nothing lingers, libzmq does not reconnect, no
 * frame is larger than MESSAGE_SIZE_MAX, only processes of this user connect. libzmq's own
 * high-water marks are off: the windows of dispatch (controller) and of streams bound what may be
 * under way from end to end, and a full pipe in the middle would block other requests. NULL on
 * failure.
 */
void *link_socket(void *context, int type, struct error *err);

#endif
