/*
 * Event streams (HTML, "Server-sent events"): answers that go on. Invariant: one that has nothing
 * to send is suspended, and its descriptor is watched, as libmicrohttpd does not see there that the
 * client leaves.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "exporter/exchange.h"

/* Of more that is unsent nothing more is taken. */
#define UNSENT_MAX ((size_t)1024 * 1024)
#define BLOCK      ((size_t)32 * 1024)

static ssize_t event_stream_read(void *arg, uint64_t at, char *to, size_t most)
{
	struct exchange *e = arg;
	size_t size = buffer_size(&e->out) < most ? buffer_size(&e->out) : most;

	(void)at;
	if (e->closes)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (!size) {
		e->suspended = true;
		MHD_suspend_connection(e->connection);
		return 0;
	}
	memcpy(to, buffer_bytes(&e->out), size);
	buffer_take(&e->out, size);
	return (ssize_t)size;
}

static void event_stream_on_hangup(struct ev_loop *loop, ev_io *io, int revents)
{
	struct exchange *e = io->data;
	char byte;
	ssize_t n = recv(io->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* What it sends beside is not read. */
	ev_io_stop(loop, io);
	if (n <= 0)
		exchange_close(e);
}

void exchange_stream(struct exchange *e)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(e->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	e->streams = true;
	ev_io_init(&e->hangup, event_stream_on_hangup, info->connect_fd, EV_READ);
	e->hangup.data = e;
	ev_io_start(e->loop, &e->hangup);
	exchange_respond(
	    e, MHD_HTTP_OK, "text/event-stream",
	    MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, event_stream_read, e, NULL));
}

bool exchange_send(struct exchange *e, const char *bytes, size_t size)
{
	if (buffer_size(&e->out) + size > UNSENT_MAX)
		return false;
	buffer_add(&e->out, bytes, size);
	exchange_resume(e);
	return true;
}

bool exchange_is_idle(const struct exchange *e)
{
	return !buffer_size(&e->out);
}

void event_stream_end(struct exchange *e)
{
	if (e->streams)
		ev_io_stop(e->loop, &e->hangup);
	buffer_free(&e->out);
}
