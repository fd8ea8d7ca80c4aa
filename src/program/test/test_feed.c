/* What is given to a process's standard input, with a pipe in its place. */
#include "program/feed.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static struct ev_loop *loop;
static struct feed feed;
static int reader;
static unsigned calls;

static void count(void *arg)
{
	(void)arg;
	calls++;
}

static void set_up(void)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	reader = ends[0];
	loop = ev_loop_new(EVFLAG_AUTO);
	feed_init(&feed, loop, ends[1], count, NULL);
}

static void tear_down(void)
{
	feed_close(&feed);
	if (reader >= 0)
		close(reader);
	ev_loop_destroy(loop);
}

TestSuite(feed, .timeout = 60, .init = set_up, .fini = tear_down);

static void turn(void)
{
	ev_run(loop, EVRUN_NOWAIT);
}

static void expect(const char *wanted)
{
	char bytes[16];
	ssize_t n = read(reader, bytes, sizeof bytes);

	cr_assert_eq(n, (ssize_t)strlen(wanted));
	cr_assert_arr_eq(bytes, wanted, (size_t)n);
}

Test(feed, what_a_turn_writes_goes_together)
{
	char byte;

	feed_write(&feed, "a", 1);
	feed_write(&feed, "bc", 2);
	cr_assert_eq(read(reader, &byte, 1), -1);
	turn();
	expect("abc");
	cr_assert_eq(calls, 1);
}

Test(feed, what_finds_no_room_waits_for_it)
{
	static char much[1024 * 1024];
	size_t got = 0;
	ssize_t n;

	feed_write(&feed, much, sizeof much);
	turn();
	cr_assert_gt(buffer_size(&feed.unsent), 0);
	while (got < sizeof much) {
		static char bytes[65536];
		while ((n = read(reader, bytes, sizeof bytes)) > 0)
			got += (size_t)n;
		turn();
	}
	cr_assert_eq(buffer_size(&feed.unsent), 0);
	cr_assert_gt(calls, 1);
}

Test(feed, the_end_follows_what_was_written)
{
	feed_write(&feed, "a", 1);
	feed_end(&feed);
	feed_write(&feed, "too late", 8);
	turn();
	expect("a");
	expect("");
	cr_assert_eq(feed.fd, -1);
}

Test(feed, an_end_without_anything_unsent_is_at_once)
{
	feed_end(&feed);
	expect("");
}

Test(feed, who_reads_no_more_is_given_no_more)
{
	close(reader);
	reader = -1;
	feed_write(&feed, "a", 1);
	turn();
	cr_assert_eq(feed.fd, -1);
	cr_assert_eq(buffer_size(&feed.unsent), 0);
	cr_assert_eq(calls, 1);
	feed_write(&feed, "b", 1);
	cr_assert_eq(buffer_size(&feed.unsent), 0);
}
