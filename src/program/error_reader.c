/* Owns the descriptor, its watcher and the log. Invariant: the watcher runs only while the
 * descriptor is open, and not while it rests. */
#include "program/error_reader.h"

#include <unistd.h>

#include "program/streams.h"

/* It is read no sooner than so long after it was read last: what comes meanwhile waits in the pipe,
 * so that many small lines, or a flood, cost few turns of the loop. */
#define REST_MS 5

static void error_reader_close(struct error_reader *r)
{
	if (r->fd < 0)
		return;
	ev_io_stop(r->loop, &r->readable);
	close(r->fd);
	r->fd = -1;
}

/* 1: something was read; 0: there is nothing now; -1: it is closed. */
static int error_reader_once(struct error_reader *r)
{
	const char *bytes;
	size_t n;
	int rc = r->fd < 0 ? -1 : streams_read(r->fd, &bytes, &n);

	if (rc > 0)
		error_log_take(&r->log, bytes, n);
	if (rc < 0)
		error_reader_close(r);
	return rc;
}

static void error_reader_on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct error_reader *r = w->data;

	(void)revents;
	if (error_reader_once(r) < 0)
		return;
	ev_io_stop(loop, w);
	timer_start(&r->rest, REST_MS);
}

static void error_reader_on_rested(void *arg)
{
	struct error_reader *r = arg;

	/* It may have been closed while an answer was read. */
	if (r->fd >= 0)
		ev_io_start(r->loop, &r->readable);
}

void error_reader_begin(struct error_reader *r, struct ev_loop *loop, int fd, struct log_ring *ring,
                        const char *name, pid_t pid)
{
	r->loop = loop;
	r->fd = fd;
	error_log_begin(&r->log, ring, name, pid);
	timer_init(&r->rest, loop, error_reader_on_rested, r);
	ev_io_init(&r->readable, error_reader_on_readable, fd, EV_READ);
	r->readable.data = r;
	/* Requests come first. */
	ev_set_priority(&r->readable, EV_MINPRI);
	ev_io_start(loop, &r->readable);
}

void error_reader_read(struct error_reader *r)
{
	error_reader_once(r);
}

void error_reader_end(struct error_reader *r)
{
	for (int i = 0; i < STREAMS_DRAIN && error_reader_once(r) > 0; i++)
		;
	error_log_end(&r->log);
	timer_stop(&r->rest);
	error_reader_close(r);
}

void error_reader_free(struct error_reader *r)
{
	timer_stop(&r->rest);
	error_reader_close(r);
	error_log_free(&r->log);
}
