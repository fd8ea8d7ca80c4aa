/* The options that every socket of a link has. */
#include "link/socket.h"

#include <stdint.h>
#include <unistd.h>
#include <zmq.h>

#include "wire/message.h"

static int socket_set_int(void *socket, int option, int value)
{
	return zmq_setsockopt(socket, option, &value, sizeof value);
}

void *link_socket(void *context, int type, struct error *err)
{
	int64_t largest = (int64_t)MESSAGE_SIZE_MAX;
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
	    (type == ZMQ_ROUTER && socket_set_int(socket, ZMQ_ROUTER_MANDATORY, 1))) {
		error_set(err, ERR_INTERNAL, "cannot set up a link: %s", zmq_strerror(zmq_errno()));
		zmq_close(socket);
		return NULL;
	}
	return socket;
}
