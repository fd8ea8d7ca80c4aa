/* The control socket's bounds: what a client may cost, and that others do not notice. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "control/test/control_fixture.h"

#define PING   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"id\":5}}\n"
#define PONG   "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"id\":5,\"available\":true}}"
#define LINE_1 ((size_t)1024 * 1024)

CONTROL_SUITE(control, 120);
/* Tests with their own set-up. */
TestSuite(control_config, .timeout = 120);

static void write_text(struct peer *p, const char *text)
{
	peer_write(p, text, strlen(text));
}

static void is_served(struct peer *p)
{
	write_text(p, PING);
	peer_expect(p, PONG);
}

Test(control, half_a_line_holds_up_nobody)
{
	struct peer *half = peer_new();

	write_text(half, "{\"jsonrpc\":\"2.0\",\"id\":1,\"meth");
	is_served(peer);
	write_text(half, "od\":\"ping\",\"params\":{\"id\":5}}\r\n");
	peer_expect(half, PONG);
	peer_free(half);
}

Test(control, a_request_may_come_byte_by_byte)
{
	for (size_t i = 0; i < sizeof PING - 1; i++)
		peer_write(peer, &PING[i], 1);
	peer_expect(peer, PONG);
}

Test(control, pipelined_requests_are_answered_in_order)
{
	for (int i = 0; i < 5000; i++) {
		cleanup_free char *line = mem_format(
		    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"ping\",\"params\":{\"id\":5}}", i);
		peer_send(peer, line);
	}
	for (int i = 0; i < 5000; i++) {
		cleanup_free char *reply = mem_format(
		    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"id\":5,\"available\":true}}", i);
		peer_expect(peer, reply);
	}
}

Test(control, a_client_is_not_read_while_1024_requests_are_under_way)
{
	struct buffer lines = {0};

	fake->hold = true;
	for (int i = 0; i < 1500; i++)
		buffer_add_string(&lines, PING);
	peer_write(peer, buffer_bytes(&lines), buffer_size(&lines));
	buffer_free(&lines);
	wait_for(fake->asked == 1024);
	settle();
	cr_assert_eq(fake->asked, 1024);
	for (int i = 0; i < 10; i++)
		fake_answer(fake);
	wait_for(fake->asked == 1034);
	settle();
	cr_assert_eq(fake->asked, 1034);
	fake->hold = false;
	fake_answer_all(fake);
	for (int i = 0; i < 1500; i++)
		peer_expect(peer, PONG);
}

Test(control, a_client_with_a_stream_is_read_on_and_told_of_the_limit)
{
	peer_call(peer, "exec_open", "{\"id\":1}", "{\"stream\":1,\"credit\":262143}");
	fake->hold = true;
	for (int i = 0; i < 1025; i++)
		write_text(peer, PING);
	peer_expect_part(peer, "-32007");
	fake->hold = false;
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"a\"}", "{\"credit\":262142}");
	fake->hold = true;
	for (int i = 0; i < 1025; i++)
		peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"exec_feed\",\"params\":"
		                "{\"stream\":1,\"data\":\"\"}}");
	peer_expect_part(peer, "\"id\":2,\"error\":{\"code\":-32007");
	cr_assert_eq(fake_waiting(fake), 2048);
	fake->hold = false;
	fake_answer_all(fake);
	for (int i = 0; i < 1024; i++)
		peer_expect(peer, PONG);
	for (int i = 0; i < 1024; i++)
		peer_expect_part(peer, "\"id\":2,\"result\"");
	peer_call(peer, "exec_close", "{\"stream\":1}", "{\"id\":1,\"result\":\"[a]\"}");
}

/* Sends the line again until the daemon takes no more; gives how many bytes it took. */
static size_t stuff(struct peer *p, const char *line, size_t most)
{
	size_t n = strlen(line);
	size_t sent = 0;
	int full = 0;

	while (full < 100 && sent < most) {
		ssize_t r = send(p->fd, &line[sent % n], n - sent % n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (r > 0)
			sent += (size_t)r;
		full = r > 0 ? 0 : full + 1;
		ev_run(loop, EVRUN_NOWAIT);
	}
	return sent;
}

Test(control, a_client_that_never_reads_is_not_read_and_harms_nobody)
{
	static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.discover\"}\n";
	struct peer *deaf = peer_new();
	size_t most = (size_t)16 * 1024 * 1024;
	size_t sent = stuff(deaf, line, most);

	cr_assert_lt(sent, most);
	is_served(peer);
	/* Once the client reads, it is served again. */
	for (size_t i = 0; i < sent / (sizeof line - 1); i++)
		peer_expect_part(deaf, "openrpc");
	peer_free(deaf);
	is_served(peer);
}

Test(control, a_busy_client_delays_nobody)
{
	struct peer *busy = peer_new();
	struct buffer lines = {0};

	while (buffer_size(&lines) < 150000)
		buffer_add_string(&lines, PING);
	settle();
	cr_assert_gt(send(busy->fd, buffer_bytes(&lines), buffer_size(&lines), MSG_DONTWAIT),
	             100000);
	write_text(peer, PING);
	peer_expect(peer, PONG);
	cr_assert_lt(fake->asked, 500);
	buffer_free(&lines);
	peer_free(busy);
}

/* A request line of n bytes, its line end included. */
static char *long_line(size_t n)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec\",\"params\":"
	                           "{\"id\":1,\"args\":[\"";
	struct buffer b = {0};

	buffer_add_string(&b, head);
	while (buffer_size(&b) < n - 5)
		buffer_add(&b, "x", 1);
	buffer_add(&b, "\"]}}\n", 6);
	return b.data;
}

Test(control, a_line_at_the_limit_is_served)
{
	cleanup_free char *line = long_line(LINE_1);

	fake->big = 1;
	cr_assert_eq(strlen(line), LINE_1);
	write_text(peer, line);
	peer_expect(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"id\":1,\"result\":\"x\"}}");
}

Test(control, a_line_over_the_limit_ends_the_connection)
{
	cleanup_free char *line = long_line(LINE_1 + 1);
	struct peer *greedy = peer_new();

	write_text(greedy, line);
	peer_expect_refusal(greedy);
	is_served(peer);
	cr_assert_eq(fake->asked, 1);
}

Test(control, a_line_without_an_end_ends_the_connection)
{
	struct peer *greedy = peer_new();

	for (int i = 0; i < 300; i++)
		write_text(greedy,
		           "0123456789012345678901234567890123456789012345678901234567890123"
		           "0123456789012345678901234567890123456789012345678901234567890123"
		           "0123456789012345678901234567890123456789012345678901234567890123"
		           "0123456789012345678901234567890123456789012345678901234567890123");
	is_served(peer);
	for (int i = 0; i < 4500; i++)
		write_text(greedy,
		           "0123456789012345678901234567890123456789012345678901234567890123"
		           "0123456789012345678901234567890123456789012345678901234567890123"
		           "0123456789012345678901234567890123456789012345678901234567890123"
		           "0123456789012345678901234567890123456789012345678901234567890123");
	peer_expect_refusal(greedy);
	is_served(peer);
}

Test(control, a_half_close_is_answered_and_then_closed)
{
	fake->hold = true;
	write_text(peer, PING PING);
	/* The last line needs no end. */
	peer_write(peer, PING, sizeof PING - 2);
	shutdown(peer->fd, SHUT_WR);
	wait_for(fake_waiting(fake) == 3);
	settle();
	fake_answer_all(fake);
	for (int i = 0; i < 3; i++)
		peer_expect(peer, PONG);
	peer_expect_end(peer);
	cr_assert_eq(fake->sessions, 0);
}

/* A request that is a notification. */
#define TELL "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"params\":{\"id\":5}}\n"

Test(control, what_a_client_asked_is_cancelled_when_it_is_gone)
{
	struct peer *gone = peer_new();

	fake->hold = true;
	write_text(gone, PING PING TELL);
	wait_for(fake_waiting(fake) == 3);
	peer_free(gone);
	wait_for(fake->sessions == 0);
	cr_assert_eq(fake->cancelled, 2);
}

Test(control, one_that_was_closed_by_half_may_be_gone_later)
{
	struct peer *gone = peer_new();

	fake->hold = true;
	write_text(gone, PING);
	shutdown(gone->fd, SHUT_WR);
	wait_for(fake_waiting(fake) == 1);
	settle();
	cr_assert_eq(fake->cancelled, 0);
	peer_free(gone);
	wait_for(fake->cancelled > 0);
	wait_for(fake->sessions == 0);
}

/* With so much under way a client is not read, and its end is seen all the same. */
Test(control, one_that_is_not_read_may_be_gone)
{
	struct peer *gone = peer_new();

	fake->hold = true;
	for (int i = 0; i < 1024; i++)
		write_text(gone, PING);
	wait_for(fake_waiting(fake) == 1024);
	write_text(gone, TELL);
	settle();
	cr_assert_eq(fake_waiting(fake), 1024);
	peer_free(gone);
	wait_for(fake->cancelled == 1024);
	fake_answer_all(fake);
	wait_for(fake->sessions == 0);
}

Test(control, half_a_request_at_the_end_is_an_error)
{
	peer_write(peer, PING, 20);
	shutdown(peer->fd, SHUT_WR);
	peer_expect_part(peer, "-32700");
	peer_expect_end(peer);
}

Test(control, a_client_may_vanish_with_requests_under_way)
{
	struct peer *gone = peer_new();

	fake->hold = true;
	for (int i = 0; i < 100; i++)
		write_text(gone, PING);
	peer_send(gone, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pingall\"},"
	                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tree\"}]");
	wait_for(fake_waiting(fake) == 101);
	peer_free(gone);
	wait_for(fake_waiting(fake) == 0);
	cr_assert_eq(fake->sessions, 0);
	fake->hold = false;
	is_served(peer);
}

Test(control, what_a_client_sent_before_it_vanished_is_done)
{
	struct peer *gone = peer_new();
	struct buffer lines = {0};

	for (int i = 0; i < 300; i++)
		buffer_add_string(&lines, PING);
	cr_assert_eq(send(gone->fd, buffer_bytes(&lines), buffer_size(&lines), MSG_DONTWAIT),
	             (ssize_t)buffer_size(&lines));
	peer_free(gone);
	buffer_free(&lines);
	wait_for(fake->asked == 300);
	wait_for(fake->sessions == 0);
}

Test(control, a_client_may_vanish_with_output_unread)
{
	struct peer *gone = peer_new();

	fake->big = (size_t)8 * 1024 * 1024;
	for (int i = 0; i < 3; i++)
		peer_send(gone, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec\",\"params\":"
		                "{\"id\":1,\"args\":[]}}");
	settle();
	peer_free(gone);
	wait_for(fake->sessions == 0);
	is_served(peer);
}

Test(control, the_end_may_come_in_the_middle_of_everything)
{
	fake->hold = true;
	peer_call(peer, "subscribe", "{\"since\":0}", "{\"subscription\":1,\"seq\":0}");
	peer_send(peer, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pingall\"}]");
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec_open\",\"params\":"
	                "{\"id\":1,\"args\":[\"a\"]}}");
	wait_for(fake_waiting(fake) == 2);
	fake_answer(fake);
	fake_event(fake, EVENT_NODE_CREATED, 5);
	write_text(peer, "{\"half");
}

Test(control_config, the_longest_line_can_be_set)
{
	cleanup_free char *line = long_line(301);
	struct peer *greedy;

	control_start(300, 0);
	peer = peer_new();
	greedy = peer_new();
	write_text(greedy, line);
	peer_expect_refusal(greedy);
	is_served(peer);
	peer_free(peer);
	control_stop();
}
