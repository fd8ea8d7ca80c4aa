/*
 * Owns the daemon of libmicrohttpd and the exchanges. Invariant: after all that may have changed
 * what a connection wants, the daemon runs once, and is asked then when it wants to run again.
 */
#include "exporter/server.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "exporter/exchange.h"
#include "exporter/host.h"
#include "loop/deferred.h"
#include "loop/timer.h"

/* Open at once: pages, and some that ask. Another one is closed when it comes. */
#define CONNECTIONS 256
/* libmicrohttpd leaves those beyond its own limit waiting for ever: it has a higher one. */
#define CONNECTIONS_MHD (CONNECTIONS + 64)
/* Bytes of a request, and of its answer's head. */
#define REQUEST_MEMORY ((size_t)16 * 1024)
/* Seconds that nothing moves. */
#define IDLE 20

struct server {
	struct ev_loop *loop; /* borrowed */
	struct server_config config;
	struct MHD_Daemon *daemon;
	size_t connections;
	bool ending; /* nothing new is served */
	ev_io io;
	struct timer timer;
	struct deferred wake;
};

static void server_run(void *arg)
{
	struct server *s = arg;
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(s->daemon);
	if (MHD_get_timeout(s->daemon, &ms) == MHD_YES)
		timer_start(&s->timer, (int64_t)ms);
	else
		timer_stop(&s->timer);
}

static void server_on_io(struct ev_loop *loop, ev_io *io, int revents)
{
	(void)loop;
	(void)revents;
	server_run(io->data);
}

static enum MHD_Result server_on_accept(void *arg, const struct sockaddr *from, socklen_t size)
{
	const struct server *s = arg;

	(void)from;
	(void)size;
	return s->connections < CONNECTIONS ? MHD_YES : MHD_NO;
}

static void server_on_connection(void *arg, struct MHD_Connection *connection, void **context,
                                 enum MHD_ConnectionNotificationCode code)
{
	struct server *s = arg;

	(void)connection;
	(void)context;
	s->connections += code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : (size_t)-1;
}

static void exchange_free(struct exchange *e)
{
	event_stream_end(e);
	if (e->response)
		MHD_destroy_response(e->response);
	free(e);
}

static void server_on_completed(void *arg, struct MHD_Connection *connection, void **context,
                                enum MHD_RequestTerminationCode why)
{
	struct server *s = arg;
	struct exchange *e = *context;

	(void)connection;
	(void)why;
	if (!e)
		return;
	if (e->route && e->route->gone)
		e->route->gone(s->config.arg, e);
	exchange_free(e);
	*context = NULL;
}

/* What was decided while it was served, or while it waited. */
static enum MHD_Result exchange_end(struct exchange *e)
{
	if (e->closes || !e->response)
		return MHD_NO;
	return MHD_queue_response(e->connection, e->status, e->response);
}

/* All headers "Host" of a request. */
struct hosts_look {
	const struct server *server;
	size_t count;
	const char *wrong; /* borrowed; NULL: none is */
};

static enum MHD_Result server_on_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                        const char *value)
{
	struct hosts_look *look = arg;
	const struct server_config *config = &look->server->config;

	(void)kind;
	if (strcasecmp(name, MHD_HTTP_HEADER_HOST) != 0)
		return MHD_YES;
	look->count++;
	if (!value || !host_allowed(value, config->hosts, config->host_count))
		look->wrong = value ? value : "";
	return MHD_YES;
}

static bool server_refuses_host(const struct server *s, struct exchange *e)
{
	struct hosts_look look = {.server = s};
	cleanup_free char *shown = NULL;
	cleanup_free char *text = NULL;

	if (!s->config.checks_host)
		return false;
	MHD_get_connection_values(e->connection, MHD_HEADER_KIND, server_on_header, &look);
	if (look.count == 1 && !look.wrong)
		return false;
	shown =
	    parse_printable(look.wrong ? look.wrong : "", look.wrong ? strlen(look.wrong) : 0, 64);
	text = mem_format(
	    "The header Host, \"%s\", is no name of this exporter: start it with --host", shown);
	exchange_refuse(e, MHD_HTTP_FORBIDDEN, text);
	return true;
}

/* Is it answered before a route sees it? */
static bool server_refuses(const struct server *s, struct exchange *e, const char *method)
{
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		exchange_refuse(e, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET and HEAD");
		MHD_add_response_header(e->response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
		return true;
	}
	if (exchange_header(e, MHD_HTTP_HEADER_TRANSFER_ENCODING) ||
	    exchange_header(e, MHD_HTTP_HEADER_CONTENT_LENGTH)) {
		exchange_refuse(e, MHD_HTTP_BAD_REQUEST, "A request here has no body");
		return true;
	}
	return server_refuses_host(s, e);
}

static void server_route(const struct server *s, struct exchange *e, const char *url)
{
	const struct route *route = s->config.routes;

	while (route->path && strcmp(route->path, url) != 0)
		route++;
	if (!route->path) {
		exchange_refuse(e, MHD_HTTP_NOT_FOUND, "There is no such page");
		return;
	}
	e->route = route;
	route->serve(s->config.arg, e);
}

/* Called with the head of a request, and again when it goes on. */
static enum MHD_Result server_on_request(void *arg, struct MHD_Connection *connection,
                                         const char *url, const char *method, const char *version,
                                         const char *upload, size_t *upload_size, void **context)
{
	struct server *s = arg;
	struct exchange *e = *context;

	(void)version;
	(void)upload;
	(void)upload_size;
	if (!e) {
		e = *context = mem_new(sizeof *e);
		e->loop = s->loop;
		e->wake = &s->wake;
		e->connection = connection;
		e->head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
		/* What is refused is not read to its end. */
		return server_refuses(s, e, method) ? exchange_end(e) : MHD_YES;
	}
	if (s->ending)
		return MHD_NO;
	if (!e->response && !e->closes)
		server_route(s, e, url);
	return e->suspended ? MHD_YES : exchange_end(e);
}

static struct MHD_Daemon *server_start(struct server *s)
{
	return MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, server_on_accept, s, server_on_request, s,
	    MHD_OPTION_LISTEN_SOCKET, s->config.fd, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_MHD, MHD_OPTION_CONNECTION_MEMORY_LIMIT, REQUEST_MEMORY,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE, MHD_OPTION_NOTIFY_COMPLETED,
	    server_on_completed, s, MHD_OPTION_NOTIFY_CONNECTION, server_on_connection, s,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

struct server *server_new(struct ev_loop *loop, const struct server_config *config,
                          struct error *err)
{
	struct server *s = mem_new(sizeof *s);

	s->loop = loop;
	s->config = *config;
	s->daemon = server_start(s);
	if (!s->daemon) {
		close(config->fd);
		free(s);
		error_set(err, ERR_INTERNAL, "libmicrohttpd does not start");
		return NULL;
	}
	timer_init(&s->timer, loop, server_run, s);
	deferred_init(&s->wake, loop, server_run, s);
	ev_io_init(&s->io, server_on_io,
	           MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, EV_READ);
	s->io.data = s;
	ev_io_start(loop, &s->io);
	return s;
}

/* Exchanges that wait are to be closed before. */
void server_free(struct server *s)
{
	ev_io_stop(s->loop, &s->io);
	timer_stop(&s->timer);
	deferred_stop(&s->wake);
	s->ending = true;
	MHD_run(s->daemon);
	MHD_stop_daemon(s->daemon);
	free(s);
}
