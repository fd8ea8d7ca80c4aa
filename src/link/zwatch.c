/* ZMQ_FD in libev. Invariant: the loop never blocks while ZMQ_EVENTS has ZMQ_POLLIN. */
#include "link/zwatch.h"

#include <zmq.h>

static bool can_read(const struct zwatch *w)
{
	int events = 0;
	size_t size = sizeof events;

	/* EINTR leaves it open; an attempt to read decides. */
	return zmq_getsockopt(w->socket, ZMQ_EVENTS, &events, &size) || (events & ZMQ_POLLIN);
}

static void read_some(struct zwatch *w)
{
	/* It stays true unless the owner finds the socket empty. The owner may stop watching in
	 * read(), so nothing follows the call. */
	w->used = true;
	w->read(w->arg);
}

/* Runs last before the loop would block, which it must not do if there is something to read. */
static void on_prepare(struct ev_loop *loop, ev_prepare *prepare, int revents)
{
	struct zwatch *w = prepare->data;

	(void)revents;
	w->flush(w->arg);
	if (!w->used)
		return;
	w->used = false;
	if (can_read(w))
		ev_idle_start(loop, &w->idle);
}

static void on_check(struct ev_loop *loop, ev_check *check, int revents)
{
	struct zwatch *w = check->data;

	(void)revents;
	if (!ev_is_active(&w->idle))
		return;
	ev_idle_stop(loop, &w->idle);
	read_some(w);
}

static void on_io(struct ev_loop *loop, ev_io *io, int revents)
{
	(void)loop;
	(void)revents;
	read_some(io->data);
}

/* Being active keeps the loop from blocking; there is nothing to do. */
static void zwatch_on_idle(struct ev_loop *loop, ev_idle *idle, int revents)
{
	(void)loop;
	(void)idle;
	(void)revents;
}

int zwatch_start(struct zwatch *w, struct ev_loop *loop, void *socket, struct error *err)
{
	int fd = -1;
	size_t size = sizeof fd;

	if (zmq_getsockopt(socket, ZMQ_FD, &fd, &size))
		return error_set(err, ERR_INTERNAL, "a link has no descriptor: %s",
		                 zmq_strerror(zmq_errno()));
	w->loop = loop;
	w->socket = socket;
	w->used = true;
	ev_io_init(&w->io, on_io, fd, EV_READ);
	ev_prepare_init(&w->prepare, on_prepare);
	ev_set_priority(&w->prepare, EV_MINPRI);
	ev_check_init(&w->check, on_check);
	ev_idle_init(&w->idle, zwatch_on_idle);
	w->io.data = w->prepare.data = w->check.data = w;
	ev_io_start(loop, &w->io);
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
