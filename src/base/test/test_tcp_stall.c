/* The causes of stalls: as they were recorded, and as the kernel shows them now. */
#include "base/tcp_stall.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/tcp_table.h"

TestSuite(tcp_stall, .timeout = 60);

#define TIMES       10
#define DEADLINE_MS 30000
/* Without rights (nobody). */
#define ANOTHER_USER 65534

/* Of a connection over loopback: 40 bytes written, 20 of them under way. */
static const struct tcp_end held_sender = {.queued = 40,
                                           .notsent = 20,
                                           .unacked = 1,
                                           .cwnd = 10,
                                           .mss = 32741,
                                           .window = 65536,
                                           .rtt_us = 41,
                                           .min_rtt_us = 12,
                                           .last_sent_ms = 9,
                                           .bytes_sent = 100020,
                                           .bytes_received = 960};
static const struct tcp_end held_receiver = {
    .mss = 32741, .window = 65536, .cwnd = 10, .bytes_sent = 960, .bytes_received = 100020};

static enum tcp_stall judge(const struct tcp_end *sender, const struct tcp_end *receiver)
{
	return tcp_stall_judge(sender, receiver);
}

Test(tcp_stall, a_small_write_behind_a_delayed_acknowledgement_is_named)
{
	cr_assert_eq(judge(&held_sender, &held_receiver), TCP_STALL_NAGLE);
}

/* Each condition alone makes it something else. */
Test(tcp_stall, what_differs_in_one_thing_is_not_named_so)
{
	struct tcp_end s[10];
	struct tcp_end r = held_receiver;

	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		s[i] = held_sender;
	s[0].notsent = 0;
	s[1].notsent = s[1].mss;
	s[2].unacked = 0;
	s[3].unacked = s[3].cwnd;
	s[4].last_sent_ms = 7;
	s[5].min_rtt_us = 2000;
	s[6].window = 39;
	s[7].disorder = 1;
	s[8].retransmits = 1;
	s[9].lost = 1;
	for (size_t i = 0; i < ARRAY_SIZE(s); i++)
		cr_assert_neq(judge(&s[i], &held_receiver), TCP_STALL_NAGLE, "%zu", i);
	cr_assert_eq(judge(&s[6], &held_receiver), TCP_STALL_WINDOW);
	for (size_t i = 7; i < ARRAY_SIZE(s); i++)
		cr_assert_eq(judge(&s[i], &held_receiver), TCP_STALL_LOST, "%zu", i);
	r.bytes_received--;
	cr_assert_neq(judge(&held_sender, &r), TCP_STALL_NAGLE);
	r = held_receiver;
	r.unread = 1;
	cr_assert_neq(judge(&held_sender, &r), TCP_STALL_NAGLE);
}

Test(tcp_stall, each_has_a_name_and_a_text)
{
	for (int i = 0; i < TCP_STALLS; i++) {
		cr_assert_not_null(tcp_stall_name((enum tcp_stall)i));
		cr_assert_not_null(tcp_stall_text((enum tcp_stall)i));
	}
}

static int client;
static int server;

static void connect_both(int buffer)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (buffer)
		setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	cr_assert_eq(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	cr_assert_eq(listen(listener, 1), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	cr_assert_eq(connect(client, (struct sockaddr *)&at, sizeof at), 0);
	server = accept(listener, NULL, NULL);
	cr_assert_geq(server, 0);
	close(listener);
}

static void close_both(void)
{
	close(client);
	close(server);
}

static void pass(int from, int to, size_t size)
{
	char bytes[64] = {0};

	cr_assert_eq(send(from, bytes, size, 0), (ssize_t)size);
	cr_assert_eq(recv(to, bytes, size, MSG_WAITALL), (ssize_t)size);
}

/* Requests and answers, until the server delays its acknowledgements. */
static void talk(void)
{
	for (int i = 0; i < 5; i++) {
		pass(client, server, 20);
		pass(server, client, 20);
	}
}

static bool has_client(const struct tcp_table *table)
{
	struct sockaddr_in at;
	socklen_t size = sizeof at;

	cr_assert_eq(getpeername(client, (struct sockaddr *)&at, &size), 0);
	return tcp_table_find(table, getpid(), ntohs(at.sin_port));
}

/* What the kernel says of the client's writes; the process finds its own sockets. */
static enum tcp_stall look(void)
{
	struct sockaddr_in at;
	socklen_t size = sizeof at;
	struct tcp_table table = {0};
	const struct tcp_end *sender;
	const struct tcp_end *receiver;
	enum tcp_stall found;
	struct error err;

	cr_assert_eq(getpeername(client, (struct sockaddr *)&at, &size), 0);
	cr_assert_eq(tcp_table_read(&table, &err), 0, "%s", err.text);
	sender = tcp_table_find(&table, getpid(), ntohs(at.sin_port));
	cr_assert_not_null(sender);
	receiver = tcp_table_other(&table, sender);
	cr_assert_not_null(receiver);
	found = tcp_stall_judge(sender, receiver);
	tcp_table_free(&table);
	return found;
}

/* Looks until it is named so: where `only`, nothing else but nothing may be named before. */
static void becomes(enum tcp_stall wanted)
{
	int64_t end = clock_ms() + DEADLINE_MS;
	enum tcp_stall found;

	while ((found = look()) != wanted) {
		cr_assert_lt(clock_ms(), end, "it is named %s", tcp_stall_name(found));
		cr_assert_neq(found, TCP_STALL_NAGLE);
		poll(NULL, 0, 1);
	}
}

/* The hold lasts 40 ms: on a busy machine a look may come too late, and the next round is looked
 * at. */
Test(tcp_stall, the_kernel_shows_a_write_that_is_held_back)
{
	int seen = 0;

	connect_both(0);
	for (int64_t end = clock_ms() + DEADLINE_MS; seen < TIMES;) {
		cr_assert_lt(clock_ms(), end, "%d of %d", seen, TIMES);
		talk();
		pass(client, server, 20);
		cr_assert_eq(send(client, "0123456789", 10, 0), 10);
		poll(NULL, 0, TCP_STALL_AFTER_MS + 2);
		seen += look() == TCP_STALL_NAGLE;
		pass(server, client, 20);
		cr_assert_eq(recv(server, (char[10]){0}, 10, MSG_WAITALL), 10);
	}
	close_both();
}

Test(tcp_stall, what_another_user_has_is_not_listed)
{
	struct tcp_table all = {0};
	struct tcp_table own = {0};
	struct error err;

	if (geteuid() != 0)
		cr_skip_test("only root becomes another user");
	cr_assert_eq(seteuid(ANOTHER_USER), 0);
	connect_both(0);
	cr_assert_eq(tcp_table_read(&all, &err), 0, "%s", err.text);
	cr_assert_eq(seteuid(0), 0);
	cr_assert_eq(tcp_table_read(&own, &err), 0, "%s", err.text);
	cr_assert(has_client(&all));
	cr_assert(!has_client(&own));
	tcp_table_free(&all);
	tcp_table_free(&own);
	close_both();
}

Test(tcp_stall, the_kernel_shows_a_slow_peer)
{
	connect_both(0);
	for (int i = 0; i < TIMES; i++) {
		talk();
		pass(client, server, 20);
		becomes(TCP_STALL_PEER);
		poll(NULL, 0, 12);
		cr_assert_eq(look(), TCP_STALL_PEER);
		pass(server, client, 20);
	}
	close_both();
}

Test(tcp_stall, the_kernel_shows_a_lost_segment)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog all = {.len = 1, .filter = &drop};

	for (int i = 0; i < TIMES / 2; i++) {
		connect_both(0);
		talk();
		cr_assert_eq(setsockopt(server, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all), 0);
		cr_assert_eq(send(client, "0123456789", 10, 0), 10);
		cr_assert_eq(send(client, "0123456789", 10, 0), 10);
		becomes(TCP_STALL_LOST);
		close_both();
	}
}

Test(tcp_stall, the_kernel_shows_a_closed_window)
{
	char bytes[4096] = {0};

	for (int i = 0; i < TIMES; i++) {
		connect_both(4096);
		while (send(client, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
			;
		becomes(TCP_STALL_WINDOW);
		close_both();
	}
}
