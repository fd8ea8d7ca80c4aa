/* Owns the descriptor and what is unsent. Invariant: the watcher runs only while the descriptor is
 * open and something is unsent. */
#include "program/feed.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void feed_push(struct feed *f)
{
	ssize_t n = 0;

	while (f->fd >= 0 && buffer_size(&f->unsent) && n >= 0) {
		n = write(f->fd, buffer_bytes(&f->unsent), buffer_size(&f->unsent));
		if (n >= 0)
			buffer_take(&f->unsent, (size_t)n);
		else if (errno == EINTR)
			n = 0;
		else if (errno != EAGAIN)
			feed_close(f); /* it reads no more; what follows is seen at its output */
	}
	if (f->fd < 0)
		return;
	if (buffer_size(&f->unsent))
		ev_io_start(f->loop, &f->writable);
	else
		ev_io_stop(f->loop, &f->writable);
	if (!buffer_size(&f->unsent) && f->ends)
		feed_close(f);
}

static void feed_go_on(void *arg)
{
	struct feed *f = arg;

	feed_push(f);
	f->taken(f->arg);
}

static void feed_on_writable(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	feed_go_on(w->data);
}

void feed_init(struct feed *f, struct ev_loop *loop, int fd, void (*taken)(void *arg), void *arg)
{
	*f = (struct feed){.loop = loop, .fd = fd, .taken = taken, .arg = arg};
	ev_io_init(&f->writable, feed_on_writable, fd, EV_WRITE);
	f->writable.data = f;
	deferred_init(&f->write, loop, feed_go_on, f);
}

void feed_close(struct feed *f)
{
	deferred_stop(&f->write);
	if (f->fd >= 0) {
		ev_io_stop(f->loop, &f->writable);
		close(f->fd);
	}
	f->fd = -1;
	buffer_free(&f->unsent);
	memset(&f->unsent, 0, sizeof f->unsent);
}

void feed_write(struct feed *f, const char *bytes, size_t n)
{
	if (f->fd < 0 || f->ends)
		return;
	buffer_add(&f->unsent, bytes, n);
	deferred_call(&f->write);
}

void feed_end(struct feed *f)
{
	f->ends = true;
	/* What is still unsent is followed by the end. */
	if (!buffer_size(&f->unsent))
		feed_push(f);
}
