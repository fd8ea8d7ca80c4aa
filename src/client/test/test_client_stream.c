/* An exec in pieces at the end of the connection: it may have run once its close was written. */
#include "dtree/client.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "client/test/client_pair.h"

TestSuite(client_stream, .timeout = 60);

#define LARGE ((size_t)128 * 1024)

/* Opens a stream with more bytes than one request takes. */
static struct dtree_stream *stream_open(struct pair *p, struct fate *fate)
{
	struct dtree_stream *stream =
	    dtree_exec_open(p->client, 1, DTREE_BLANKS, on_reply, fate, NULL);
	char *ones = mem_try(LARGE);

	memset(ones, '1', LARGE);
	cr_assert_eq(dtree_exec_feed(stream, ones, LARGE, NULL), 0);
	free(ones);
	cr_assert_eq(dtree_client_process(p->client, NULL), 0);
	return stream;
}

/* An exec that fits into one request, complete. */
static void small_exec(struct pair *p, struct fate *fate)
{
	struct dtree_stream *stream =
	    dtree_exec_open(p->client, 1, DTREE_BLANKS, on_reply, fate, NULL);

	cr_assert_eq(dtree_exec_feed(stream, "1 2", 3, NULL), 0);
	cr_assert_eq(dtree_exec_close(stream, NULL), 0);
}

/* Ends the connection, and checks the stream's outcome; NULL: it gets no answer. */
static void end(struct pair *p, const struct fate *fate, const char *outcome)
{
	pair_die(p);
	process_until_lost(p);
	if (outcome)
		fate_is(fate, outcome);
	else
		cr_assert_eq(fate->answers, 0);
	pair_close(p);
}

/* dtreed answers exec_open, the first request; then all feeds are sent. */
static void stream_credit(struct pair *p)
{
	pair_say(p, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"stream\":1,\"credit\":262143}}\n");
	cr_assert_eq(dtree_client_process(p->client, NULL), 0);
	cr_assert_eq(dtree_client_process(p->client, NULL), 0);
	cr_assert_gt(dtree_client_due(p->client), 0);
	cr_assert_eq(dtree_client_unsent(p->client), 0);
}

Test(client_stream, a_stream_that_was_not_closed_did_not_run)
{
	for (int open = 0; open < 2; open++) {
		struct pair p;
		struct fate fate = {0};

		pair_open(&p);
		stream_open(&p, &fate);
		if (open)
			stream_credit(&p);
		end(&p, &fate, "not_run");
	}
}

Test(client_stream, a_stream_whose_close_waits_did_not_run)
{
	struct pair p;
	struct fate fate = {0};

	pair_open(&p);
	cr_assert_eq(dtree_exec_close(stream_open(&p, &fate), NULL), 0);
	end(&p, &fate, "not_run");
}

Test(client_stream, a_stream_that_was_closed_may_have_run)
{
	struct pair p;
	struct fate fate = {0};

	pair_open(&p);
	cr_assert_eq(dtree_exec_close(stream_open(&p, &fate), NULL), 0);
	stream_credit(&p);
	end(&p, &fate, "unknown");
}

Test(client_stream, a_small_exec_may_have_run_once_it_is_written)
{
	for (int written = 0; written < 2; written++) {
		struct pair p;
		struct fate fate = {0};

		pair_open(&p);
		small_exec(&p, &fate);
		if (written)
			cr_assert_eq(dtree_client_process(p.client, NULL), 0);
		end(&p, &fate, written ? "unknown" : "not_run");
	}
}

Test(client_stream, a_stream_that_is_cancelled_is_given_up_in_dtreed_too)
{
	static const char *const words[] = {
	    "\"method\":\"exec_close\",\"params\":{\"stream\":1,\"abandon\":true}",
	    "\"method\":\"cancel\",\"params\":{\"request\":"};

	for (int closed = 0; closed < 2; closed++) {
		struct pair p;
		struct fate fate = {0};
		struct dtree_stream *stream;

		pair_open(&p);
		stream = stream_open(&p, &fate);
		if (closed)
			cr_assert_eq(dtree_exec_close(stream, NULL), 0);
		stream_credit(&p);
		dtree_client_cancel(p.client, &fate);
		cr_assert_eq(dtree_client_process(p.client, NULL), 0);
		pair_heard(&p, words[closed]);
		end(&p, &fate, NULL);
	}
}

Test(client_stream, a_small_exec_that_is_cancelled_is_not_answered)
{
	struct pair p;
	struct fate fate = {0};

	pair_open(&p);
	small_exec(&p, &fate);
	dtree_client_cancel(p.client, &fate);
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	pair_heard(&p, "\"method\":\"cancel\",\"params\":{\"request\":1}}");
	pair_say(&p, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"id\":1,\"result\":\"3\"}}\n");
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	end(&p, &fate, NULL);
}

Test(client_stream, one_that_was_sent_whole_is_answered_when_it_is_cancelled)
{
	static const char fate_of[] =
	    "\"error\":{\"code\":-32009,\"message\":\"\",\"data\":{\"outcome\":\"not_run\"}}}\n";

	for (unsigned whole = 0; whole < 2; whole++) {
		struct pair p;
		struct fate fate = {0};
		cleanup_free char *said = mem_format("{\"jsonrpc\":\"2.0\",\"id\":1,%s", fate_of);

		pair_open(&p);
		if (whole)
			small_exec(&p, &fate);
		else
			stream_open(&p, &fate);
		cr_assert_eq(dtree_client_ask_cancel(p.client, &fate), whole);
		cr_assert_eq(dtree_client_process(p.client, NULL), 0);
		if (whole) {
			pair_heard(&p, "\"method\":\"cancel\",\"params\":{\"request\":1}}");
			pair_say(&p, said);
			cr_assert_eq(dtree_client_process(p.client, NULL), 0);
			fate_is_cancelled(&fate, "not_run");
		}
		cr_assert_eq(fate.answers, whole);
		pair_close(&p);
	}
}

Test(client_stream, an_abandoned_stream_is_silent_when_the_connection_ends)
{
	for (int open = 0; open < 2; open++) {
		struct pair p;
		struct fate fate = {0};
		struct dtree_stream *stream;

		pair_open(&p);
		stream = stream_open(&p, &fate);
		if (open)
			stream_credit(&p);
		dtree_exec_abandon(stream);
		end(&p, &fate, NULL);
	}
}

struct closer {
	struct dtree_stream *stream;
	struct fate fate;
};

static void on_reply_and_close(void *arg, const struct dtree_reply *reply)
{
	struct closer *closer = arg;

	on_reply(&closer->fate, reply);
	cr_assert_eq(dtree_exec_close(closer->stream, NULL), 0);
}

Test(client_stream, a_stream_may_be_closed_from_a_reply_that_was_lost)
{
	struct pair p;
	struct closer closer = {0};
	struct fate fate = {0};

	pair_open(&p);
	cr_assert_eq(dtree_client_send(p.client, dtree_request_new("tree"), on_reply_and_close,
	                               &closer, NULL),
	             0);
	closer.stream = dtree_exec_open(p.client, 1, DTREE_BLANKS, on_reply, &fate, NULL);
	cr_assert_eq(dtree_exec_feed(closer.stream, "1", 1, NULL), 0);
	pair_die(&p);
	process_until_lost(&p);
	fate_is(&closer.fate, "not_run");
	fate_is(&fate, "not_run");
	pair_close(&p);
}

Test(client_stream, an_exec_may_name_its_node_or_a_group)
{
	struct pair p;
	struct fate fate = {0};
	struct dtree_stream *stream;
	struct dtree_error err;

	pair_open(&p);
	stream = dtree_exec_open(p.client, 1, DTREE_BLANKS, on_reply, &fate, NULL);
	cr_assert_eq(dtree_exec_name(stream, "a\xff", 2, &err), -1);
	cr_assert_eq(err.code, DTREE_INVALID);
	cr_assert_eq(dtree_exec_name(stream, "a\0b", 3, &err), -1);
	cr_assert_eq(dtree_exec_name(stream, "worker", 6, &err), 0);
	cr_assert_eq(dtree_exec_close(stream, NULL), 0);
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	pair_heard(&p, "\"method\":\"exec\",\"params\":{\"id\":\"@worker\",");
	stream = dtree_exec_open(p.client, 1, DTREE_BLANKS, on_reply, &fate, NULL);
	cr_assert_eq(dtree_exec_any(stream, "workers", 7, &err), 0);
	cr_assert_eq(dtree_exec_close(stream, NULL), 0);
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	pair_heard(&p, "\"method\":\"exec\",\"params\":{\"group\":\"workers\",");
	pair_close(&p);
}
