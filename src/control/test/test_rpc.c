/* JSON-RPC: envelopes, ids, batches, and the end. */
#include "base/clock.h"
#include "control/test/rpc_fixture.h"
#include "wire/json.h"

CONTROL_SUITE(rpc, 60);

Test(rpc, replies_carry_the_requests_id)
{
	static const char *const ids[] = {"0",
	                                  "-1",
	                                  "7",
	                                  "9007199254740992",
	                                  "\"\"",
	                                  "\"a\"",
	                                  "\"ключ\"",
	                                  "\"\\\"\\\\\\n\"",
	                                  "\"1\"",
	                                  "null",
	                                  "-9007199254740992"};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		cleanup_free char *line =
		    mem_format("{\"method\":\"kill\",\"id\":%s,\"jsonrpc\":\"2.0\","
		               "\"params\":{\"id\":1}}",
		               ids[i]);
		cleanup_free char *reply = mem_format(
		    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"removed\":[10,11]}}", ids[i]);
		peer_ask(peer, line, reply);
	}
}

Test(rpc, an_id_may_be_a_whole_number_in_any_clients_form)
{
	static const struct {
		const char *id;
		const char *reply;
	} rows[] = {{"1.0", "1"},
	            {"-7.000", "-7"},
	            {"0.0", "0"},
	            {"9007199254740992.0", "9007199254740992"}};
	static const char *const wrong[] = {"1.5",
	                                    "1.00000000000000000000000000001",
	                                    "9007199254740993.0",
	                                    "9007199254740992.5",
	                                    "1e0",
	                                    "1.0e0",
	                                    "0.00001e5"};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *line =
		    mem_format("{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\","
		               "\"params\":[10]}",
		               rows[i].id);
		cleanup_free char *reply = mem_format("{\"jsonrpc\":\"2.0\",\"id\":%s,"
		                                      "\"result\":{\"id\":10,\"available\":true}}",
		                                      rows[i].reply);
		peer_ask(peer, line, reply);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_free char *line =
		    mem_format("{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"pingall\"}", wrong[i]);
		answered(line, NULL_ID "-32600,");
	}
}

Test(rpc, bad_envelopes_are_invalid_requests)
{
	static const char *const lines[] = {
	    "7",
	    "null",
	    "\"x\"",
	    "{}",
	    "[]",
	    "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"pingall\"}",
	    "{\"jsonrpc\":\"2.0\",\"id\":1e400,\"method\":\"pingall\"}",
	    "{\"jsonrpc\":\"2.0\",\"id\":9007199254740993,\"method\":\"pingall\"}",
	    "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"pingall\"}",
	    "{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"pingall\"}",
	    "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"pingall\"}"};
	static const char *const with_id[] = {
	    "{\"id\":1}",
	    "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"pingall\"}",
	    "{\"jsonrpc\":2,\"id\":1,\"method\":\"pingall\"}",
	    "{\"jsonrpc\":\"2.0\",\"id\":1}",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":1,\"method\":\"pingall\"}",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"method\":\"pingall\"}",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"Method\":\"ping\",\"method\":\"pingall\"}",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pingall\",\"extra\":1}",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pingall\",\"trace\":1}",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pingall\",\"trace\":\"yes\"}"};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		answered(lines[i], NULL_ID "-32600,");
	for (size_t i = 0; i < ARRAY_SIZE(with_id); i++)
		answered(with_id[i], ID_1 "-32600,");
	cr_assert_eq(fake->asked, 0);
}

/* Beside the result or the error. */
Test(rpc, a_traced_request_is_told_where_it_was)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"id\":10,"
	                           "\"available\":true},\"trace\":{\"request\":0,\"start_us\":";

	answered("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[10],"
	         "\"trace\":true}",
	         head);
	cr_expect_eq(fake->traces, 1);
	cr_expect_not(fake->traced);
	peer_ask(peer,
	         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[10],"
	         "\"trace\":false}",
	         "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"id\":10,\"available\":true}}");
	fake->fails = ERR_NOT_FOUND;
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec\",\"params\":{\"id\":1,"
	                "\"args\":[]},\"trace\":true}");
	peer_expect_part(peer, "}},\"trace\":{\"request\":0,");
	cr_expect_eq(fake->traces, 2);
	cr_expect_not(fake->traced);
}

Test(rpc, a_long_string_is_no_id)
{
	struct buffer b = {0};

	buffer_add_string(&b, "{\"jsonrpc\":\"2.0\",\"method\":\"pingall\",\"id\":\"");
	for (int i = 0; i < 1025; i++)
		buffer_add(&b, "x", 1);
	buffer_add(&b, "\"}", 3);
	answered(buffer_bytes(&b), NULL_ID "-32600,");
	buffer_free(&b);
}

Test(rpc, what_is_no_json_is_a_parse_error_and_the_connection_goes_on)
{
	static const char *const lines[] = {
	    "{",
	    "nothing",
	    "{\"a\":1} {\"b\":2}",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pingall\",}",
	    "%s%n%s%n",
	    "\xff",
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\xc0\x80\"}",
	    "{\"jsonrpc\":\"2.0\",\"id\":01,\"method\":\"pingall\"}"};
	struct buffer deep = {0};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		answered(lines[i], NULL_ID "-32700,");
	for (int i = 0; i < 10000; i++)
		buffer_add(&deep, "[", 1);
	buffer_add(&deep, "", 1);
	answered(buffer_bytes(&deep), NULL_ID "-32700,");
	buffer_free(&deep);
	peer_write(peer, "\0\n", 2);
	peer_expect_part(peer, "-32700");
	peer_call(peer, "kill", "{\"id\":1}", "{\"removed\":[10,11]}");
}

Test(rpc, blank_lines_say_nothing)
{
	peer_write(peer, "\n\r\n  \t\n", 7);
	peer_call(peer, "kill", "{\"id\":1}", "{\"removed\":[10,11]}");
}

Test(rpc, refused_lines_that_are_json_are_answered_by_id)
{
	struct buffer b = {0};

	answered("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec\",\"params\":{\"id\":1,"
	         "\"args\":[\"a\\u0000b\"]}}",
	         ID_1 "-32602,");
	buffer_add_string(&b, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec\",\"params\":"
	                      "{\"id\":1,\"args\":[\"1\"");
	for (int i = 0; i < 20000; i++)
		buffer_add_string(&b, ",\"1\"");
	buffer_add(&b, "]}}", 4);
	peer_send(peer, buffer_bytes(&b));
	peer_expect_part(peer, ID_1 "-32007,\"message\":\"more than 16384 values in one line; "
	                            "exec_open takes more\"");
	buffer_free(&b);
	cr_assert_eq(fake->asked, 0);
}

Test(rpc, notifications_run_and_are_not_answered)
{
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"create\",\"params\":{\"id\":5}}");
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"tree\"}");
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"nothing\"}");
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"params\":{\"id\":1.5}}");
	peer_call(peer, "kill", "{\"id\":1}", "{\"removed\":[10,11]}");
	cr_assert_eq(fake->asked, 2);
}

Test(rpc, a_batch_is_answered_when_its_last_reply_is_there)
{
	fake->hold = true;
	peer_send(peer, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"id\":5}},"
	                "{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"params\":{\"id\":6}},7,"
	                "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"heartbeat\","
	                "\"params\":{\"interval_ms\":5}}]");
	peer_call(peer, "heartbeat", "{\"interval_ms\":6}", "{\"interval_ms\":6}");
	fake_answer(fake);
	peer_call(peer, "heartbeat", "{\"interval_ms\":7}", "{\"interval_ms\":7}");
	fake_answer(fake);
	peer_expect(peer,
	            "[{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":"
	            "\"a request is an object\",\"data\":{\"name\":\"INVALID_REQUEST\"}}},"
	            "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{\"interval_ms\":5}},"
	            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"id\":5,\"available\":true}}]");
}

Test(rpc, a_batch_of_notifications_is_not_answered)
{
	peer_send(peer, "[{\"jsonrpc\":\"2.0\",\"method\":\"pingall\"},"
	                "{\"jsonrpc\":\"2.0\",\"method\":\"tree\"}]");
	peer_call(peer, "kill", "{\"id\":1}", "{\"removed\":[10,11]}");
	cr_assert_eq(fake->asked, 2);
}

Test(rpc, a_batch_too_large_is_refused_whole)
{
	struct buffer b = {0};

	for (int i = 0; i < 1025; i++)
		buffer_add_string(&b, i ? ",7" : "[7");
	buffer_add(&b, "]", 2);
	answered(buffer_bytes(&b), NULL_ID "-32007,");
	buffer_free(&b);
}

Test(rpc, a_request_is_cancelled_by_its_id)
{
	static const char *const ids[] = {"7", "-7", "\"7\"", "\"\\n\""};
	static const char *const others[] = {"8", "\"8\"", "\"\"", "1"};

	fake->hold = true;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		cleanup_free char *ping = mem_format(
		    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\",\"params\":[10]}", ids[i]);
		cleanup_free char *cancelled = mem_format(
		    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32009,", ids[i]);
		cleanup_free char *params = mem_format("[%s]", ids[i]);

		peer_send(peer, ping);
		for (size_t k = 0; k < ARRAY_SIZE(others); k++) {
			cleanup_free char *other = mem_format("{\"request\":%s}", others[k]);
			peer_call(peer, "cancel", other, "{\"cancelled\":false}");
		}
		cr_assert_eq(fake_waiting(fake), 1);
		peer_send(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":[77]}");
		cleanup_free char *line = mem_format(
		    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"cancel\",\"params\":%s}", params);
		peer_send(peer, line);
		/* Its own reply comes first. */
		peer_expect_part(peer, cancelled);
		peer_expect(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"cancelled\":true}}");
		cr_assert_eq(fake_waiting(fake), 0);
	}
	peer_fail(peer, "cancel", NULL, -32602, "'request' is missing");
	peer_fail(peer, "cancel", "[1.5]", -32602, "'request' is no id of a request");
	peer_fail(peer, "cancel", "{\"request\":null}", -32602, "'request' is no id");
}

Test(rpc, services_are_listed_with_what_nobody_said_as_null)
{
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"services\"}");
	peer_expect(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"services\":["
	                  "{\"name\":\"sum\",\"kind\":\"builtin\",\"summary\":null,\"usage\":\"N\","
	                  "\"origin\":null},"
	                  "{\"name\":\"calc\",\"kind\":\"lines\",\"summary\":\"adds\","
	                  "\"usage\":\"ARG...\",\"origin\":\"dtreed.conf:1\"}]}}");
}

Test(rpc, shutdown_is_answered_first)
{
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"}");
	wait_for(shutdowns);
	peer_expect(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
	settle();
	cr_assert_eq(shutdowns, 1);
}

Test(rpc, shutdown_in_a_batch_waits_for_its_replies)
{
	fake->hold = true;
	peer_send(peer,
	          "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"},"
	          "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\",\"params\":{\"id\":5}}]");
	wait_for(fake->asked);
	settle();
	cr_assert_eq(shutdowns, 0);
	fake_answer(fake);
	wait_for(shutdowns);
	peer_expect_part(peer, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}},");
}

Test(rpc, shutdown_comes_when_nobody_hears)
{
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"method\":\"shutdown\"}");
	wait_for(shutdowns);
}
