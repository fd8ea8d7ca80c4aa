/* The protocol of the control socket: envelopes, parameters, batches, every method, every error. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "control/test/control_fixture.h"
#include "wire/json.h"

CONTROL_SUITE(rpc, 60);

#define NULL_ID "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":"
#define ID_1    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":"

/* A line and the beginning of its reply. */
static void answered(const char *line, const char *head)
{
	cleanup_free char *got = NULL;

	peer_send(peer, line);
	got = peer_line(peer);
	cr_assert(got && strncmp(got, head, strlen(head)) == 0, "%.200s: %s", line, got);
}

Test(rpc, methods_answer_as_promised)
{
	fake->heartbeat_ms = 1000;
	peer_call(peer, "create", "{\"id\":10}", "{\"id\":10,\"pid\":4000,\"parent\":-1}");
	peer_call(peer, "create",
	          "{\"id\":11,\"parent\":10,\"service\":\"dict\",\"restart\":\"no\"}",
	          "{\"id\":11,\"pid\":4000,\"parent\":10}");
	peer_call(peer, "create", "{\"id\":12,\"parent\":-1}",
	          "{\"id\":12,\"pid\":4000,\"parent\":-1}");
	peer_call(peer, "exec", "{\"id\":10,\"args\":[\"3\",\"a b\",\"\"]}",
	          "{\"id\":10,\"result\":\"[3][a b][]\"}");
	peer_call(peer, "exec", "{\"id\":10,\"args\":[]}", "{\"id\":10,\"result\":null}");
	peer_call(peer, "exec_all", "{\"args\":[]}",
	          "{\"results\":[{\"id\":10,\"result\":\"6\"}],\"errors\":[{\"id\":11,"
	          "\"code\":-32005,\"name\":\"NODE_UNAVAILABLE\",\"message\":\"node 11 is dead\","
	          "\"outcome\":\"not_run\"}]}");
	peer_call(peer, "exec_all", "{\"args\":[\"1\"],\"reduce\":\"min\"}",
	          "{\"reduced\":\"-9223372036854775808\",\"count\":1,\"errors\":[{\"id\":11,"
	          "\"code\":-32005,\"name\":\"NODE_UNAVAILABLE\",\"message\":\"node 11 is dead\","
	          "\"outcome\":\"not_run\"}]}");
	peer_call(peer, "exec_all", "{\"args\":[],\"subtree\":10,\"reduce\":\"sum\"}",
	          "{\"reduced\":null,\"count\":0,\"errors\":[]}");
	peer_fail(peer, "exec_all", "{}", -32602, "'args' is missing");
	peer_fail(peer, "exec_all", "{\"args\":[],\"subtree\":-1}", -32602, "subtree");
	peer_call(peer, "ping", "{\"id\":10}", "{\"id\":10,\"available\":true}");
	peer_call(peer, "pingall", NULL, "{\"unavailable\":[7,10,15]}");
	peer_call(peer, "pingall", "{}", "{\"unavailable\":[7,10,15]}");
	peer_call(peer, "kill", "{\"id\":10}", "{\"removed\":[10,11]}");
	peer_call(peer, "heartbeat", "{\"interval_ms\":200}", "{\"interval_ms\":200}");
	cr_assert_eq(fake->heartbeat_ms, 200);
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\"}");
	peer_expect_part(peer, "{\"name\":\"dtreed\",\"version\":\"" PACKAGE_VERSION
	                       "\",\"protocol\":1,\"topology\":\"bst\",\"service\":\"sum\","
	                       "\"node\":-1,\"pid\":");
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tree\"}");
	peer_expect_part(peer, "{\"nodes\":[{\"id\":10,\"parent\":-1,\"link\":-1,\"pid\":4000,"
	                       "\"state\":\"available\",\"service\":\"sum\",\"depth\":1,");
	peer_send(peer,
	          "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\",\"params\":{\"id\":10}}");
	peer_expect_part(peer, "\"result\":{\"id\":10,\"parent\":-1,");
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}");
	peer_expect_part(peer, "\"nodes\":2,\"unavailable\":0,\"max_nodes\":100,\"pending\":0,"
	                       "\"clients\":1,");
	peer_fail(peer, "status", "{\"id\":11}", -32002, "\"name\":\"NOT_FOUND\"");
}

Test(rpc, every_error_of_the_controller_has_its_name)
{
	static const enum error_code codes[] = {ERR_ALREADY_EXISTS,   ERR_NOT_FOUND,
	                                        ERR_PARENT_NOT_FOUND, ERR_PARENT_UNAVAILABLE,
	                                        ERR_SERVICE,          ERR_LIMIT};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		cleanup_free char *data =
		    mem_format("\"message\":\"it is said to fail\",\"data\":{\"name\":\"%s\"}}}",
		               error_row(codes[i])->name);
		fake->fails = codes[i];
		peer_fail(peer, "create", "{\"id\":10}", codes[i], data);
		peer_fail(peer, "kill", "{\"id\":10}", codes[i], data);
		peer_fail(peer, "exec_open", "{\"id\":10}", codes[i], data);
	}
	fake->fails = ERR_NODE_UNAVAILABLE;
	peer_fail(peer, "exec", "{\"id\":10,\"args\":[]}", -32005,
	          "\"data\":{\"name\":\"NODE_UNAVAILABLE\",\"outcome\":\"unknown\"}}}");
}

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

Test(rpc, parameters_may_come_by_position)
{
	peer_call(peer, "ping", "[10]", "{\"id\":10,\"available\":true}");
	peer_call(peer, "create", "[10]", "{\"id\":10,\"pid\":4000,\"parent\":-1}");
	peer_call(peer, "create", "[10,5,\"dict\",\"no\"]",
	          "{\"id\":10,\"pid\":4000,\"parent\":5}");
	peer_call(peer, "create", "[10,null,\"dict\"]", "{\"id\":10,\"pid\":4000,\"parent\":-1}");
	peer_call(peer, "heartbeat", "[200]", "{\"interval_ms\":200}");
	peer_call(peer, "exec", "[10,[\"a\"]]", "{\"id\":10,\"result\":\"[a]\"}");
}

Test(rpc, no_parameters_have_three_forms)
{
	static const char *const none[] = {"[]", "{}", "null"};

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		peer_call(peer, "pingall", none[i], "{\"unavailable\":[7,10,15]}");
	peer_call(peer, "pingall", NULL, "{\"unavailable\":[7,10,15]}");
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
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pingall\",\"extra\":1}"};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		answered(lines[i], NULL_ID "-32600,");
	for (size_t i = 0; i < ARRAY_SIZE(with_id); i++)
		answered(with_id[i], ID_1 "-32600,");
	cr_assert_eq(fake->asked, 0);
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

Test(rpc, unknown_methods_are_named)
{
	peer_fail(peer, "nothing", NULL, -32601, "no method 'nothing'");
	peer_fail(peer, "PING", NULL, -32601, "no method 'PING'; did you mean ping");
	peer_fail(peer, "\\u001b[2J", NULL, -32601, "no method '\\\\x1b[2J'");
}

Test(rpc, bad_params_are_named)
{
	static const struct {
		const char *method;
		const char *params;
		const char *says;
	} rows[] = {
	    {"ping", NULL, "'id' is missing"},
	    {"ping", "[]", "'id' is missing"},
	    {"ping", "{}", "'id' is missing"},
	    {"ping", "null", "'id' is missing"},
	    {"ping", "[null]", "'id' is missing"},
	    {"ping", "[10,11]", "'params' has 2 values; ping takes id"},
	    {"ping", "[\"10\"]", "'id' is not a number"},
	    {"ping", "[-1]", "id '-1' names the controller"},
	    {"ping", "[[10]]", "'id' is not a number"},
	    {"ping", "\"10\"", "'params' is neither an object nor an array"},
	    {"ping", "10", "'params' is neither an object nor an array"},
	    {"ping", "{\"id\":10,\"x\":2}", "unknown member 'x'; ping takes id"},
	    {"exec", "[1,null]", "'args' is missing"},
	    {"exec", "[1,[1]]", "'args' holds"},
	    {"create", "{\"id\":1,\"prent\":2}",
	     "unknown member 'prent'; create takes id, parent, service, restart"},
	    {"create", "{\"id\":1,\"parent\":null}", "'parent'"},
	    {"pingall", "[1]", "'params' has 1 values; pingall takes no parameters"},
	    {"pingall", "{\"a\":1}", "unknown member 'a'; pingall takes no parameters"},
	    {"ping", "{\"ID\":10}", "it is 'id'"},
	    {"ping", "{\"id\":10,\"ID\":10}", "it is 'id'"},
	    {"ping", "{\"id\":10,\"id\":10}", "'id' stands there twice"},
	    {"ping", "{\"id\":10.5}", "'id'"},
	    {"ping", "{\"id\":10.0}", "'id'"},
	    {"ping", "{\"id\":4294967306}", "id '4294967306'"},
	    {"ping", "{\"id\":1e400}", "'id'"},
	    {"ping", "{\"id\":\"10\"}", "'id'"},
	    {"ping", "{\"id\":null}", "'id'"},
	    {"ping", "{\"id\":-1}", "id '-1' names the controller"},
	    {"kill", "{\"id\":2147483648}", "id '2147483648'"},
	    {"create", "{\"id\":1,\"parent\":10.5}", "'parent'"},
	    {"create", "{\"id\":1,\"parent\":4294967306}", "parent '4294967306'"},
	    {"create", "{\"id\":1,\"service\":5}", "'service'"},
	    {"exec", "{\"id\":1}", "'args' is missing"},
	    {"exec", "{\"id\":1,\"args\":\"1\"}", "'args'"},
	    {"exec", "{\"id\":1,\"args\":[1]}", "'args'"},
	    {"exec", "{\"id\":1,\"args\":{}}", "'args'"},
	    {"heartbeat", "{\"interval_ms\":0}", "'interval_ms'"},
	    {"heartbeat", "{\"interval_ms\":86400001}", "'interval_ms'"},
	    {"heartbeat", "{\"interval_ms\":-5}", "'interval_ms'"},
	    {"exec_feed", "{\"stream\":1,\"data\":\"\"}", "no stream 1"},
	    {"exec_feed", "{\"stream\":0,\"data\":\"\"}", "'stream'"},
	    {"exec_feed", "{\"stream\":1,\"data\":1}", "'data'"},
	    {"exec_feed", "{\"stream\":1,\"data\":\"\",\"end_arg\":1}", "'end_arg'"},
	    {"exec_close", "{\"stream\":9}", "no stream 9"},
	    {"unsubscribe", "{\"subscription\":1}", "no subscription 1"},
	    {"subscribe", "{\"types\":[]}", "'types' is empty"},
	    {"subscribe", "{\"types\":\"*\"}", "'types'"},
	    {"subscribe", "{\"types\":[\"*\",\"nothing\"]}",
	     "no event type 'nothing'; there are controller_started, controller_stopping"},
	    {"subscribe", "{\"since\":5}", "'since' is 5, the newest event is 0"},
	    {"subscribe", "{\"since\":-1}", "'since'"},
	    {"tree", "{\"id\":1}", "'id'"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		peer_fail(peer, rows[i].method, rows[i].params, -32602, rows[i].says);
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

Test(rpc, discovery_describes_every_method)
{
	static const char *const names[] = {
	    "exec_all",   "hello",        "create",  "exec",      "exec_open", "exec_feed",
	    "exec_close", "ping",         "pingall", "heartbeat", "kill",      "tree",
	    "start",      "stop",         "restart", "status",    "subscribe", "unsubscribe",
	    "shutdown",   "rpc.discover", "cancel",  "services"};
	cleanup_free char *line = NULL;
	struct cJSON *json;
	struct error err;
	const struct cJSON *methods;

	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.discover\"}");
	line = peer_line(peer);
	json = json_parse(line, strlen(line), JSON_REPLY_VALUES, NULL, &err);
	cr_assert(json, "%s", err.text);
	methods = json_member(json_member(json, "result"), "methods");
	cr_assert_eq(json_count(methods), ARRAY_SIZE(names));
	for (const struct cJSON *method = json_first(methods); method; method = json_next(method)) {
		const char *name = NULL;
		size_t i = 0;
		json_string(json_member(method, "name"), "name", &name, NULL, NULL);
		while (i < ARRAY_SIZE(names) && strcmp(names[i], name) != 0)
			i++;
		cr_assert_lt(i, ARRAY_SIZE(names), "%s", name);
		cr_assert(json_is_array(json_member(method, "params")));
		cr_assert(json_is_object(json_member(method, "result")));
	}
	json_free(json);
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
