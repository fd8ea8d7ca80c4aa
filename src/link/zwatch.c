/* ZMQ_FD in libev. Invariant: the loop never blocks while ZMQ_EVENTS has ZMQ_POLLIN. */
#include "link/zwatch.h"

#include <stdbool.h>
#include <zmq.h>

static bool can_read(const struct zwatch *w)
{
	int events = 0;
	size_t size = sizeof events;

	return zmq_getsockopt(w->socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN);
}

static void on_prepare(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	struct zwatch *w = prepare->data;

	(void)revents;
	if (can_read(w))
		ev_idle_start(loop, &w->idle);
	else
		ev_io_start(loop, &w->io);
}

static void on_check(struct ev_loop *loop, ev_check *check, int revents)
{
	struct zwatch *w = check->data;

	(void)revents;
	ev_io_stop(loop, &w->io);
	ev_idle_stop(loop, &w->idle);
	if (can_read(w))
		w->readable(w->arg);
}

/* The watchers below only wake the loop; the work is on_check's. */
static void on_io(struct ev_loop *loop, ev_io *io, int revents)
{
	(void)loop;
	(void)io;
	(void)revents;
}

static void on_idle(struct ev_loop *loop, ev_idle *idle, int revents)
{
	(void)loop;
	(void)idle;
	(void)revents;
}

int zwatch_start(struct zwatch *w, struct ev_loop *loop, void *socket, void (*readable)(void *arg),
                 void *arg, struct error *err)
{
	int fd = -1;
	size_t size = sizeof fd;

	if (zmq_getsockopt(socket, ZMQ_FD, &fd, &size))
		return error_set(err, ERR_INTERNAL, "a link has no descriptor: %s",
		                 zmq_strerror(zmq_errno()));
	w->loop = loop;
	w->socket = socket;
	w->readable = readable;
	w->arg = arg;
	ev_io_init(&w->io, on_io, fd, EV_READ);
	ev_prepare_init(&w->prepare, on_prepare);
	ev_check_init(&w->check, on_check);
	ev_idle_init(&w->idle, on_idle);
	w->prepare.data = w->check.data = w;
	ev_prepare_start(loop, &w->prepare);
	ev_check_start(loop, &w->check);
	return 0;
}

void zwatch_stop(struct zwatch *w)
{
	ev_io_stop(w->loop, &w->io);
	ev_idle_stop(w->loop, &w->idle);
	ev_prepare_stop(w->loop, &w->prepare);
	ev_check_stop(w->loop, &w->check);
}
