/* The protocol's methods: parameters, results, every error, and what discovery says of them. */
#include "base/clock.h"
#include "control/test/rpc_fixture.h"
#include "wire/json.h"

CONTROL_SUITE(methods, 60);

/* What node_metrics says of the fake's node. */
#define MEASURED \
	"{\"id\":10,\"parent\":-1,\"pid\":4000,\"state\":\"available\",\"service\":\"sum\"," \
	"\"requests\":1,\"pending\":0,\"restarts\":0,\"took\":{\"sum_ns\":40000,\"buckets\":[1,0," \
	"0,0,0," \
	"0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}"

Test(methods, methods_answer_as_promised)
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
	peer_call(peer, "change", "{\"id\":10,\"restart\":\"no\",\"group\":\"\"}",
	          "{\"id\":10,\"parent\":-1,\"changed\":[\"restart\",\"group\"]}");
	peer_call(peer, "change", "{\"id\":10,\"parent\":5}",
	          "{\"id\":10,\"parent\":5,\"changed\":[\"parent\"]}");
	peer_call(peer, "change", "{\"id\":10}", "{\"id\":10,\"parent\":-1,\"changed\":[]}");
	peer_call(peer, "kill", "{\"id\":10}", "{\"removed\":[10,11]}");
	peer_call(peer, "wait", "{\"id\":10,\"for\":\"available\",\"timeout_ms\":5}",
	          "{\"id\":10,\"pid\":3129}");
	peer_fail(peer, "wait", "{\"id\":10,\"timeout_ms\":0}", -32602, "timeout_ms");
	peer_call(peer, "stop_all", NULL,
	          "{\"results\":[{\"id\":10,\"pid\":3129}],\"errors\":[{\"id\":11,\"code\":-32603,"
	          "\"name\":\"INTERNAL_ERROR\",\"message\":\"no\"}]}");
	peer_call(peer, "restart_all", "{\"subtree\":10,\"at_once\":64}",
	          "{\"results\":[{\"id\":10,\"pid\":3129}],\"errors\":[{\"id\":11,\"code\":-32603,"
	          "\"name\":\"INTERNAL_ERROR\",\"message\":\"no\"}],\"left\":[12]}");
	peer_fail(peer, "start_all", "{\"at_once\":65}", -32602, "at_once");
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
	peer_expect_part(
	    peer, "\"nodes\":2,\"unavailable\":0,\"outdated\":0,\"max_nodes\":100,\"pending\":0,"
	          "\"clients\":1,\"denied\":0,");
	peer_send(peer,
	          "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"diagnose\",\"params\":{\"id\":10}}");
	peer_expect_part(
	    peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"links\":[{\"id\":10,\"parent\":-1,"
	          "\"state\":\"available\",\"transport\":\"ipc\"");
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"slow\"}");
	peer_expect_part(peer, "\"result\":{\"slow_request_ms\":0,\"count\":0,\"slowest\":[],"
	                       "\"newest\":[]}}");
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"metrics\"}");
	peer_expect_part(peer, "\"states\":[{\"state\":\"available\",\"nodes\":2}],\"pending\":0,"
	                       "\"pending_bytes\":0,\"sent\":3,");
	peer_call(peer, "node_metrics", "{\"count\":1}", "{\"nodes\":[" MEASURED "],\"next\":1}");
	peer_call(peer, "node_metrics", "{\"after\":1}", "{\"nodes\":[],\"next\":null}");
	peer_call(peer, "node_metrics", "{\"id\":10}", "{\"nodes\":[" MEASURED "],\"next\":null}");
	peer_fail(peer, "node_metrics", "{\"id\":11}", -32002, "\"name\":\"NOT_FOUND\"");
	peer_fail(peer, "node_metrics", "{\"count\":501}", -32602, "count");
	peer_fail(peer, "status", "{\"id\":11}", -32002, "\"name\":\"NOT_FOUND\"");
}

Test(methods, every_error_of_the_controller_has_its_name)
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

Test(methods, what_a_node_says_beside_its_reason_is_in_the_data)
{
	fake->fails = ERR_SERVICE;
	fake->detail = "{\"code\":7,\"data\":[1]}";
	peer_fail(peer, "exec", "{\"id\":10,\"args\":[]}", -32006,
	          "\"data\":{\"name\":\"SERVICE_ERROR\",\"code\":7,\"data\":[1]}}}");
}

Test(methods, what_is_no_object_beside_a_reason_is_left_out)
{
	static const char *const bad[] = {"",         "{",          "{}",      "[1]",
	                                  "{\"a\":}", "{\"a\":1}}", "{\"a\"}", "{\"a\":\n1}"};

	fake->fails = ERR_SERVICE;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		fake->detail = bad[i];
		peer_fail(peer, "exec", "{\"id\":10,\"args\":[]}", -32006,
		          "\"data\":{\"name\":\"SERVICE_ERROR\"}}}");
	}
}

Test(methods, a_time_for_one_request)
{
	peer_call(peer, "exec", "{\"id\":10,\"args\":[],\"timeout_ms\":5000}",
	          "{\"id\":10,\"result\":null}");
	cr_assert_eq(fake->timeout_ms, 5000);
	cr_assert(!fake->unordered);
	peer_call(peer, "exec_open", "{\"id\":10,\"timeout_ms\":1,\"unordered\":true}",
	          "{\"stream\":1,\"credit\":262143}");
	cr_assert_eq(fake->timeout_ms, 1);
	cr_assert(fake->unordered);
	peer_call(peer, "exec_all",
	          "{\"args\":[],\"subtree\":10,\"reduce\":\"sum\","
	          "\"timeout_ms\":86400000}",
	          "{\"reduced\":null,\"count\":0,\"errors\":[]}");
	cr_assert_eq(fake->timeout_ms, 86400000);
	peer_call(peer, "exec", "{\"id\":10,\"args\":[]}", "{\"id\":10,\"result\":null}");
	cr_assert_eq(fake->timeout_ms, 0);
	peer_fail(peer, "exec", "{\"id\":10,\"args\":[],\"timeout_ms\":0}", -32602, "timeout_ms");
	peer_fail(peer, "exec", "{\"id\":10,\"args\":[],\"timeout_ms\":86400001}", -32602,
	          "timeout_ms");
	peer_fail(peer, "exec", "{\"id\":10,\"args\":[],\"timeout_ms\":1.5}", -32602, "timeout_ms");
}

Test(methods, parameters_may_come_by_position)
{
	peer_call(peer, "ping", "[10]", "{\"id\":10,\"available\":true}");
	peer_call(peer, "create", "[10]", "{\"id\":10,\"pid\":4000,\"parent\":-1}");
	peer_call(peer, "create", "[10,5,\"dict\",\"no\"]",
	          "{\"id\":10,\"pid\":4000,\"parent\":5}");
	peer_call(peer, "create", "[10,null,\"dict\"]", "{\"id\":10,\"pid\":4000,\"parent\":-1}");
	peer_call(peer, "heartbeat", "[200]", "{\"interval_ms\":200}");
	peer_call(peer, "exec", "[10,[\"a\"]]", "{\"id\":10,\"result\":\"[a]\"}");
}

Test(methods, no_parameters_have_three_forms)
{
	static const char *const none[] = {"[]", "{}", "null"};

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		peer_call(peer, "pingall", none[i], "{\"unavailable\":[7,10,15]}");
	peer_call(peer, "pingall", NULL, "{\"unavailable\":[7,10,15]}");
}

Test(methods, unknown_methods_are_named)
{
	peer_fail(peer, "nothing", NULL, -32601, "no method 'nothing'");
	peer_fail(peer, "PING", NULL, -32601, "no method 'PING'; did you mean ping");
	peer_fail(peer, "\\u001b[2J", NULL, -32601, "no method '\\\\x1b[2J'");
}

Test(methods, bad_params_are_named)
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
	     "unknown member 'prent'; create takes id, parent, service, restart, name, group, "
	     "on_hang, hang_timeout_ms, after"},
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
	    {"exec", "{\"args\":[]}", "'id' is missing, or 'group'"},
	    {"exec", "{\"id\":1,\"group\":\"g\",\"args\":[]}", "'id' and 'group' exclude"},
	    {"exec", "{\"group\":5,\"args\":[]}", "'group'"},
	    {"exec_open", "{}", "'id' is missing, or 'group'"},
	    {"exec_open", "{\"id\":1,\"group\":\"g\"}", "'id' and 'group' exclude"},
	    {"create", "{\"id\":\"@ten\"}", "'id' is not a number"},
	    {"create", "{\"id\":1,\"name\":5}", "'name'"},
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

Test(methods, a_name_stands_for_an_id)
{
	static const char *const unknown[] = {"@eleven", "@", "@@ten", "@Ten", "@ten "};

	peer_call(peer, "ping", "{\"id\":\"@ten\"}", "{\"id\":10,\"available\":true}");
	peer_call(peer, "ping", "[\"@ten\"]", "{\"id\":10,\"available\":true}");
	peer_call(peer, "create", "{\"id\":12,\"parent\":\"@ten\"}",
	          "{\"id\":12,\"pid\":4000,\"parent\":10}");
	peer_call(peer, "exec", "{\"id\":\"@ten\",\"args\":[]}", "{\"id\":10,\"result\":null}");
	peer_call(peer, "exec_all", "{\"args\":[],\"subtree\":\"@ten\",\"reduce\":\"sum\"}",
	          "{\"reduced\":null,\"count\":0,\"errors\":[]}");
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		cleanup_free char *params = mem_format("{\"id\":\"%s\"}", unknown[i]);
		peer_fail(peer, "stop", params, -32002, "\"name\":\"NOT_FOUND\"");
	}
	peer_fail(peer, "ping", "{\"id\":\"@nine\"}", -32002, "no node has the name 'nine'");
	peer_fail(peer, "ping", "{\"id\":\"ten\"}", -32602, "'id' is not a number");
}

Test(methods, one_of_a_group_is_named_in_its_answer)
{
	peer_call(peer, "exec", "{\"group\":\"g\",\"args\":[\"a\"]}",
	          "{\"id\":11,\"result\":\"[a]\"}");
	peer_call(peer, "exec", "[null,[\"a\"],\"g\"]", "{\"id\":11,\"result\":\"[a]\"}");
	peer_fail(peer, "exec_open", "{\"group\":\"h\"}", -32002, "no node is in a group 'h'");
	fake->fails = ERR_SERVICE;
	peer_fail(peer, "exec", "{\"group\":\"g\",\"args\":[]}", -32006, "\"id\":11}");
	peer_fail(peer, "exec", "{\"id\":11,\"args\":[]}", -32006,
	          "\"data\":{\"name\":\"SERVICE_ERROR\"}");
}

Test(methods, discovery_describes_every_method)
{
	static const char *const names[] = {
	    "exec_all",   "hello",        "create",      "exec",      "exec_open",   "exec_feed",
	    "exec_close", "ping",         "pingall",     "heartbeat", "kill",        "tree",
	    "start",      "stop",         "restart",     "status",    "subscribe",   "unsubscribe",
	    "shutdown",   "rpc.discover", "cancel",      "services",  "logs",        "diagnose",
	    "slow",       "change",       "start_all",   "stop_all",  "restart_all", "wait",
	    "reload",     "metrics",      "node_metrics"};
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
