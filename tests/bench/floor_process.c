/*
 * The floor's processes do the least that the work needs. They report failures, and end with the
 * benchmark.
 */
#include "floor_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "base/mem.h"
#include "floor_store.h"
#include "floor_word.h"
#include "process.h"

/* How many words a relay moves in one direction before it serves the other. */
#define RELAY_TURN 64
/* How many writes a keeper puts into one commit: as many as a node of dtree. */
#define KEEPER_TURN 256

_Noreturn void floor_die(const char *what)
{
	fprintf(stderr, "bench: floor: %s: %s\n", what, zmq_strerror(zmq_errno()));
	_exit(EXIT_FAILURE);
}

void *floor_socket(void *context, int type, const char *bind, const char *connect)
{
	void *socket = zmq_socket(context, type);

	if (!socket || (bind && zmq_bind(socket, bind)) ||
	    (connect && zmq_connect(socket, connect)))
		floor_die(bind ? bind : connect);
	return socket;
}

void *floor_context(void)
{
	void *context = zmq_ctx_new();

	if (!context)
		floor_die("context");
	return context;
}

void floor_leaf(void *arg)
{
	const struct floor_role *role = arg;
	void *up = floor_socket(floor_context(), ZMQ_PAIR, role->up, NULL);
	zmq_msg_t word;

	zmq_msg_init(&word);
	for (;;)
		if (zmq_msg_recv(&word, up, 0) < 0 || zmq_msg_send(&word, up, 0) < 0)
			floor_die("leaf");
}

/* Takes at least one word, and all that have come. */
static size_t take(void *up, struct floor_word words[KEEPER_TURN])
{
	size_t count = 0;

	while (count < KEEPER_TURN &&
	       zmq_recv(up, &words[count], sizeof words[count], count ? ZMQ_DONTWAIT : 0) >= 0)
		count++;
	if (!count)
		floor_die("keeper");
	return count;
}

void floor_keeper(void *arg)
{
	const struct floor_role *role = arg;
	void *up = floor_socket(floor_context(), ZMQ_PAIR, role->up, NULL);
	struct floor_word words[KEEPER_TURN];
	struct error err;
	struct floor_store *store = floor_store_open(role->path, &err);
	size_t count;

	for (size_t kept = 0; store; kept += count) {
		count = take(up, words);
		if (floor_store_group(store, kept, count, &err))
			break;
		for (size_t i = 0; i < count; i++)
			if (zmq_send(up, &words[i], sizeof words[i], 0) < 0)
				floor_die("keeper");
	}
	fprintf(stderr, "bench: %s\n", err.text);
	_exit(EXIT_FAILURE);
}

/* Moves the words that have come. */
static void move(void *from, void *to, zmq_msg_t *word)
{
	for (int i = 0; i < RELAY_TURN; i++) {
		if (zmq_msg_recv(word, from, ZMQ_DONTWAIT) < 0) {
			if (zmq_errno() == EAGAIN)
				return;
			floor_die("relay");
		}
		if (zmq_msg_send(word, to, 0) < 0)
			floor_die("relay");
	}
}

void floor_relay(void *arg)
{
	const struct floor_role *role = arg;
	void *context = floor_context();
	void *up = floor_socket(context, ZMQ_PAIR, role->up, NULL);
	void *down = floor_socket(context, ZMQ_PAIR, NULL, role->down);
	zmq_pollitem_t items[] = {{.socket = up, .events = ZMQ_POLLIN},
	                          {.socket = down, .events = ZMQ_POLLIN}};
	zmq_msg_t word;

	zmq_msg_init(&word);
	for (;;) {
		if (zmq_poll(items, 2, -1) < 0)
			floor_die("relay");
		if (items[0].revents)
			move(up, down, &word);
		if (items[1].revents)
			move(down, up, &word);
	}
}

static void echo(void *down, struct floor_word *word)
{
	if (zmq_send(down, word, sizeof *word, 0) < 0 || zmq_recv(down, word, sizeof *word, 0) < 0)
		floor_die("head");
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
				floor_die("head");
		if (zmq_recv(down, &back, sizeof back, 0) < 0)
			floor_die("head");
		for (got++; got < sent; got++)
			if (zmq_recv(down, &back, sizeof back, ZMQ_DONTWAIT) < 0)
				break;
	}
	word->ns = process_clock() - began;
}

static void head_word(const struct floor_role *role, int client, void *down,
                      struct floor_word *word)
{
	(void)role;
	(void)client;
	if (word->what == FLOOR_FLOOD)
		flood(down, word);
	else
		echo(down, word);
}

static pid_t *workers; /* owned */
static size_t worker_count;

static void spawn_worker(const struct floor_role *role)
{
	/* posix_spawn(3) changes no argument; its prototype lacks const for historical reasons. */
	char *argv[] = {(char *)(uintptr_t)role->worker, (char *)(uintptr_t)role->down, NULL};
	pid_t pid;
	int rc;

	rc = posix_spawn(&pid, role->worker, NULL, NULL, argv, environ);
	if (rc) {
		errno = rc;
		floor_die(role->worker);
	}
	workers = mem_resize(workers, (worker_count + 1) * sizeof *workers);
	workers[worker_count++] = pid;
}

static void start_workers(const struct floor_role *role, void *router, uint32_t count)
{
	char bytes[64];

	for (uint32_t i = 0; i < count; i++)
		spawn_worker(role);
	/* The routing id of each, then its word. */
	for (uint32_t i = 0; i < 2 * count; i++)
		if (zmq_recv(router, bytes, sizeof bytes, 0) < 0)
			floor_die("starter");
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

/* A node of a tree: the links to what is above it and below it. */
struct links {
	zmq_pollitem_t *items; /* owned; the first is the one up */
	int count;
	int waiting;    /* how many below it must still answer before it does */
	uint32_t ms;    /* between its beats; 0: none */
	long long next; /* when, of process_clock() */
	bool root;
};

/* The link to node N of the tree, or to what is above this one. */
static void links_add(struct links *links, void *context, const struct floor_role *role, size_t n)
{
	cleanup_free char *endpoint = mem_format("ipc://%s.%zu", role->path, n);
	bool up = n == role->index;
	size_t count = (size_t)links->count + 1;

	links->items = mem_resize(links->items, count * sizeof *links->items);
	links->items[links->count++] = (zmq_pollitem_t){
	    .socket = floor_socket(context, ZMQ_PAIR, up ? endpoint : NULL, up ? NULL : endpoint),
	    .events = ZMQ_POLLIN};
}

static void links_say(const struct links *links, int from, int to, const struct floor_word *word)
{
	for (int i = from; i < to; i++)
		if (zmq_send(links->items[i].socket, word, sizeof *word, 0) < 0)
			floor_die("node");
}

static void links_hear(struct links *links, int from, const struct floor_word *word)
{
	if (word->what == FLOOR_PULSE)
		return;
	if (word->what == FLOOR_BEAT) {
		links->ms = word->ms;
		links->next = process_clock() + word->ms * 1000000LL;
	}
	if (from == 0) {
		links->waiting = links->count - 1;
		links_say(links, 1, links->count, word);
	} else {
		links->waiting--;
	}
	if (links->waiting == 0)
		links_say(links, 0, 1, word);
}

/* Sends its heartbeats if it is time. Gives the time until the next, in milliseconds; -1: no
 * more. */
static long links_beat(struct links *links)
{
	const struct floor_word pulse = {.what = FLOOR_PULSE};
	long long now;

	if (!links->ms)
		return -1;
	now = process_clock();
	if (now >= links->next) {
		/* The head is no node. */
		links_say(links, links->root, links->count, &pulse);
		links->next += links->ms * 1000000LL;
	}
	return links->next > now ? (long)((links->next - now + 999999) / 1000000) : 0;
}

void floor_node(void *arg)
{
	const struct floor_role *role = arg;
	const size_t first = role->fan * (role->index - 1) + 2;
	struct links links = {.root = role->index == 1};
	struct floor_word word;
	void *context = floor_context();

	links_add(&links, context, role, role->index);
	for (size_t n = first; n < first + role->fan && n <= role->count; n++)
		links_add(&links, context, role, n);
	for (;;) {
		if (zmq_poll(links.items, links.count, links_beat(&links)) < 0)
			floor_die("node");
		for (int i = 0; i < links.count; i++)
			while (links.items[i].revents) {
				if (zmq_recv(links.items[i].socket, &word, sizeof word,
				             ZMQ_DONTWAIT) < 0)
					break;
				links_hear(&links, i, &word);
			}
	}
}

static void answer(int fd, const struct floor_word *word)
{
	/* A benchmark that has ended is no failure: the end of the connection follows. */
	if (send(fd, word, sizeof *word, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		floor_die("answer");
}

static void watch_worker(const struct floor_role *role, int client, void *router,
                         struct floor_word *word)
{
	struct pollfd wait = {.events = POLLIN};

	start_workers(role, router, 1);
	word->pid = workers[worker_count - 1];
	wait.fd = pidfd_open((pid_t)word->pid, 0);
	answer(client, word);
	if (wait.fd < 0 || poll(&wait, 1, -1) < 0)
		floor_die("pidfd");
	close(wait.fd);
}

static void starter_word(const struct floor_role *role, int client, void *router,
                         struct floor_word *word)
{
	if (word->what == FLOOR_START)
		start_workers(role, router, word->count);
	else if (word->what == FLOOR_WATCH)
		watch_worker(role, client, router, word);
	else
		end_workers();
}

_Noreturn void floor_serve(const struct floor_role *role, void *socket, floor_word_fn *handle)
{
	struct floor_word word;

	for (;;) {
		int fd = accept4(role->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			floor_die("accept");
		while (recv(fd, &word, sizeof word, MSG_WAITALL) == (ssize_t)sizeof word) {
			handle(role, fd, socket, &word);
			answer(fd, &word);
		}
		close(fd);
	}
}

void floor_head(void *arg)
{
	const struct floor_role *role = arg;

	floor_serve(role, floor_socket(floor_context(), ZMQ_PAIR, NULL, role->down), head_word);
}

void floor_starter(void *arg)
{
	const struct floor_role *role = arg;

	floor_serve(role, floor_socket(floor_context(), ZMQ_ROUTER, role->down, NULL),
	            starter_word);
}
