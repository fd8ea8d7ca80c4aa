/* The ZeroMQ sockets of links. */
#ifndef LINK_SOCKET_H
#define LINK_SOCKET_H

#include <stdbool.h>

#include "base/error.h"
#include "link/link_key.h"

/* Connections that may wait to be accepted; net.core.somaxconn allows no more than 4096 by default
 * (listen(2)). Beyond it a connection fails, and libzmq does not try it again: rehome_again(). */
#define LINK_BACKLOG 4096

/*
 * A socket with the options that every link has: nothing lingers, libzmq does not reconnect, no
 * frame is larger than MESSAGE_SIZE_MAX, only processes of this user connect. libzmq's own
 * high-water marks are off: the windows of dispatch (controller) and of streams bound what may be
 * under way from end to end, and a full pipe in the middle would block other requests.
 *
 * tcp: it is for links over TCP, whose other end has so long to connect and to show its key. key:
 * both ends must have it (CURVE); NULL: they need none. NULL on failure.
 */
void *link_socket(void *context, int type, bool tcp, const struct link_key *key, struct error *err);
#define LINK_HANDSHAKE_MS 5000
#define LINK_CONNECT_MS   2000

#endif
