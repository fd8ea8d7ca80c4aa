/* The options that every socket of a link has. */
#include "link/socket.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "wire/message.h"

#define ZAP_DOMAIN "dtree"
/* Bytes that CURVE adds to a frame. */
#define CURVE_EXTRA 33

static int socket_set_int(void *socket, int option, int value)
{
	return zmq_setsockopt(socket, option, &value, sizeof value);
}

static int socket_set_key(void *socket, int option, const char *key)
{
	return zmq_setsockopt(socket, option, key, LINK_KEY_TEXT);
}

/* A ROUTER asks context.c about each client. */
static int socket_secure(void *socket, int type, const struct link_key *key)
{
	if (!key)
		return 0;
	if (type != ZMQ_ROUTER)
		return socket_set_key(socket, ZMQ_CURVE_SERVERKEY, key->shown) ||
		       socket_set_key(socket, ZMQ_CURVE_PUBLICKEY, key->shown) ||
		       socket_set_key(socket, ZMQ_CURVE_SECRETKEY, key->secret);
	return socket_set_int(socket, ZMQ_CURVE_SERVER, 1) ||
	       socket_set_key(socket, ZMQ_CURVE_SECRETKEY, key->secret) ||
	       zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN));
}

/* libzmq turns Nagle's algorithm off for each connection. */
static int socket_set_tcp(void *socket)
{
	return socket_set_int(socket, ZMQ_HANDSHAKE_IVL, LINK_HANDSHAKE_MS) ||
	       socket_set_int(socket, ZMQ_CONNECT_TIMEOUT, LINK_CONNECT_MS);
}

void *link_socket(void *context, int type, bool tcp, const struct link_key *key, struct error *err)
{
	int64_t largest = (int64_t)(MESSAGE_SIZE_MAX + (key ? CURVE_EXTRA : 0));
	uid_t uid = geteuid();
	void *socket = zmq_socket(context, type);

	if (!socket) {
		error_set(err, ERR_LIMIT, "cannot open a link: %s", zmq_strerror(zmq_errno()));
		return NULL;
	}
	if (socket_set_int(socket, ZMQ_LINGER, 0) || socket_set_int(socket, ZMQ_SNDHWM, 0) ||
	    socket_set_int(socket, ZMQ_RCVHWM, 0) ||
	    socket_set_int(socket, ZMQ_RECONNECT_IVL, -1) ||
	    socket_set_int(socket, ZMQ_BACKLOG, LINK_BACKLOG) ||
	    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest) ||
	    zmq_setsockopt(socket, ZMQ_IPC_FILTER_UID, &uid, sizeof uid) ||
	    (type == ZMQ_ROUTER && socket_set_int(socket, ZMQ_ROUTER_MANDATORY, 1)) ||
	    (tcp && socket_set_tcp(socket)) || socket_secure(socket, type, key)) {
		error_set(err, ERR_INTERNAL, "cannot set up a link: %s", zmq_strerror(zmq_errno()));
		zmq_close(socket);
		return NULL;
	}
	return socket;
}
