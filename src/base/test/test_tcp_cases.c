/*
 * Answers that do not come, made by hand, so many of each kind: what the kernel shows, and what
 * that is named. DTREE_TEST_CASES=N: so many, and a table of them.
 */
#include <criterion/criterion.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/tcp_stall.h"
#include "tcp_pair.h"

TestSuite(tcp_cases, .timeout = 600);

#define CASES       10
#define DEADLINE_MS 30000
/* So long each case is looked at, again and again: longer than an acknowledgement is delayed. */
#define WATCH_MS 50

/* What was named so at any look, as a set of 1 << TCP_STALL_… */
struct sight {
	unsigned named;
	bool held; /* at the last look */
};

static struct tcp_pair pair;

static size_t cases(void)
{
	const char *said = getenv("DTREE_TEST_CASES");
	int64_t n = CASES;
	struct error err;

	if (said)
		cr_assert_eq(
		    parse_range(said, strlen(said), "DTREE_TEST_CASES", 1, 100000, &n, &err), 0,
		    "%s", err.text);
	return (size_t)n;
}

/* Requests and answers, until the server delays its acknowledgements. */
static void talk(void)
{
	for (int i = 0; i < 5; i++) {
		tcp_pair_pass(pair.client, pair.server, 20);
		tcp_pair_pass(pair.server, pair.client, 20);
	}
}

static void say(size_t size)
{
	char bytes[4096] = {0};

	cr_assert_eq(send(pair.client, bytes, size, 0), (ssize_t)size);
}

static void set(int fd, int level, int option, int value)
{
	cr_assert_eq(setsockopt(fd, level, option, &value, sizeof value), 0);
}

static void look(struct sight *sight)
{
	struct tcp_table table = {0};
	struct tcp_end client;
	struct tcp_end server;
	struct error err;

	cr_assert_eq(tcp_table_read(&table, &err), 0, "%s", err.text);
	cr_assert(tcp_pair_find(&pair, &table, &client, &server));
	sight->named |= 1U << tcp_stall_judge(&client, &server);
	sight->held = client.notsent > 0;
	tcp_table_free(&table);
}

/* Looks for a while, and until it was named so. `also` happens before each look. */
static void watch(struct sight *sight, enum tcp_stall wanted, void (*also)(void))
{
	int64_t began = clock_ms();

	do {
		cr_assert_lt(clock_ms() - began, DEADLINE_MS, "it was named %x", sight->named);
		if (also)
			also();
		look(sight);
		poll(NULL, 0, 1);
	} while (clock_ms() - began < WATCH_MS || !(sight->named & 1U << wanted));
}

/* The hold lasts 40 ms: where a look comes too late, on a busy machine, nothing is held any more,
 * and it is made anew. */
static void make_stall(struct sight *sight, size_t n)
{
	int64_t end = clock_ms() + DEADLINE_MS;

	do {
		cr_assert_lt(clock_ms(), end);
		*sight = (struct sight){0};
		talk();
		tcp_pair_pass(pair.client, pair.server, 20);
		say(1 + n % 1000);
		poll(NULL, 0, TCP_STALL_AFTER_MS + 2);
		look(sight);
		tcp_pair_pass(pair.server, pair.client, 20);
		cr_assert_eq(recv(pair.server, (char[1000]){0}, 1 + n % 1000, MSG_WAITALL),
		             (ssize_t)(1 + n % 1000));
	} while (!sight->held);
}

/* It has all of the request, in one part or in two. */
static void make_slow_server(struct sight *sight, size_t n)
{
	talk();
	set(pair.client, IPPROTO_TCP, TCP_NODELAY, n % 2);
	tcp_pair_pass(pair.client, pair.server, 20);
	if (n % 2)
		tcp_pair_pass(pair.client, pair.server, 20);
	watch(sight, TCP_STALL_PEER, NULL);
}

/* The first part is lost, and the second waits behind it; it is sent again until the end. */
static void make_lost_packet(struct sight *sight, size_t n)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog all = {.len = 1, .filter = &drop};

	talk();
	cr_assert_eq(setsockopt(pair.server, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all), 0);
	say(1 + n % 1000);
	say(1 + n % 1000);
	watch(sight, TCP_STALL_LOST, NULL);
}

static void make_zero_window(struct sight *sight, size_t n)
{
	char bytes[4096] = {0};

	while (send(pair.client, bytes, 1 + n * 41 % sizeof bytes, MSG_DONTWAIT) > 0)
		;
	watch(sight, TCP_STALL_WINDOW, NULL);
}

static void make_cork(struct sight *sight, size_t n)
{
	talk();
	set(pair.client, IPPROTO_TCP, TCP_CORK, 1);
	say(1 + n % 1000);
	say(1 + n % 1000);
	watch(sight, TCP_STALL_NONE, NULL);
}

static void read_a_little(void)
{
	char bytes[100];

	(void)!recv(pair.server, bytes, sizeof bytes, MSG_DONTWAIT);
}

/* What comes fills its buffer, or lies there in two parts. */
static void make_slow_reader(struct sight *sight, size_t n)
{
	char bytes[4096] = {0};

	talk();
	if (n % 2) {
		while (send(pair.client, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
			;
		watch(sight, TCP_STALL_WINDOW, read_a_little);
	} else {
		say(20);
		say(20);
		watch(sight, TCP_STALL_NONE, NULL);
	}
}

static const struct case_row {
	const char *name;
	enum tcp_stall wanted;
	int room; /* see tcp_pair_open() */
	void (*make)(struct sight *sight, size_t n);
} rows[] = {
    {"Nagle and delayed acknowledgements", TCP_STALL_NAGLE, 0, make_stall},
    {"slow server", TCP_STALL_PEER, 0, make_slow_server},
    {"lost packet", TCP_STALL_LOST, 0, make_lost_packet},
    {"zero window", TCP_STALL_WINDOW, 4096, make_zero_window},
    {"cork", TCP_STALL_NONE, 0, make_cork},
    {"slow reader", TCP_STALL_NONE, 4096, make_slow_reader},
};

static void run(const struct case_row *row)
{
	size_t named[TCP_STALLS] = {0};
	size_t count = cases();

	for (size_t n = 0; n < count; n++) {
		struct sight sight = {0};

		tcp_pair_open(&pair, row->room);
		row->make(&sight, n);
		tcp_pair_close(&pair);
		for (size_t i = 0; i < TCP_STALLS; i++)
			named[i] += sight.named >> i & 1;
	}
	if (getenv("DTREE_TEST_CASES")) {
		printf("%-36s %zu:", row->name, count);
		for (size_t i = 0; i < TCP_STALLS; i++)
			printf(" %s %zu", tcp_stall_name((enum tcp_stall)i), named[i]);
		putchar('\n');
	}
	if (row->wanted != TCP_STALL_NONE)
		cr_expect_eq(named[row->wanted], count, "%s: %zu of %zu", row->name,
		             named[row->wanted], count);
	if (row->wanted != TCP_STALL_NAGLE)
		cr_expect_eq(named[TCP_STALL_NAGLE], 0, "%s: %zu false alarms", row->name,
		             named[TCP_STALL_NAGLE]);
}

Test(tcp_cases, a_write_that_is_held_back)
{
	run(&rows[0]);
}

Test(tcp_cases, a_slow_server)
{
	run(&rows[1]);
}

Test(tcp_cases, a_lost_packet)
{
	run(&rows[2]);
}

Test(tcp_cases, a_closed_window)
{
	run(&rows[3]);
}

Test(tcp_cases, a_cork)
{
	run(&rows[4]);
}

Test(tcp_cases, a_slow_reader)
{
	run(&rows[5]);
}
