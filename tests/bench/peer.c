/* Nothing is owned here but what a struct peer holds. */
#include "peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "load.h"
#include "nodes.h"
#include "process.h"

/* Directories of daemons that may be missing in PATH. */
#define MORE_PATH ":/usr/sbin:/usr/local/sbin"
#define START_NS  20000000000LL
#define NAMES     1000

char *peer_find(const char *program)
{
	const char *path = getenv("PATH");
	cleanup_free char *all = mem_format("%s" MORE_PATH, path ? path : "/usr/bin:/bin");
	const char *end;

	for (const char *at = all; at; at = *end ? end + 1 : NULL) {
		char *file;
		end = strchrnul(at, ':');
		file = mem_format("%.*s/%s", (int)(end - at), at, program);
		if (access(file, X_OK) == 0)
			return file;
		free(file);
	}
	return NULL;
}

void peer_init(struct peer *peer)
{
	peer->dtree = DTREE_CLOSED;
	peer->events.fd = -1;
}

int peer_open(struct peer *peer, struct error *err)
{
	if (dtree_open(&peer->dtree, "peer", NULL, err) ||
	    dtree_create(&peer->dtree, 1, -1, "", err) < 0 ||
	    dtree_create(&peer->dtree, 2, -1, ",\"service\":\"dict\"", err) < 0)
		return -1;
	return events_open(&peer->events, &peer->dtree, "\"node_restarted\"", err);
}

void peer_close(struct peer *peer)
{
	talk_close(&peer->events);
	dtree_close(&peer->dtree);
}

int peer_port(uint16_t *port, struct error *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	cleanup_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) ||
	    getsockname(fd, (struct sockaddr *)&address, &size))
		return error_set(err, ERR_INTERNAL, "no port: %s", strerror(errno));
	*port = ntohs(address.sin_port);
	return 0;
}

static int connect_port(uint16_t port, struct error *err)
{
	const struct timeval wake = {.tv_usec = 200000};
	const struct sockaddr_in address = {.sin_family = AF_INET,
	                                    .sin_port = htons(port),
	                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wake, sizeof wake) == 0)
		return fd;
	error_set(err, ERR_INTERNAL, "port %u: %s", port, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Waits, and gives whether to try again. */
static int wait_more(pid_t pid, long long began, struct error *err)
{
	if (process_stopped())
		return error_set(err, ERR_INTERNAL, "interrupted");
	if (process_ended(pid))
		return error_set(err, ERR_INTERNAL, "the peer ended at once");
	if (process_clock() - began > START_NS)
		return -1;
	poll(NULL, 0, 5);
	return 0;
}

int peer_connect_port(uint16_t port, pid_t pid, struct error *err)
{
	long long began = process_clock();
	int fd;

	while ((fd = connect_port(port, err)) < 0)
		if (wait_more(pid, began, err))
			return -1;
	return fd;
}

int peer_connect_path(const char *path, pid_t pid, struct error *err)
{
	long long began = process_clock();
	int fd;

	while ((fd = talk_connect(path, err)) < 0)
		if (wait_more(pid, began, err))
			return -1;
	return fd;
}

int peer_trip(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct peer *peer = stage;

	return load_round_trips(&peer->dtree, &request_exec, 1, row->batch, s, err);
}

int peer_rate(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct peer *peer = stage;

	return load_rate(&peer->dtree, &request_exec, 1, PEER_FLOOD, row->window, row->batch, s,
	                 err);
}

static void write_put(struct buffer *out, size_t number, int id)
{
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"exec\","
	              "\"params\":{\"id\":%d,\"args\":[\"name%zu\",\"%zu\"]}}\n",
	              number, id, number % NAMES, number);
}

int peer_put(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	static const struct request put = {write_put, "\"result\":null"};
	struct peer *peer = stage;

	return load_rate(&peer->dtree, &put, 2, PEER_FLOOD, row->window, row->batch, s, err);
}

int peer_once(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct peer *peer = stage;

	return load_pings(&peer->dtree, row->batch, s, err);
}

int peer_replace(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct peer *peer = stage;

	for (int id = 11; id < 11 + (int)row->batch; id++) {
		long long began;
		long long at;
		pid_t pid = dtree_create(&peer->dtree, id, -1, ",\"restart\":\"always\"", err);

		if (pid < 0)
			return -1;
		began = process_clock();
		kill(pid, SIGKILL);
		if (events_wait(&peer->events, "node_restarted", id, &at, err) ||
		    dtree_ask(&peer->dtree, &request_exec, id, err))
			return -1;
		samples_add(s, (double)(process_clock() - began) / 1e6);
		if (dtree_ask(&peer->dtree, &request_kill, id, err))
			return -1;
	}
	return 0;
}
