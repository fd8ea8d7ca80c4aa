/* libzmq, as far as dtree uses it: messages, sockets, and what can be asked of them. Owns nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/mem.h"
#include "sim/os.h"
#include "sim/wires.h"

static void pipe_init(struct pipe *pipe, struct conn *conn, struct link_end *from,
                      struct link_end *to)
{
	pipe->conn = conn;
	pipe->from = from;
	pipe->to = to;
}

int zmq_errno(void)
{
	return errno;
}

const char *zmq_strerror(int number)
{
	return strerror(number);
}

void *zmq_ctx_new(void)
{
	return os_current();
}

int zmq_ctx_term(void *context)
{
	(void)context;
	return 0;
}

void *zmq_socket(void *context, int type)
{
	struct sim_process *p = context;
	struct link_end *end = mem_new(sizeof *end);

	end->process = p;
	end->type = type;
	end->fd = os_fd_new(p);
	end->next = p->ends;
	p->ends = end;
	wires_add(end);
	return end;
}

int zmq_close(void *socket)
{
	wires_close(socket);
	return 0;
}

int zmq_setsockopt(void *socket, int option, const void *value, size_t size)
{
	struct link_end *end = socket;

	if (option == ZMQ_ROUTING_ID)
		memcpy(end->routing, value, size);
	return 0;
}

int zmq_getsockopt(void *socket, int option, void *value, size_t *size)
{
	struct link_end *end = socket;

	(void)size;
	if (option == ZMQ_FD) {
		*(int *)value = end->fd;
		return 0;
	}
	os_fd_set(end->fd, false);
	*(int *)value = end->turns ? ZMQ_POLLIN : 0;
	return 0;
}

/* Links over TCP, which the world has not: no key, nobody asks and nothing is told of them. */
int zmq_curve_keypair(char *shown, char *secret)
{
	(void)shown;
	(void)secret;
	errno = ENOTSUP;
	return -1;
}

int zmq_curve_public(char *shown, const char *secret)
{
	return zmq_curve_keypair(shown, (char *)(uintptr_t)secret);
}

uint8_t *zmq_z85_decode(uint8_t *bytes, const char *text)
{
	(void)bytes;
	(void)text;
	return NULL;
}

int zmq_socket_monitor(void *socket, const char *endpoint, int events)
{
	(void)socket;
	(void)endpoint;
	(void)events;
	errno = ENOTSUP;
	return -1;
}

int zmq_bind(void *socket, const char *endpoint)
{
	struct link_end *end = socket;

	end->endpoint = mem_string(endpoint);
	wires_bind(end);
	return 0;
}

int zmq_connect(void *socket, const char *endpoint)
{
	struct link_end *end = socket;
	struct conn *conn = mem_new(sizeof *conn);

	conn->dealer = end;
	memcpy(conn->routing, end->routing, sizeof conn->routing);
	pipe_init(&conn->up, conn, end, NULL);
	pipe_init(&conn->down, conn, NULL, end);
	end->conn = conn;
	conn->endpoint = mem_string(endpoint);
	wires_connect(conn);
	return 0;
}

static struct content *content_of(zmq_msg_t *message)
{
	return (struct content *)(void *)message;
}

int zmq_msg_init(zmq_msg_t *message)
{
	*content_of(message) = (struct content){0};
	return 0;
}

int zmq_msg_init_size(zmq_msg_t *message, size_t size)
{
	char *bytes = malloc(size ? size : 1);

	*content_of(message) = (struct content){.bytes = bytes, .size = size, .block = bytes};
	return 0;
}

int zmq_msg_init_data(zmq_msg_t *message, void *data, size_t size, zmq_free_fn *let_go, void *hint)
{
	(void)let_go; /* it frees them */
	(void)hint;
	*content_of(message) = (struct content){.bytes = data, .size = size, .block = data};
	return 0;
}

int zmq_msg_close(zmq_msg_t *message)
{
	content_free(content_of(message));
	return 0;
}

int zmq_msg_move(zmq_msg_t *to, zmq_msg_t *from)
{
	content_free(content_of(to));
	*content_of(to) = *content_of(from);
	*content_of(from) = (struct content){0};
	return 0;
}

void *zmq_msg_data(zmq_msg_t *message)
{
	return content_of(message)->bytes;
}

size_t zmq_msg_size(const zmq_msg_t *message)
{
	return ((const struct content *)(const void *)message)->size;
}

int zmq_msg_more(const zmq_msg_t *message)
{
	return ((const struct content *)(const void *)message)->more;
}

/* Only the first part is sent so: the id of whom the rest is for. */
int zmq_send(void *socket, const void *bytes, size_t size, int flags)
{
	struct link_end *end = socket;

	(void)flags;
	end->target = NULL;
	if (!end->closed)
		HASH_FIND(hh, end->table, bytes, size, end->target);
	if (!end->target) {
		errno = EHOSTUNREACH;
		return -1;
	}
	return (int)size;
}

int zmq_msg_send(zmq_msg_t *message, void *socket, int flags)
{
	struct link_end *end = socket;
	struct conn *conn = end->type == ZMQ_DEALER ? end->conn : end->target;
	struct content content = *content_of(message);

	(void)flags;
	*content_of(message) = (struct content){0};
	if (end->closed || conn->state == CONN_LOST)
		content_free(&content);
	else
		wires_send(end->type == ZMQ_DEALER ? &conn->up : &conn->down, &content);
	/* A call may take in the commands of libzmq's thread, of which the descriptor told. */
	if (!end->closed && os_fd_is_ready(end->fd) && world_chance(500))
		os_fd_set(end->fd, false);
	return (int)content.size;
}

int zmq_msg_recv(zmq_msg_t *message, void *socket, int flags)
{
	struct link_end *end = socket;
	struct conn *from;

	(void)flags;
	content_free(content_of(message));
	if (end->has_rest) {
		*content_of(message) = end->rest;
		end->has_rest = false;
		return (int)content_of(message)->size;
	}
	if (end->closed || !end->turns) {
		if (!end->closed)
			os_fd_set(end->fd, false);
		errno = EAGAIN;
		return -1;
	}
	if (end->type == ZMQ_DEALER) {
		wires_take(end, content_of(message), &from);
		return (int)content_of(message)->size;
	}
	wires_take(end, &end->rest, &from);
	end->has_rest = true;
	zmq_msg_init_size(message, PEER_NAME_SIZE);
	memcpy(content_of(message)->bytes, from->routing, PEER_NAME_SIZE);
	content_of(message)->more = true;
	return PEER_NAME_SIZE;
}
