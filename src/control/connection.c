/*
 * Connections. The read watcher adds bytes; connection_serve() and connection_flush(), once each in
 * a turn of the loop, do everything else.
 *
 * Invariant: after its turn a client is either touched again, or waits for a watcher of its own or
 * for the outcome of a call.
 */
#include "control/connection.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "control/call.h"
#include "control/cmd_event.h"
#include "control/cmd_logs.h"
#include "control/cmd_reload.h"
#include "control/cmd_stream.h"
#include "control/hangup.h"
#include "control/rpc.h"

/* Must the operation be tried again? Also if the kernel had no memory for it. */
static bool connection_would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS ||
	       errno == ENOMEM;
}

/* The client reads nothing any more. */
static void connection_hear_gone(struct client *c)
{
	c->gone = true;
	ev_io_stop(c->control->loop, &c->writable);
	buffer_free(&c->out);
}

/* A notification asks for no answer, so nobody misses it. */
static bool connection_goes_on(const void *arg)
{
	const struct call *call = arg;

	return !call || !call->id;
}

void connection_hang_up(struct client *c)
{
	connection_hear_gone(c);
	if (c->session)
		session_cancel(c->session, connection_goes_on);
	client_touch(c);
}

static void connection_hear_eof(struct client *c)
{
	struct pollfd pfd = {.fd = c->fd};

	c->eof = true;
	ev_io_stop(c->control->loop, &c->readable);
	/* Has the client closed the socket, or shut down only its sending direction? (unix sockets;
	 * poll(2)) */
	if (poll(&pfd, 1, 0) == 1 && (pfd.revents & (POLLHUP | POLLERR)))
		connection_hear_gone(c);
}

static void connection_on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct client *c = io->data;
	char *room = line_reserve(&c->in, CLIENT_TURN_READ);
	ssize_t n = recv(c->fd, room, CLIENT_TURN_READ, 0);

	(void)loop;
	(void)revents;
	if (n < 0 && connection_would_block())
		return;
	c->read = clock_ns();
	if (n > 0) {
		line_claim(&c->in, (size_t)n);
		c->control->read_bytes += (uint64_t)n;
	} else {
		connection_hear_eof(c);
	}
	if (n < 0)
		connection_hear_gone(c);
	client_touch(c);
}

static void connection_on_writable(struct ev_loop *loop, ev_io *io, int revents)
{
	(void)loop;
	(void)revents;
	client_touch(io->data);
}

static void connection_write(struct client *c)
{
	size_t size = buffer_size(&c->out);
	ssize_t n;

	if (!size)
		return;
	n = send(c->fd, buffer_bytes(&c->out), size, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n >= 0) {
		buffer_take(&c->out, (size_t)n);
		c->control->written_bytes += (uint64_t)n;
	} else if (!connection_would_block()) {
		connection_hear_gone(c);
	}
}

static bool connection_may_serve(const struct client *c)
{
	return !c->closing && buffer_size(&c->out) <= CLIENT_UNSENT_MAX &&
	       (c->call_count < CLIENT_CALLS || c->streams);
}

static void connection_line_too_long(struct client *c)
{
	struct error err;

	error_set(&err, ERR_LIMIT, "a line of more than %zu bytes", c->in.max);
	reply_error(c, NULL, NULL, &err);
	c->closing = true;
	line_free(&c->in);
}

/* The next line, if there is one. The last line of the input need not have an end. */
static bool connection_next_line(struct client *c, char **line, size_t *n)
{
	int r = line_next(&c->in, line, n);

	if (r < 0)
		connection_line_too_long(c);
	return r > 0 || (r == 0 && c->eof && line_rest(&c->in, line, n) > 0);
}

void connection_serve(struct client *c)
{
	size_t bytes = 0;
	char *line;
	size_t n;

	for (size_t i = 0; i < CLIENT_TURN_LINES && bytes < CLIENT_TURN_BYTES; i++) {
		if (!connection_may_serve(c) || !connection_next_line(c, &line, &n))
			return;
		bytes += n;
		rpc_line(c, line, n);
	}
}

/* Is there a line that connection_next_line() would give? */
static bool connection_has_line(struct client *c)
{
	return !c->closing && (line_ready(&c->in) || (c->eof && line_pending(&c->in)));
}

/* Its last reply is written, or cannot be read any more. */
static bool connection_is_over(struct client *c)
{
	if (c->closing)
		return c->gone || !buffer_size(&c->out);
	if (!c->eof || connection_has_line(c))
		return false;
	return c->gone || (!c->call_count && !buffer_size(&c->out));
}

static void connection_watch(struct client *c)
{
	struct ev_loop *loop = c->control->loop;
	bool line = connection_has_line(c);

	if (line && connection_may_serve(c))
		client_touch(c);
	if (line || c->eof || c->closing || !connection_may_serve(c))
		ev_io_stop(loop, &c->readable);
	else
		ev_io_start(loop, &c->readable);
	if (buffer_size(&c->out))
		ev_io_start(loop, &c->writable);
	else
		ev_io_stop(loop, &c->writable);
}

void connection_last_words(struct client *c)
{
	events_deliver(c);
	connection_write(c);
}

void connection_flush(struct client *c)
{
	/* Subscriptions miss events while too much is unsent: so write first. */
	if (buffer_size(&c->out) > CLIENT_UNSENT_EVENTS)
		connection_write(c);
	events_deliver(c);
	connection_write(c);
	c->control->answered |= c->ends && !buffer_size(&c->out);
	if (connection_is_over(c))
		connection_free(c);
	else
		connection_watch(c);
}

struct client *connection_new(struct control *control, int fd, const struct peer_credentials *who,
                              bool promised)
{
	struct client *c = mem_new(sizeof *c);

	c->id = ++control->last_id;
	c->control = control;
	c->fd = fd;
	c->credentials = *who;
	c->promised = promised;
	control->kept += !promised;
	c->in.max = control->config.line_max;
	ev_io_init(&c->readable, connection_on_readable, fd, EV_READ);
	ev_io_init(&c->writable, connection_on_writable, fd, EV_WRITE);
	c->readable.data = c->writable.data = c;
	ev_io_start(control->loop, &c->readable);
	HASH_ADD(hh, control->clients, id, sizeof c->id, c);
	if (hangups_watch(control->hangups, fd, c->id))
		log_warn("control", "client %llu: that it goes away is seen late: %s",
		         (unsigned long long)c->id, strerror(errno));
	return c;
}

void connection_free(struct client *c)
{
	struct control *control = c->control;

	if (c->session && c->gone)
		session_cancel(c->session, connection_goes_on);
	/* After this no outcome comes. */
	if (c->session)
		session_close(c->session);
	call_free_all(c);
	exec_stream_free_all(c);
	events_free_all(c);
	logs_free_all(c);
	reload_forget_all(c);
	client_forget(c);
	ev_io_stop(control->loop, &c->readable);
	ev_io_stop(control->loop, &c->writable);
	close(c->fd);
	if (c->promised)
		limits_release(1);
	else
		control->kept--;
	line_free(&c->in);
	buffer_free(&c->out);
	HASH_DEL(control->clients, c);
	free(c);
}
