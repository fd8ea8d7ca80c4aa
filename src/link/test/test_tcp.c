/* Links over TCP: who gets one, and what strangers do to it. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/mem.h"
#include "link/children.h"
#include "link/endpoint.h"
#include "link/parent.h"
#include "link/test/fake_clock.h"
#include "support/await.h"
#include "support/scratch.h"

#define DEADLINE_MS 30000
/* What the tests leave of descriptors, so that the gate counts to 16. */
#define DESCRIPTORS 256
#define HALF_MAX    16
/* Connections that may come to nothing in a second. */
#define FAILED_MAX 200

static struct ev_loop *loop;
static struct link_context *context;
static struct link_key key;
static char *endpoint;
static struct children *children;
static size_t linked;
static size_t words;

static void on_linked(void *arg, const struct peer_name *name)
{
	(void)arg;
	cr_assert_eq(name->id, 5, "node %d has got a link", name->id);
	linked++;
}

static void on_word(void *arg, const struct peer_name *from, const struct message *m,
                    const struct frame *frame)
{
	(void)arg;
	(void)from;
	(void)frame;
	words += m->type == MSG_RESULT && m->payload_size == MESSAGE_PAYLOAD_MAX;
}

static void on_silent(void *arg, const struct peer_name *name, int64_t silent_ms)
{
	(void)arg;
	(void)name;
	(void)silent_ms;
}

static void on_back(void *arg, const struct peer_name *name)
{
	(void)arg;
	(void)name;
}

static const struct children_handlers above = {
    .linked = on_linked, .message = on_word, .silent = on_silent, .back = on_back};

static void on_told(void *arg, struct parent *from, const struct message *m, struct frame *frame)
{
	(void)arg;
	(void)from;
	(void)m;
	(void)frame;
}

static const struct parent_handlers below = {.message = on_told};

static void open_with(const struct link_key *its)
{
	struct error err;

	context =
	    link_context_new(loop, &(struct link_context_config){.tcp = true, .key = its}, &err);
	cr_assert_not_null(context, "%s", err.text);
	children = children_new(context, loop, endpoint, &above, NULL, &err);
	cr_assert_not_null(children, "%s", err.text);
}

static void set_up_open(void)
{
	const struct rlimit few = {DESCRIPTORS, DESCRIPTORS};

	setrlimit(RLIMIT_NOFILE, &few);
	scratch_set_up();
	loop = ev_loop_new(EVFLAG_AUTO);
	endpoint = mem_format("tcp:%s/up", scratch_top);
	open_with(NULL);
}

static void tear_down(void)
{
	children_free(children);
	link_context_free(context);
	ev_loop_destroy(loop);
	free(endpoint);
	scratch_tear_down();
}

static void set_up(void)
{
	struct error err;

	set_up_open();
	children_free(children);
	link_context_free(context);
	cr_assert_eq(link_key_make(&key, &err), 0, "%s", err.text);
	open_with(&key);
}

TestSuite(tcp, .init = set_up, .fini = tear_down, .timeout = 60);
TestSuite(tcp_open, .init = set_up_open, .fini = tear_down, .timeout = 60);

static struct parent *come(uint64_t generation)
{
	const struct peer_name name = {.id = 5, .incarnation = 1, .generation = generation};
	struct error err;
	struct parent *p = parent_new(context, loop, endpoint, &name, &below, NULL, &err);
	size_t before = linked;

	cr_assert_not_null(p, "%s", err.text);
	await_count(loop, &linked, before + 1);
	return p;
}

static void say_much(struct parent *p)
{
	cleanup_free char *payload = mem_new(MESSAGE_PAYLOAD_MAX);
	size_t before = words;

	parent_send(p, &(struct message){.type = MSG_RESULT,
	                                 .node = 5,
	                                 .incarnation = 1,
	                                 .payload = payload,
	                                 .payload_size = MESSAGE_PAYLOAD_MAX});
	await_count(loop, &words, before + 1);
}

Test(tcp, the_largest_message_passes)
{
	struct parent *p = come(1);

	say_much(p);
	parent_free(p);
}

Test(tcp_open, the_largest_message_passes_without_a_key)
{
	struct parent *p = come(1);

	say_much(p);
	parent_free(p);
}

/* A node of that id that is none: it says hello over a socket of its own. */
struct stranger {
	void *context;
	void *socket;
	void *monitor;
};

static struct stranger stranger_new(const char *server, const struct link_key *own)
{
	const struct message hello = {
	    .type = MSG_HELLO, .node = 66, .incarnation = 1, .hello.link_generation = 9};
	const struct peer_name name = {.id = 66, .incarnation = 1, .generation = 9};
	char routing[PEER_NAME_SIZE];
	char bytes[256];
	const int none = 0;
	const int once = -1;
	struct error err;
	cleanup_free char *address = endpoint_address(endpoint, &err);
	struct stranger s = {.context = zmq_ctx_new()};

	peer_name_write(&name, routing);
	message_write(&hello, bytes);
	s.socket = zmq_socket(s.context, ZMQ_DEALER);
	zmq_setsockopt(s.socket, ZMQ_LINGER, &none, sizeof none);
	zmq_setsockopt(s.socket, ZMQ_RECONNECT_IVL, &once, sizeof once);
	zmq_setsockopt(s.socket, ZMQ_ROUTING_ID, routing, sizeof routing);
	if (server) {
		zmq_setsockopt(s.socket, ZMQ_CURVE_SERVERKEY, server, LINK_KEY_TEXT);
		zmq_setsockopt(s.socket, ZMQ_CURVE_PUBLICKEY, own->shown, LINK_KEY_TEXT);
		zmq_setsockopt(s.socket, ZMQ_CURVE_SECRETKEY, own->secret, LINK_KEY_TEXT);
	}
	zmq_socket_monitor(s.socket, "inproc://told", ZMQ_EVENT_DISCONNECTED);
	s.monitor = zmq_socket(s.context, ZMQ_PAIR);
	zmq_setsockopt(s.monitor, ZMQ_LINGER, &none, sizeof none);
	zmq_connect(s.monitor, "inproc://told");
	cr_assert_eq(zmq_connect(s.socket, address), 0);
	zmq_send(s.socket, bytes, message_size(&hello), 0);
	return s;
}

static void stranger_free(struct stranger *s)
{
	zmq_close(s->monitor);
	zmq_close(s->socket);
	zmq_ctx_term(s->context);
}

/* Runs the loop until the stranger's connection has been closed. */
static void await_refusal(struct stranger *s)
{
	zmq_pollitem_t told = {.socket = s->monitor, .events = ZMQ_POLLIN};
	int64_t end = clock_ms() + DEADLINE_MS;

	while (zmq_poll(&told, 1, 1) == 0) {
		cr_assert_lt(clock_ms(), end, "the stranger is still connected");
		ev_run(loop, EVRUN_NOWAIT);
	}
}

static void turned_away(const char *server, const struct link_key *own)
{
	struct parent *before = come(1);
	struct stranger s = stranger_new(server, own);

	await_refusal(&s);
	/* Who comes later is heard later. */
	parent_free(come(2));
	parent_free(before);
	stranger_free(&s);
	cr_assert_eq(linked, 2);
}

Test(tcp, a_stranger_without_a_key_is_turned_away)
{
	turned_away(NULL, NULL);
}

Test(tcp, a_stranger_with_another_key_is_turned_away)
{
	struct link_key other;
	struct error err;

	cr_assert_eq(link_key_make(&other, &err), 0);
	turned_away(other.shown, &other);
}

Test(tcp, a_stranger_who_knows_the_public_key_only_is_turned_away)
{
	struct link_key other;
	struct error err;

	cr_assert_eq(link_key_make(&other, &err), 0);
	turned_away(key.shown, &other);
}

Test(tcp, a_stranger_who_takes_the_public_key_for_its_own_is_turned_away)
{
	struct link_key other;
	struct error err;

	cr_assert_eq(link_key_make(&other, &err), 0);
	memcpy(other.shown, key.shown, sizeof other.shown);
	turned_away(key.shown, &other);
}

static int dial(void)
{
	struct error err;
	cleanup_free char *address = endpoint_address(endpoint, &err);
	struct sockaddr_in to = {.sin_family = AF_INET,
	                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	                         .sin_port =
	                             htons((uint16_t)strtol(strrchr(address, ':') + 1, NULL, 10))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	cr_assert_geq(fd, 0);
	connect(fd, (struct sockaddr *)&to, sizeof to);
	return fd;
}

/* Was the connection made, and not closed since? */
static bool is_through(int fd)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof info;

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
	return info.tcpi_state == TCP_ESTABLISHED;
}

static int count_through(const int *fds, int count)
{
	int through = 0;

	for (int i = 0; i < count; i++)
		through += is_through(fds[i]);
	return through;
}

/* Some more than the limit may be accepted before the gate has heard of it. */
Test(tcp, strangers_who_say_nothing_are_let_in_by_the_dozen_only)
{
	struct parent *before = come(1);
	int fds[120];
	struct error err;
	int64_t end = clock_ms() + DEADLINE_MS;

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = dial();
		for (int turns = 0; turns < 20; turns++)
			ev_run(loop, EVRUN_NOWAIT);
		poll(NULL, 0, 1);
	}
	cr_assert_lt(count_through(fds, ARRAY_SIZE(fds)), 4 * HALF_MAX);
	say_much(before);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	/* The first that comes may be dropped: it is tried again, as a worker does. */
	for (uint64_t generation = 2; linked == 1; generation++) {
		const struct peer_name name = {.id = 5, .incarnation = 1, .generation = generation};
		struct parent *p = parent_new(context, loop, endpoint, &name, &below, NULL, &err);

		cr_assert_lt(clock_ms(), end, "no link when the strangers are gone");
		for (int turns = 0; turns < 1000 && linked == 1; turns++) {
			ev_run(loop, EVRUN_NOWAIT);
			poll(NULL, 0, 1);
		}
		parent_free(p);
	}
	parent_free(before);
}

static bool is_open(int fd)
{
	char answer[256];
	ssize_t n = recv(fd, answer, sizeof answer, 0);

	return n > 0 || (n < 0 && errno == EAGAIN);
}

/* Says the bytes over a connection of its own, until that is closed. false: it is not let in. */
static bool say_nonsense(const char *bytes, size_t size)
{
	int fd = dial();
	bool through = is_through(fd);

	if (through)
		send(fd, bytes, size, MSG_NOSIGNAL);
	for (int turns = 0; through && is_open(fd); turns++) {
		cr_assert_lt(turns, DEADLINE_MS, "it is still connected");
		poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 1);
	}
	close(fd);
	ev_run(loop, EVRUN_NOWAIT);
	return through;
}

static void let_in_by_the_hundred_only(const char *bytes, size_t size)
{
	struct parent *before = come(1);
	int times = 0;

	fake_clock_hold();
	while (times < 2 * FAILED_MAX && say_nonsense(bytes, size))
		times++;
	cr_assert_geq(times, FAILED_MAX);
	cr_assert_lt(times, 2 * FAILED_MAX, "all were let in");
	say_much(before);
	parent_free(before);
}

Test(tcp, strangers_who_speak_another_protocol_are_let_in_by_the_hundred_only)
{
	static const char other[] = "GET / HTTP/1.0\r\nHost: localhost\r\nAccept: text/plain\r\n"
	                            "Connection: close\r\n\r\n";

	let_in_by_the_hundred_only(other, sizeof other - 1);
}

Test(tcp, strangers_who_offer_no_key_are_let_in_by_the_hundred_only)
{
	static const char greeting[64] = "\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL";

	let_in_by_the_hundred_only(greeting, sizeof greeting);
}

Test(tcp, the_file_is_made_again_and_the_port_stays)
{
	struct error err;
	cleanup_free char *before = endpoint_address(endpoint, &err);
	cleanup_free char *after = NULL;

	cr_assert_eq(children_renew(children, &err), 0);
	cr_assert_eq(unlink(endpoint_path(endpoint)), 0);
	cr_assert_eq(children_renew(children, &err), 1);
	after = endpoint_address(endpoint, &err);
	cr_assert_str_eq(after, before);
	parent_free(come(1));
}

Test(tcp, where_nobody_has_published_a_port_there_is_no_link_and_no_failure)
{
	const struct peer_name name = {.id = 5, .incarnation = 1, .generation = 1};
	struct error err;
	struct parent *p = parent_new(context, loop, "tcp:/nowhere/a", &name, &below, NULL, &err);

	cr_assert_not_null(p, "%s", err.text);
	ev_run(loop, EVRUN_NOWAIT);
	parent_free(p);
	parent_free(come(2));
}
