/* libdtree at the end of the connection: the outcome of each request. */
#include "dtree/client.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "client/test/client_pair.h"

TestSuite(client, .timeout = 60);

Test(client, a_request_that_was_written_may_have_run)
{
	struct pair p;
	struct fate fate = {0};

	pair_open(&p);
	ask(&p, &fate);
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	cr_assert_eq(dtree_client_unsent(p.client), 0);
	pair_die(&p);
	process_until_lost(&p);
	fate_is(&fate, "unknown");
	pair_close(&p);
}

Test(client, a_request_that_was_never_written_did_not_run)
{
	struct pair p;
	struct fate fate = {0};

	pair_open(&p);
	pair_die(&p);
	ask(&p, &fate);
	process_until_lost(&p);
	fate_is(&fate, "not_run");
	pair_close(&p);
}

/* The peer does not read: a request that the socket did not take whole was not sent. */
Test(client, a_request_that_was_cut_off_did_not_run)
{
	enum { COUNT = 8 };
	char *large = mem_try(512 * 1024 + 1);
	struct fate fates[COUNT] = {0};
	struct pair p;

	memset(large, 'x', 512 * 1024);
	pair_open(&p);
	for (size_t i = 0; i < COUNT; i++) {
		struct dtree_request *request = dtree_request_new("call");
		/* A small request, which fits, and large ones. */
		dtree_request_string(request, "data", large, i ? 512 * 1024 : 1);
		cr_assert_eq(dtree_client_send(p.client, request, on_reply, &fates[i], NULL), 0);
	}
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	cr_assert_gt(dtree_client_unsent(p.client), (COUNT - 2) * 512 * 1024);
	pair_die(&p);
	process_until_lost(&p);
	fate_is(&fates[0], "unknown");
	for (size_t i = 1; i < COUNT; i++)
		fate_is(&fates[i], "not_run");
	pair_close(&p);
	free(large);
}

Test(client, a_request_that_was_cancelled_is_not_answered)
{
	struct pair p;
	struct fate kept = {0};
	struct fate cancelled = {0};

	pair_open(&p);
	ask(&p, &kept);
	ask(&p, &cancelled);
	dtree_client_cancel(p.client, &cancelled);
	dtree_client_cancel(p.client, &p);
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	pair_heard(&p, "\"method\":\"cancel\",\"params\":{\"request\":2}}");
	/* A late answer, or dtreed's answer to a cancelled request. */
	pair_say(&p, "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32009,"
	             "\"message\":\"\"}}\n{\"jsonrpc\":\"2.0\",\"id\":3,"
	             "\"result\":{\"cancelled\":true}}\n");
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	cr_assert_eq(dtree_client_due(p.client), 1);
	pair_die(&p);
	process_until_lost(&p);
	fate_is(&kept, "unknown");
	cr_assert_eq(cancelled.answers, 0);
	dtree_client_cancel(p.client, &kept);
	pair_close(&p);
}

Test(client, a_request_that_dtreed_is_asked_to_cancel_is_answered_with_its_fate)
{
	struct pair p;
	struct fate fate = {0};

	pair_open(&p);
	ask(&p, &fate);
	cr_assert_eq(dtree_client_ask_cancel(p.client, &p), 0);
	cr_assert_eq(dtree_client_ask_cancel(p.client, &fate), 1);
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	pair_heard(&p, "\"method\":\"cancel\",\"params\":{\"request\":1}}");
	cr_assert_eq(fate.answers, 0);
	pair_say(&p, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32009,\"message\":\"\","
	             "\"data\":{\"outcome\":\"not_run\"}}}\n{\"jsonrpc\":\"2.0\",\"id\":2,"
	             "\"result\":{\"cancelled\":true}}\n");
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	fate_is_cancelled(&fate, "not_run");
	cr_assert_eq(dtree_client_due(p.client), 0);
	pair_close(&p);
}

Test(client, a_lost_client_refuses_what_comes_after)
{
	struct pair p;
	struct dtree_error err;
	struct fate fate = {0};

	pair_open(&p);
	pair_die(&p);
	process_until_lost(&p);
	cr_assert_eq(dtree_client_send(p.client, dtree_request_new("tree"), on_reply, &fate, &err),
	             -1);
	cr_assert_eq(err.code, DTREE_LOST);
	cr_assert_null(dtree_exec_open(p.client, 1, DTREE_BLANKS, on_reply, &fate, &err));
	cr_assert_eq(err.code, DTREE_LOST);
	cr_assert_null(dtree_client_call(p.client, dtree_request_new("tree"), -1, &err));
	cr_assert_eq(err.code, DTREE_LOST);
	cr_assert_eq(fate.answers, 0);
	pair_close(&p);
}

Test(client, a_connection_that_is_refused_runs_nothing)
{
	static const char denied[] = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32008,"
	                             "\"message\":\"no\"}}\n";
	struct fate fates[2] = {0};
	struct pair p;

	pair_open(&p);
	ask(&p, &fates[0]);
	ask(&p, &fates[1]);
	pair_say(&p, denied);
	process_until_lost(&p);
	fate_is(&fates[0], "not_run");
	fate_is(&fates[1], "not_run");
	pair_close(&p);
}

/* dtreed refuses one of several lines: it is unknown which. */
Test(client, a_refused_line_did_not_run_where_it_is_the_only_one)
{
	static const char limit[] = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32007,"
	                            "\"message\":\"too long\"}}\n";
	struct fate fates[2] = {0};
	struct pair p;

	pair_open(&p);
	ask(&p, &fates[0]);
	pair_say(&p, limit);
	process_until_lost(&p);
	fate_is(&fates[0], "not_run");
	pair_close(&p);

	memset(fates, 0, sizeof fates);
	pair_open(&p);
	ask(&p, &fates[0]);
	ask(&p, &fates[1]);
	pair_say(&p, limit);
	process_until_lost(&p);
	fate_is(&fates[0], "unknown");
	fate_is(&fates[1], "unknown");
	pair_close(&p);
}

/* Sends one more request, and the other end is closed. */
struct last_words {
	struct pair *pair;
	struct fate fate;
};

static void on_last_words(void *arg, const struct dtree_reply *reply)
{
	struct last_words *last = arg;

	(void)reply;
	ask(last->pair, &last->fate);
	pair_die(last->pair);
}

Test(client, a_call_gives_a_reply_that_says_what_is_known)
{
	struct pair p;
	struct last_words last = {.pair = &p};
	struct fate other = {0}, fate = {0};
	struct dtree_reply *reply;

	pair_open(&p);
	dtree_client_send(p.client, dtree_request_new("tree"), on_last_words, &last, NULL);
	ask(&p, &other);
	pair_say(&p, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
	reply = dtree_client_call(p.client, dtree_request_new("kill"), -1, NULL);
	cr_assert(reply);
	on_reply(&fate, reply);
	dtree_reply_free(reply);
	/* The request before it, the call, and the request after it. */
	fate_is(&other, "unknown");
	fate_is(&fate, "unknown");
	fate_is(&last.fate, "not_run");
	pair_close(&p);
}

Test(client, a_call_that_is_not_answered_in_time_may_have_run)
{
	struct pair p;
	struct dtree_reply *reply;

	pair_open(&p);
	reply = dtree_client_call(p.client, dtree_request_new("kill"), 1, NULL);
	cr_assert(reply);
	cr_assert_eq(dtree_reply_code(reply), DTREE_TIMEOUT);
	cr_assert_str_eq(dtree_reply_name(reply), "TIMEOUT");
	cr_assert_str_eq(dtree_reply_outcome(reply), "unknown");
	dtree_reply_free(reply);
	/* A later request has its own answer. */
	pair_say(&p, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":1}}\n"
	             "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"a\":2}}\n");
	reply = dtree_client_call(p.client, dtree_request_new("kill"), -1, NULL);
	cr_assert_str_eq(dtree_reply_json(reply, NULL), "{\"a\":2}");
	dtree_reply_free(reply);
	pair_close(&p);
}

Test(client, an_error_of_this_side_has_the_form_of_dtreeds)
{
	static const struct {
		int code;
		bool may_have_run;
		const char *json;
	} rows[] = {
	    {DTREE_NO_DAEMON, false,
	     "{\"code\":-1,\"message\":\"m\",\"data\":{\"name\":\"NO_DAEMON\",\"outcome\":\"not_"
	     "run\"}}"},
	    {DTREE_LOST, true,
	     "{\"code\":-2,\"message\":\"m\",\"data\":{\"name\":\"LOST\",\"outcome\":\"unknown\"}"
	     "}"},
	    {DTREE_INVALID, false,
	     "{\"code\":-4,\"message\":\"m\",\"data\":{\"name\":\"INVALID\",\"outcome\":\"not_"
	     "run\"}"
	     "}"},
	    {DTREE_NOT_FOUND, false,
	     "{\"code\":-32002,\"message\":\"m\",\"data\":{\"name\":\"NOT_FOUND\",\"outcome\":"
	     "\"not_"
	     "run\"}}"},
	    {-99, false, "{\"code\":-99,\"message\":\"m\",\"data\":{\"outcome\":\"not_run\"}}"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dtree_reply *reply =
		    dtree_reply_error(rows[i].code, "m", rows[i].may_have_run);
		cr_assert_eq(dtree_reply_code(reply), rows[i].code);
		cr_assert_str_eq(dtree_reply_json(reply, NULL), rows[i].json);
		dtree_reply_free(reply);
	}
}

#define TRACEPARENT(n) "00-0af7651916cd43dd8448eb211c80319c-000000000000000" #n "-01"

Test(client, requests_belong_to_the_trace_that_was_named_before)
{
	struct dtree_stream *stream;
	struct dtree_error err;
	struct fate fates[4] = {0};
	struct pair p;

	pair_open(&p);
	cr_assert_eq(dtree_client_traceparent(p.client, TRACEPARENT(1), &err), 0);
	stream = dtree_exec_open(p.client, 3, DTREE_WHOLE, on_reply, &fates[0], &err);
	cr_assert_eq(dtree_client_traceparent(p.client, TRACEPARENT(2), &err), 0);
	ask(&p, &fates[1]);
	cr_assert_eq(dtree_client_traceparent(p.client, "00-none", &err), -1);
	cr_assert_eq(err.code, DTREE_INVALID);
	cr_assert_eq(dtree_exec_close(stream, &err), 0);
	cr_assert_eq(dtree_client_traceparent(p.client, NULL, &err), 0);
	ask(&p, &fates[2]);
	cr_assert_eq(dtree_client_process(p.client, NULL), 0);
	pair_heard(
	    &p,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pingall\",\"traceparent\":\"" TRACEPARENT(
	        2) "\",\"params\":{}}\n"
	           "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"exec\",\"traceparent\":"
	           "\"" TRACEPARENT(
	               1) "\",\"params\":{\"id\":3,\"args\":[]}}\n"
	                  "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"pingall\",\"params\":{}}\n");
	pair_close(&p);
}
