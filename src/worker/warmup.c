/*
 * Keeps nothing. A third of the start of a forked worker would be the first call of each function
 * of libzmq, which is resolved then, and the pages that this changes.
 */
#include "worker/warmup.h"

#include <unistd.h>
#include <zmq.h>

#include "base/mem.h"
#include "link/socket.h"

#define PATIENCE_MS 1000

/* Only this user may connect (link_socket()). An abstract address has no file to remove. */
static void play(void *up, void *down)
{
	cleanup_free char *endpoint = mem_format("ipc://@dtree-warmup-%d", (int)getpid());
	const int patience = PATIENCE_MS;
	char name[64];

	if (zmq_bind(up, endpoint) || zmq_connect(down, endpoint) ||
	    zmq_setsockopt(up, ZMQ_RCVTIMEO, &patience, sizeof patience) ||
	    zmq_send(down, "x", 1, ZMQ_DONTWAIT) < 0)
		return;
	/* The sender's name, and the message. */
	if (zmq_recv(up, name, sizeof name, 0) >= 0)
		zmq_recv(up, name, sizeof name, ZMQ_DONTWAIT);
}

void warmup(void)
{
	void *context = zmq_ctx_new();
	struct error err;
	void *up;
	void *down;

	if (!context)
		return;
	up = link_socket(context, ZMQ_ROUTER, false, NULL, &err);
	down = link_socket(context, ZMQ_DEALER, false, NULL, &err);
	if (up && down)
		play(up, down);
	if (down)
		zmq_close(down);
	if (up)
		zmq_close(up);
	zmq_ctx_term(context);
}
