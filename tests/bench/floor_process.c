/*
 * The floor's processes: as little as the work can be done with. They fail loudly, and end with
 * the benchmark.
 */
#include "floor_process.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "base/mem.h"
#include "floor_word.h"
#include "process.h"

/* How many words a relay moves one way before it looks at the other. */
#define RELAY_TURN 64

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench: floor: %s: %s\n", what, zmq_strerror(zmq_errno()));
	_exit(EXIT_FAILURE);
}

static void *socket_open(void *context, int type, const char *bind, const char *connect)
{
	void *socket = zmq_socket(context, type);

	if (!socket || (bind && zmq_bind(socket, bind)) ||
	    (connect && zmq_connect(socket, connect)))
		die(bind ? bind : connect);
	return socket;
}

static void *context_new(void)
{
	void *context = zmq_ctx_new();

	if (!context)
		die("context");
	return context;
}

void floor_leaf(void *arg)
{
	const struct floor_role *role = arg;
	void *up = socket_open(context_new(), ZMQ_PAIR, role->up, NULL);
	zmq_msg_t word;

	zmq_msg_init(&word);
	for (;;)
		if (zmq_msg_recv(&word, up, 0) < 0 || zmq_msg_send(&word, up, 0) < 0)
			die("leaf");
}

/* Moves what is there. */
static void move(void *from, void *to, zmq_msg_t *word)
{
	for (int i = 0; i < RELAY_TURN; i++) {
		if (zmq_msg_recv(word, from, ZMQ_DONTWAIT) < 0) {
			if (zmq_errno() == EAGAIN)
				return;
			die("relay");
		}
		if (zmq_msg_send(word, to, 0) < 0)
			die("relay");
	}
}

void floor_relay(void *arg)
{
	const struct floor_role *role = arg;
	void *context = context_new();
	void *up = socket_open(context, ZMQ_PAIR, role->up, NULL);
	void *down = socket_open(context, ZMQ_PAIR, NULL, role->down);
	zmq_pollitem_t items[] = {{.socket = up, .events = ZMQ_POLLIN},
	                          {.socket = down, .events = ZMQ_POLLIN}};
	zmq_msg_t word;

	zmq_msg_init(&word);
	for (;;) {
		if (zmq_poll(items, 2, -1) < 0)
			die("relay");
		if (items[0].revents)
			move(up, down, &word);
		if (items[1].revents)
			move(down, up, &word);
	}
}

static void echo(void *down, struct floor_word *word)
{
	if (zmq_send(down, word, sizeof *word, 0) < 0 || zmq_recv(down, word, sizeof *word, 0) < 0)
		die("head");
}

static void flood(void *down, struct floor_word *word)
{
	struct floor_word back;
	uint32_t sent = 0;
	uint32_t got = 0;
	long long began = process_clock();

	while (got < word->count) {
		for (; sent < word->count && sent - got < word->window; sent++)
			if (zmq_send(down, word, sizeof *word, 0) < 0)
				die("head");
		if (zmq_recv(down, &back, sizeof back, 0) < 0)
			die("head");
		for (got++; got < sent; got++)
			if (zmq_recv(down, &back, sizeof back, ZMQ_DONTWAIT) < 0)
				break;
	}
	word->ns = process_clock() - began;
}

static void head_word(const struct floor_role *role, void *down, struct floor_word *word)
{
	(void)role;
	if (word->what == FLOOR_FLOOD)
		flood(down, word);
	else
		echo(down, word);
}

static pid_t *workers; /* owned */
static size_t worker_count;

static void start_worker(const struct floor_role *role, void *router)
{
	/* posix_spawn(3) changes no argument: the constness is history. */
	char *argv[] = {(char *)(uintptr_t)role->worker, (char *)(uintptr_t)role->down, NULL};
	char bytes[64];
	pid_t pid;
	int rc;

	rc = posix_spawn(&pid, role->worker, NULL, NULL, argv, environ);
	if (rc) {
		errno = rc;
		die(role->worker);
	}
	workers = mem_resize(workers, (worker_count + 1) * sizeof *workers);
	workers[worker_count++] = pid;
	/* Its routing id, then its word. */
	if (zmq_recv(router, bytes, sizeof bytes, 0) < 0 ||
	    zmq_recv(router, bytes, sizeof bytes, 0) < 0)
		die("starter");
}

static void end_workers(void)
{
	for (; worker_count; worker_count--) {
		pid_t pid = workers[worker_count - 1];
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
}

static void starter_word(const struct floor_role *role, void *router, struct floor_word *word)
{
	if (word->what == FLOOR_START)
		start_worker(role, router);
	else
		end_workers();
}

/* One client after the other, word by word, for ever. */
static _Noreturn void serve(const struct floor_role *role, void *socket,
                            void (*handle)(const struct floor_role *, void *, struct floor_word *))
{
	struct floor_word word;

	for (;;) {
		int fd = accept4(role->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			die("accept");
		while (recv(fd, &word, sizeof word, MSG_WAITALL) == (ssize_t)sizeof word) {
			handle(role, socket, &word);
			if (send(fd, &word, sizeof word, MSG_NOSIGNAL) != (ssize_t)sizeof word)
				break;
		}
		close(fd);
	}
}

void floor_head(void *arg)
{
	const struct floor_role *role = arg;

	serve(role, socket_open(context_new(), ZMQ_PAIR, NULL, role->down), head_word);
}

void floor_starter(void *arg)
{
	const struct floor_role *role = arg;

	serve(role, socket_open(context_new(), ZMQ_ROUTER, role->down, NULL), starter_word);
}
