/*
 * Owns a descriptor of the listening socket, and the socket at which libzmq tells what becomes of
 * connections (zmq_socket_monitor(3)). Invariant: while the gate is shut the timer runs.
 */
#include "link/gate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "base/bucket.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "link/endpoint.h"
#include "link/socket.h"
#include "link/zwatch.h"

/* Connections that are no links yet, at the most: so many of the descriptors, within these. */
#define HALF_SHARE 16
#define HALF_MIN   ((size_t)16)
#define HALF_MAX   ((size_t)1024)
/* Seconds until a shut gate is looked at again. */
#define LOOK_S 0.5
/* Told in one turn of the loop. */
#define TURN_EVENTS 256

#define FAILED \
	(ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | \
	 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

/* Connections that come to nothing: a tenth of a processor, at half a millisecond each. */
static const struct bucket_rate failed_rate = {.burst = 200, .second = 200};
static const struct bucket_rate told_rate = {.burst = 1, .second = 1};

struct gate {
	struct ev_loop *loop; /* borrowed */
	struct gate_config config;
	int fd;        /* the listening socket, which is libzmq's too */
	void *monitor; /* PAIR */
	struct zwatch watch;
	bool watched;
	ev_timer look;
	size_t half_max;
	size_t open;          /* connections that were accepted and are not closed */
	size_t good;          /* of them: their handshake succeeded */
	size_t bad;           /* of them: it failed */
	struct bucket failed; /* connections that came to nothing */
	struct bucket told;   /* lines of the log about them */
	bool shut;
};

static int gate_listen(struct gate *g, int *port, struct error *err)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof at;
	int own = -1;

	g->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (g->fd < 0 || bind(g->fd, (struct sockaddr *)&at, sizeof at) ||
	    listen(g->fd, LINK_BACKLOG) || getsockname(g->fd, (struct sockaddr *)&at, &size) ||
	    (own = fcntl(g->fd, F_DUPFD_CLOEXEC, 3)) < 0)
		return error_set(err, ERR_LIMIT, "cannot listen at a port of 127.0.0.1: %s%s",
		                 strerror(errno),
		                 errno == EAFNOSUPPORT ? " (is AF_INET allowed?)" : "");
	*port = ntohs(at.sin_port);
	if (zmq_setsockopt(g->config.socket, ZMQ_USE_FD, &own, sizeof own) == 0 &&
	    zmq_bind(g->config.socket, ENDPOINT_ANY_PORT) == 0)
		return 0;
	close(own);
	return error_set(err, ERR_INTERNAL, "cannot listen at port %d: %s", *port,
	                 zmq_strerror(zmq_errno()));
}

/* The filter lets nothing through to the listening socket; accepted ones do not have it. */
static void gate_set(struct gate *g, bool shut)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog all = {.len = 1, .filter = &drop};
	const int none = 0;
	int rc;

	if (g->shut == shut)
		return;
	rc = shut ? setsockopt(g->fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all)
	          : setsockopt(g->fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
	if (rc) {
		log_error("link", "cannot %s connections: %s", shut ? "refuse" : "allow",
		          strerror(errno));
		return;
	}
	g->shut = shut;
	if (shut && bucket_take(&g->told, &told_rate, clock_ms(), 1))
		log_warn("link",
		         "strangers connect to the port of the links: until they leave off, new "
		         "links take longer");
}

static size_t gate_half(const struct gate *g)
{
	size_t links = g->config.links(g->config.arg);

	return g->open > links ? g->open - links : 0;
}

static void gate_judge(struct gate *g)
{
	bool busy = bucket_wait(&g->failed, &failed_rate, clock_ms(), 1) > 0;

	gate_set(g, busy || gate_half(g) >= (g->shut ? g->half_max / 2 : g->half_max));
	if (g->shut && !ev_is_active(&g->look))
		ev_timer_again(g->loop, &g->look);
	if (!g->shut)
		ev_timer_stop(g->loop, &g->look);
}

static void gate_on_look(struct ev_loop *loop, ev_timer *look, int revents)
{
	(void)loop;
	(void)revents;
	gate_judge(look->data);
}

/* One event has two parts: its number (16) and a value, and an address. false: there is none. */
static bool gate_take(struct gate *g, uint16_t *event)
{
	zmq_msg_t part;
	int more = 1;

	*event = 0;
	for (int n = 0; more; n++) {
		zmq_msg_init(&part);
		if (zmq_msg_recv(&part, g->monitor, ZMQ_DONTWAIT) < 0) {
			zmq_msg_close(&part);
			return false;
		}
		more = zmq_msg_more(&part);
		if (n == 0 && zmq_msg_size(&part) >= sizeof *event)
			memcpy(event, zmq_msg_data(&part), sizeof *event);
		zmq_msg_close(&part);
	}
	return true;
}

static size_t gate_less(size_t count)
{
	return count ? count - 1 : 0;
}

static void gate_failed(struct gate *g)
{
	bucket_take(&g->failed, &failed_rate, clock_ms(), 1);
}

/* libzmq does not say which one. Of a handshake that did not begin as one should it says only that
 * the connection is closed: it is none of those whose handshake it told of. */
static void gate_closed(struct gate *g)
{
	g->open = gate_less(g->open);
	if (g->bad)
		g->bad--;
	else if (g->good)
		g->good--;
	else
		gate_failed(g);
}

static void gate_hear(struct gate *g, uint16_t event)
{
	if (event == ZMQ_EVENT_ACCEPTED) {
		g->open++;
	} else if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
		g->good++;
	} else if (event == ZMQ_EVENT_DISCONNECTED) {
		gate_closed(g);
	} else if (event & FAILED) {
		g->bad++;
		gate_failed(g);
	}
}

static void gate_on_events(void *arg)
{
	struct gate *g = arg;
	uint16_t event;
	int n = 0;

	while (n < TURN_EVENTS && gate_take(g, &event)) {
		n++;
		gate_hear(g, event);
	}
	if (n < TURN_EVENTS)
		zwatch_empty(&g->watch);
	gate_judge(g);
}

static void gate_on_flush(void *arg)
{
	(void)arg;
}

/* Without a high-water mark libzmq's thread never waits for the loop. */
static int gate_watch(struct gate *g, struct link_context *context, struct error *err)
{
	cleanup_free char *endpoint = mem_format("inproc://gate-%p", (void *)g);
	const int none = 0;

	g->monitor = link_context_inner(context, ZMQ_PAIR, err);
	if (!g->monitor)
		return -1;
	if (zmq_setsockopt(g->monitor, ZMQ_RCVHWM, &none, sizeof none) ||
	    zmq_socket_monitor(g->config.socket, endpoint,
	                       ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
	                           ZMQ_EVENT_DISCONNECTED | FAILED) ||
	    zmq_connect(g->monitor, endpoint))
		return error_set(err, ERR_INTERNAL, "cannot watch the links: %s",
		                 zmq_strerror(zmq_errno()));
	g->watch.read = gate_on_events;
	g->watch.flush = gate_on_flush;
	g->watch.arg = g;
	g->watched = zwatch_start(&g->watch, g->loop, g->monitor, err) == 0;
	return g->watched ? 0 : -1;
}

static size_t gate_share(void)
{
	size_t share = limits_descriptors() / HALF_SHARE;

	return share < HALF_MIN ? HALF_MIN : share > HALF_MAX ? HALF_MAX : share;
}

struct gate *gate_open(struct link_context *context, struct ev_loop *loop,
                       const struct gate_config *config, int *port, struct error *err)
{
	struct gate *g = mem_new(sizeof *g);
	size_t half_max = gate_share();

	g->loop = loop;
	g->config = *config;
	g->fd = -1;
	ev_init(&g->look, gate_on_look);
	g->look.repeat = LOOK_S;
	g->look.data = g;
	if (!limits_promise(half_max)) {
		error_set(err, ERR_LIMIT, "there are too few descriptors for links over TCP");
		gate_free(g);
		return NULL;
	}
	g->half_max = half_max;
	if (gate_watch(g, context, err) == 0 && gate_listen(g, port, err) == 0)
		return g;
	gate_free(g);
	return NULL;
}

void gate_free(struct gate *g)
{
	if (!g)
		return;
	ev_timer_stop(g->loop, &g->look);
	limits_release(g->half_max);
	if (g->watched)
		zwatch_stop(&g->watch);
	zmq_socket_monitor(g->config.socket, NULL, 0);
	if (g->monitor)
		zmq_close(g->monitor);
	mem_cleanup_close(&g->fd);
	free(g);
}
