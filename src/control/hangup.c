/*
 * libev tells of a hang-up only where it watches a descriptor for reading or writing, and a
 * half-closed one is always readable. So the descriptors are in an epoll set of their own, without
 * an event to wait for: a hang-up is told all the same (epoll_ctl(2)), once.
 */
#include "control/hangup.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem.h"

#define HANGUPS_TURN 64

struct hangups {
	struct ev_loop *loop; /* borrowed */
	int fd;
	ev_io readable;
	hangup_fn *fn;
	void *arg; /* borrowed */
};

static void hangups_on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	const struct hangups *h = io->data;
	struct epoll_event events[HANGUPS_TURN];
	int n = epoll_wait(h->fd, events, HANGUPS_TURN, 0);

	(void)loop;
	(void)revents;
	for (int i = 0; i < n; i++)
		h->fn(h->arg, events[i].data.u64);
}

struct hangups *hangups_new(struct ev_loop *loop, hangup_fn *fn, void *arg)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	struct hangups *h;

	if (fd < 0)
		return NULL;
	h = mem_new(sizeof *h);
	h->loop = loop;
	h->fd = fd;
	h->fn = fn;
	h->arg = arg;
	ev_io_init(&h->readable, hangups_on_readable, fd, EV_READ);
	h->readable.data = h;
	ev_io_start(loop, &h->readable);
	return h;
}

void hangups_free(struct hangups *h)
{
	ev_io_stop(h->loop, &h->readable);
	close(h->fd);
	free(h);
}

int hangups_watch(struct hangups *h, int fd, uint64_t id)
{
	struct epoll_event event = {.events = EPOLLONESHOT, .data.u64 = id};

	return epoll_ctl(h->fd, EPOLL_CTL_ADD, fd, &event);
}
