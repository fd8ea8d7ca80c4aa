/* Replies as lines: the exact texts of the table of commands. */
#include "ctl/output.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "client/internal.h"

TestSuite(output, .timeout = 60);

static const struct verb *verb_named(const char *name)
{
	struct word word = {name, strlen(name)};

	return verb_find(&word);
}

static struct dtree_reply *reply_of(const char *body)
{
	cleanup_free char *line = mem_format("{\"jsonrpc\":\"2.0\",\"id\":1,%s}", body);
	struct dtree_error err = {0};
	uint64_t id;
	struct dtree_reply *reply = reply_read(line, strlen(line), &id, &err);

	cr_assert(reply, "%s: %s", body, err.text);
	cr_assert_eq(id, 1);
	return reply;
}

/* Does the reply `body` to a command give this text? */
static void prints_as(bool json, const char *verb, const char *body, const char *wanted)
{
	struct dtree_reply *reply = reply_of(body);
	struct buffer line = {0};
	struct output out;

	output_open(&out, STDOUT_FILENO, json, COLOR_NEVER);
	out.style.lines = false;
	output_reply(&out, &line, verb_named(verb), "10", reply);
	buffer_add(&line, "", 1);
	cr_assert_str_eq(buffer_bytes(&line), wanted);
	buffer_free(&line);
	dtree_reply_free(reply);
	output_close(&out);
}

static void prints(const char *verb, const char *body, const char *wanted)
{
	prints_as(false, verb, body, wanted);
}

static void gathers(const char *result, const char *wanted)
{
	cleanup_free char *body = mem_format("\"result\":%s", result);
	struct dtree_reply *reply = reply_of(body);
	struct buffer text = {0};

	render_gathered(&text, dtree_reply_result(reply), &(struct style){0});
	buffer_add(&text, "", 1);
	cr_assert_str_eq(buffer_bytes(&text), wanted);
	buffer_free(&text);
	dtree_reply_free(reply);
}

Test(output, answers_of_many_nodes_ascend)
{
#define DEAD "{\"id\":7,\"code\":-32005,\"name\":\"NODE_UNAVAILABLE\",\"message\":\"dead\"}"
#define BAD  "{\"id\":11,\"code\":-32006,\"name\":\"SERVICE_ERROR\",\"message\":\"N is 3\"}"
	gathers("{\"results\":[{\"id\":-2,\"result\":\"6\"},{\"id\":9,\"result\":null}],"
	        "\"errors\":[" DEAD "," BAD "]}",
	        "Ok:-2: 6\nError:7: Node is unavailable\nOk:9\nError:11: N is 3");
	gathers("{\"reduced\":\"-5\",\"count\":2,\"errors\":[]}", "Ok: -5");
	gathers("{\"reduced\":\"12\",\"count\":2,\"errors\":[" DEAD "]}",
	        "Ok: 12\nError:7: Node is unavailable");
	gathers("{\"reduced\":null,\"count\":0,\"errors\":[" BAD "]}", "Error:11: N is 3");
	gathers("{\"reduced\":null,\"count\":0,\"errors\":[]}", "Ok");
	gathers("{\"results\":[],\"errors\":[]}", "Ok");
}

Test(output, good_replies)
{
	prints("create", "\"result\":{\"id\":10,\"pid\":3128,\"parent\":5}", "Ok: 3128\n");
	prints("exec", "\"result\":{\"id\":10,\"result\":\"6\"}", "Ok:10: 6\n");
	prints("exec", "\"result\":{\"id\":10,\"result\":null}", "Ok:10\n");
	prints("exec", "\"result\":{\"id\":-7,\"result\":\"\"}", "Ok:-7\n");
	prints("ping", "\"result\":{\"id\":10,\"available\":true}", "Ok: 1\n");
	prints("ping", "\"result\":{\"id\":10,\"available\":false}", "Ok: 0\n");
	prints("pingall", "\"result\":{\"unavailable\":[]}", "Ok: -1\n");
	prints("slow",
	       "\"result\":{\"slow_request_ms\":0,\"count\":0,\"slowest\":[],\"newest\":[]}",
	       "slow requests are not kept: slow-request is 0\n");
	prints("slow",
	       "\"result\":{\"slow_request_ms\":9,\"count\":1,\"slowest\":[{\"request\":7,"
	       "\"time\":\"T\",\"method\":\"exec\",\"id\":10,\"name\":\"a\",\"session\":2,"
	       "\"error\":\"NODE_UNAVAILABLE\",\"total_ns\":12300000,\"step\":\"node\","
	       "\"why\":\"it \\u001b\",\"steps\":[{\"name\":\"node\",\"kind\":\"running\","
	       "\"begin_ns\":1000,\"end_ns\":12251000}]}],\"newest\":[]}",
	       "slowest:\nT exec 10 @a, request 7 of session 2: 12.3 ms, NODE_UNAVAILABLE; node: "
	       "it \\x1b\n        12.250 ms  node\n1 requests took 9 ms or longer\n");
	prints(
	    "diagnose",
	    "\"result\":{\"links\":[{\"id\":2,\"parent\":1,\"state\":\"available\","
	    "\"transport\":\"tcp\",\"pings\":20,\"median_us\":44000,\"p99_us\":45000,"
	    "\"own_us\":43900,\"under_way\":3,\"under_way_max\":4096,\"waits\":true,"
	    "\"resends\":1,\"outage_ms\":250,\"outage_lasts\":false,\"outage_ended_ms\":9000,"
	    "\"upper\":{\"port\":80,\"rtt_us\":41,\"queued\":40,\"unread\":0,\"window\":65536,"
	    "\"resent\":0},\"stalls\":[{\"cause\":\"nagle\",\"from\":\"upper\",\"times\":18,"
	    "\"text\":\"do that\"}]},{\"id\":3,\"parent\":2,\"state\":\"dead\","
	    "\"transport\":\"tcp\",\"pings\":0,\"outage_ms\":70,\"outage_lasts\":true}],"
	    "\"refused\":\"the kernel is \\u001b\"}",
	    "2 at 1: available, tcp, round trip 44000 us, at the worst 45000, of it over this "
	    "link 43900; under way 3 of 4096 and more wait, sent again 1 times, was lost for "
	    "250 ms, 9 s ago\n"
	    "  upper end: port 80, round trip 41 us, 40 bytes queued, 0 unread, window 65536, 0 "
	    "segments sent again\n"
	    "  stall (nagle), 18 times, what the upper end sent: do that\n"
	    "3 at 2: dead, tcp, no answer; under way 0 of 0, sent again 0 times, no sign of life "
	    "for 70 ms, its ends cannot be seen\n"
	    "the kernel is \\x1b\n");
	/* Not of a dtreed that this dtreectl knows. */
	prints("diagnose", "\"result\":{\"links\":[[1,2]]}",
	       "0 at 0: -, -, no answer; under way 0 of 0, sent again 0 times\n");
	prints("pingall", "\"result\":{\"unavailable\":[7,10,15]}", "Ok: 7;10;15\n");
	prints("heartbit", "\"result\":{\"interval_ms\":200}", "Ok\n");
	prints("kill", "\"result\":{\"removed\":[10,11]}", "Ok\n");
	prints("shutdown", "\"result\":{}", "Ok\n");
	prints("call", "\"result\":{\"a\":[1, 2]}", "{\"a\":[1,2]}\n");
	prints("status", "\"result\":{\"id\":10,\"state\":\"dead\"}", "id: 10\nstate: dead\n");
}

#define FAILED(code, message) "\"error\":{\"code\":" #code ",\"message\":\"" message "\"}"

Test(output, errors)
{
	prints("create", FAILED(-32001, "node 10"), "Error: Already exists\n");
	prints("create", FAILED(-32003, "no"), "Error: Parent not found\n");
	prints("create", FAILED(-32004, "no"), "Error: Parent is unavailable\n");
	prints("create", FAILED(-32007, "too many nodes"), "Error: too many nodes\n");
	prints("ping", FAILED(-32002, "no node 10"), "Error: Not found\n");
	prints("exec", FAILED(-32002, "no node 10"), "Error:10: Not found\n");
	prints("exec", FAILED(-32005, "dead"), "Error:10: Node is unavailable\n");
	prints("exec", FAILED(-32006, "N is 3"), "Error:10: N is 3\n");
}

#define UNANSWERED(code, outcome) \
	"\"error\":{\"code\":" #code ",\"message\":\"gone\",\"data\":{\"outcome\":\"" outcome "\"" \
	"}}"

Test(output, a_command_without_a_reply_may_have_run_or_not)
{
	prints("create", UNANSWERED(-2, "unknown"), "Error: gone; the command may have run\n");
	prints("exec", UNANSWERED(-2, "not_run"), "Error:10: gone; the command did not run\n");
	prints("ping", UNANSWERED(-3, "unknown"), "Error: gone; the command may have run\n");
	prints("exec", UNANSWERED(-32005, "unknown"), "Error:10: Node is unavailable\n");
}

Test(output, what_is_echoed_is_printable)
{
	prints("exec", FAILED(-32006, "a\\nb\\u001b[2J"), "Error:10: a\\nb\\x1b[2J\n");
	prints("exec", "\"result\":{\"id\":10,\"result\":\"a\\nb\"}", "Ok:10: a\\nb\n");
	prints("exec", "\"result\":{\"id\":10,\"result\":\"a\\u009bb\"}", "Ok:10: a\\xc2\\x9bb\n");
}

Test(output, bytes_that_are_no_text_are_escaped)
{
	prints("exec", "\"result\":{\"id\":10,\"result_base64\":\"YQD/DQo=\"}",
	       "Ok:10: a\\x00\\xff\\r\\n\n");
	prints("exec", "\"result\":{\"id\":10,\"result_base64\":\"\"}", "Ok:10\n");
	gathers("{\"results\":[{\"id\":9,\"result_base64\":\"/w==\"}],\"errors\":[]}",
	        "Ok:9: \\xff");
}

Test(output, what_became_of_many_nodes_is_a_line_for_each)
{
	struct dtree_reply *reply = reply_of(
	    "\"result\":{\"results\":[{\"id\":-2,\"pid\":7},{\"id\":11}],\"errors\":[{\"id\":10,"
	    "\"code\":-32603,\"name\":\"INTERNAL_ERROR\",\"message\":\"no\"}],\"left\":[3,12]}");
	struct buffer text = {0};

	render_ordered(&text, dtree_reply_result(reply), &(struct style){0});
	buffer_add(&text, "", 1);
	cr_assert_str_eq(buffer_bytes(&text),
	                 "Ok:-2: 7\nError:3: not begun, as another node failed\nError:10: no\n"
	                 "Ok:11\nError:12: not begun, as another node failed");
	buffer_free(&text);
	dtree_reply_free(reply);
}

/* The answer to the command of line 3, at that node, as JSON. */
static void marks(const char *body, const char *node, const char *wanted)
{
	struct dtree_reply *reply = reply_of(body);
	struct buffer line = {0};
	struct output out;

	output_open(&out, STDOUT_FILENO, true, COLOR_NEVER);
	out.mark = (struct output_mark){.number = 3, .node = node};
	output_reply(&out, &line, verb_named("ping"), NULL, reply);
	buffer_add(&line, "", 1);
	cr_assert_str_eq(buffer_bytes(&line), wanted);
	buffer_free(&line);
	dtree_reply_free(reply);
	output_close(&out);
}

Test(output, json_is_marked_with_the_line_of_the_command_and_an_error_with_the_node)
{
	static const char error[] = "\"error\":{\"code\":-1,\"message\":\"m\"}";

	marks("\"result\":{}", "10", "{\"line\":3}\n");
	marks("\"result\":{\"a\":{}}", "10", "{\"a\":{},\"line\":3}\n");
	marks("\"result\":[{}]", "10", "[{}]\n");
	marks(error, "-10", "{\"code\":-1,\"message\":\"m\",\"id\":-10,\"line\":3}\n");
	marks(error, "@a\"b", "{\"code\":-1,\"message\":\"m\",\"id\":\"@a\\\"b\",\"line\":3}\n");
	marks(error, NULL, "{\"code\":-1,\"message\":\"m\",\"line\":3}\n");
}

Test(output, a_tree_for_graphviz_is_a_graph)
{
	struct dtree_reply *reply = reply_of(
	    "\"result\":{\"nodes\":[{\"id\":1,\"parent\":-1,\"link\":-1,\"pid\":7,\"state\":"
	    "\"available\",\"service\":\"su\\\"m\"},{\"id\":-2,\"parent\":1,\"link\":-1,"
	    "\"pid\":8,\"state\":\"dead\",\"service\":\"dict\",\"name\":\"a\"}]}");
	struct buffer out = {0};

	render_dot(&out, dtree_reply_result(reply), &(struct style){0});
	buffer_add(&out, "", 1);
	cr_assert_str_eq(buffer_bytes(&out),
	                 "digraph dtree {\n"
	                 "\tnode [shape=box, fontname=\"sans-serif\"];\n"
	                 "\t\"-1\" [label=\"-1\\ndtreed\"];\n"
	                 "\t\"1\" [label=\"1\\nsu\\\"m\\navailable 7\"];\n"
	                 "\t\"-2\" [label=\"-2 @a\\ndict\\ndead 8\", color=red, fontcolor=red];\n"
	                 "\t\"-1\" -> \"1\";\n"
	                 "\t\"1\" -> \"-2\";\n"
	                 "\t\"-1\" -> \"-2\" [style=dashed, constraint=false];\n"
	                 "}");
	buffer_free(&out);
	dtree_reply_free(reply);
}

Test(output, json_is_the_result_or_the_error)
{
	prints_as(true, "ping", "\"result\":{\"id\":10,\"available\":true}",
	          "{\"id\":10,\"available\":true}\n");
	prints_as(true, "exec", FAILED(-32002, "no node"),
	          "{\"code\":-32002,\"message\":\"no node\"}\n");
}

#define NODE(id, parent) \
	"{\"id\":" #id ",\"parent\":" #parent \
	",\"pid\":1,\"state\":\"available\",\"service\":\"sum\",\"depth\":1}"

static const char nodes[] = "\"result\":{\"nodes\":[" NODE(1, -1) "," NODE(2, 1) "," NODE(
    3, 2) "," NODE(4, 1) "," NODE(5, -1) "]}";

Test(output, a_tree_in_a_pipe_is_a_table)
{
	prints("tree", nodes,
	       "1\t-1\t1\tavailable\tsum\t1\t-\t-\n2\t1\t1\tavailable\tsum\t1\t-\t-\n"
	       "3\t2\t1\tavailable\tsum\t1\t-\t-\n4\t1\t1\tavailable\tsum\t1\t-\t-\n"
	       "5\t-1\t1\tavailable\tsum\t1\t-\t-\n");
	prints("tree",
	       "\"result\":{\"nodes\":[{\"id\":1,\"parent\":-1,\"pid\":1,\"state\":\"dead\","
	       "\"service\":\"sum\",\"depth\":1,\"name\":\"a\",\"group\":\"g\"}]}",
	       "1\t-1\t1\tdead\tsum\t1\ta\tg\n");
	prints("tree", "\"result\":{\"nodes\":[]}", "");
}

static const char services[] =
    "\"result\":{\"services\":[{\"name\":\"sum\",\"kind\":\"builtin\",\"summary\":\"a\\tb\","
    "\"usage\":\"N K\",\"origin\":null},{\"name\":\"calc-2\",\"kind\":\"run\","
    "\"summary\":null,\"usage\":\"\",\"origin\":\"command line\"}]}";

Test(output, services_in_a_pipe_are_a_table)
{
	prints("services", services,
	       "sum\tbuiltin\tN K\ta\\x09b\t-\ncalc-2\trun\t\t-\tcommand line\n");
}

Test(output, services_on_a_terminal_are_aligned)
{
	struct dtree_reply *reply = reply_of(services);
	struct buffer out = {0};

	render_services(&out, dtree_reply_result(reply), &(struct style){.lines = true});
	buffer_add(&out, "", 1);
	cr_assert_str_eq(buffer_bytes(&out), "sum     builtin  N K  a\\x09b  -\n"
	                                     "calc-2  run           -       command line");
	buffer_free(&out);
	dtree_reply_free(reply);
}

/* What a reload did, or would do. */
#define RELOAD(dry_run, failed) \
	"\"result\":{\"dry_run\":" dry_run ",\"settings\":[" \
	"{\"name\":\"heartbeat\",\"from\":\"1\",\"to\":\"2\"}," \
	"{\"name\":\"socket\",\"from\":null,\"to\":\"/s\",\"note\":\"at the next start\"}]," \
	"\"services\":[{\"name\":\"a\",\"what\":\"added\"},{\"name\":\"b\"," \
	"\"what\":\"changed\"},{\"name\":\"c\",\"what\":\"removed\",\"note\":\"2 nodes keep " \
	"it\"}],\"nodes\":[{\"id\":1,\"what\":\"create\",\"origin\":\"f:1\",\"changes\":[" \
	"{\"name\":\"parent\",\"from\":null,\"to\":\"-1\"}]},{\"id\":2,\"what\":\"change\"," \
	"\"origin\":\"f:2\",\"adopted\":true,\"started\":true,\"changes\":[{\"name\":\"name\"," \
	"\"from\":\"x\\t\",\"to\":null}]" failed "},{\"id\":3,\"what\":\"undeclare\"," \
	"\"changes\":[]},{\"id\":4,\"what\":\"remove\",\"changes\":[]}]," \
	"\"failed\":0,\"left\":[\"node 7: why\"]}"

Test(output, a_dry_run_is_a_difference)
{
	prints("reload", RELOAD("true", ""),
	       " [dtreed]\n-heartbeat = 1\n+heartbeat = 2\n+socket = /s ; at the next start\n"
	       "+[service a]\n [service b] ; has changed\n-[service c] ; 2 nodes keep it\n"
	       "+[node 1] ; f:1\n+parent = -1\n"
	       " [node 2] ; f:2 ; was made by hand, and is declared ; was undeclared, and is "
	       "started\n-name = x\\x09\n-[node 3] ; is stopped and kept\n"
	       "-[node 4] ; is removed, with its data\nError: node 7: why\n");
	prints("reload",
	       "\"result\":{\"dry_run\":true,\"settings\":[],\"services\":[],\"nodes\":[],"
	       "\"failed\":0,\"left\":[]}",
	       "Ok\n");
}

Test(output, a_reload_is_counted_and_what_failed_named)
{
	prints("reload", RELOAD("false", ",\"error\":\"no\""),
	       "Ok: 1 created, 1 undeclared, 1 removed, 2 settings, 3 services\n"
	       "socket: at the next start\nc: 2 nodes keep it\nError:2: no\n"
	       "Error: node 7: why\n");
}

Test(output, a_tree_on_a_terminal_is_drawn)
{
	struct dtree_reply *reply = reply_of(nodes);
	struct buffer out = {0};

	render_tree(&out, dtree_reply_result(reply), &(struct style){.lines = true});
	buffer_add(&out, "", 1);
	cr_assert_str_eq(buffer_bytes(&out), "-1 dtreed\n"
	                                     "├── 1 available sum 1\n"
	                                     "│   ├── 2 available sum 1\n"
	                                     "│   │   └── 3 available sum 1\n"
	                                     "│   └── 4 available sum 1\n"
	                                     "└── 5 available sum 1");
	buffer_free(&out);
	dtree_reply_free(reply);
}

Test(output, a_drawn_tree_says_what_is_not_as_it_should_be)
{
	struct dtree_reply *reply = reply_of(
	    "\"result\":{\"nodes\":[{\"id\":1,\"parent\":-1,\"pid\":5,\"state\":\"available\","
	    "\"service\":\"a\",\"declared\":\"undeclared\","
	    "\"program\":{\"state\":\"ready\",\"cause\":\"signal 9\"}},"
	    "{\"id\":2,\"parent\":-1,\"pid\":6,\"state\":\"available\",\"service\":\"b\","
	    "\"program\":{\"state\":\"waiting\"},\"probe\":{\"state\":\"passed\"}},"
	    "{\"id\":3,\"parent\":-1,\"pid\":7,\"state\":\"available\",\"service\":\"c\","
	    "\"program\":{\"state\":\"starting\"}},"
	    "{\"id\":4,\"parent\":-1,\"pid\":8,\"state\":\"available\",\"service\":\"d\","
	    "\"program\":{\"state\":\"backing_off\",\"running\":0,\"cause\":\"\\u001b\"},"
	    "\"probe\":{\"state\":\"failed\",\"message\":\"no\\u001b\"}}]}");
	struct buffer out = {0};

	render_tree(&out, dtree_reply_result(reply), &(struct style){.lines = true, .color = true});
	buffer_add(&out, "", 1);
	cr_assert_str_eq(buffer_bytes(&out),
	                 "-1 dtreed\n"
	                 "├── 1 \033[32mavailable\033[0m a 5, undeclared\n"
	                 "├── 2 \033[32mavailable\033[0m b 6\n"
	                 "├── 3 \033[32mavailable\033[0m c 7, \033[31mprogram starting\033[0m\n"
	                 "└── 4 \033[32mavailable\033[0m d 8, "
	                 "\033[31mprogram backing_off: \\x1b\033[0m, "
	                 "\033[31mprobe failed: no\\x1b\033[0m");
	buffer_free(&out);
	dtree_reply_free(reply);
}

Test(output, events_are_one_line)
{
	struct dtree_reply *reply =
	    reply_of("\"result\":{\"seq\":3,\"time\":\"T\",\"type\":\"node_died\",\"id\":7,"
	             "\"cause\":\"signal 9 (Killed)\"}");
	struct buffer out = {0};

	render_event(&out, dtree_reply_result(reply), &(struct style){0});
	buffer_add_string(&out, "\n");
	render_lost(&out, dtree_reply_result(reply), &(struct style){0});
	buffer_add(&out, "", 1);
	cr_assert_str_eq(buffer_bytes(&out), "T node_died seq=3 id=7 cause=\"signal 9 (Killed)\"\n"
	                                     "Heartbit: node 7 is unavailable now");
	buffer_free(&out);
	dtree_reply_free(reply);
}

Test(output, the_end_of_a_program_is_one_line)
{
	struct dtree_reply *reply = reply_of(
	    "\"result\":{\"type\":\"program_died\",\"id\":7,\"cause\":\"signal 9 (a\\nb)\","
	    "\"restart_in_ms\":100}");
	struct buffer out = {0};

	render_program_died(&out, dtree_reply_result(reply), &(struct style){0});
	buffer_add(&out, "", 1);
	cr_assert_str_eq(buffer_bytes(&out), "the program of node 7 died: signal 9 (a\\nb); it is "
	                                     "started again in 100 ms");
	buffer_free(&out);
	dtree_reply_free(reply);
}

Test(output, what_a_probe_says_is_one_line)
{
	struct dtree_reply *reply =
	    reply_of("\"result\":{\"type\":\"probe_failed\",\"id\":7,\"cause\":\"no\\ndisk\"}");
	struct buffer out = {0};

	render_probe_failed(&out, dtree_reply_result(reply), &(struct style){0});
	buffer_add_string(&out, "\n");
	render_probe_recovered(&out, dtree_reply_result(reply), &(struct style){0});
	buffer_add(&out, "", 1);
	cr_assert_str_eq(buffer_bytes(&out), "the program of node 7 fails its probe: no\\ndisk\n"
	                                     "the program of node 7 passes its probe again");
	buffer_free(&out);
	dtree_reply_free(reply);
}

Test(output, members_of_an_object_have_a_line_each)
{
	struct dtree_reply *reply =
	    reply_of("\"result\":{\"id\":7,\"program\":{\"state\":\"ready\",\"pid\":5},\"none\":{},"
	             "\"list\":[1]}");
	struct buffer out = {0};

	render_members(&out, dtree_reply_result(reply), &(struct style){0});
	buffer_add(&out, "", 1);
	cr_assert_str_eq(buffer_bytes(&out), "id: 7\nprogram.state: ready\nprogram.pid: 5\n"
	                                     "none: {}\nlist: [1]");
	buffer_free(&out);
	dtree_reply_free(reply);
}

Test(output, a_reply_line_has_one_colour)
{
	const struct style style = {.color = true};
	struct dtree_reply *reply = reply_of("\"result\":{\"id\":10,\"result\":\"6\"}");
	struct buffer out = {0};

	render_result(&out, dtree_reply_result(reply), &style);
	buffer_add_string(&out, "\n");
	render_error(&out, "10", "Not found", &style);
	buffer_add_string(&out, "\n");
	render_lost(&out, dtree_reply_result(reply), &style);
	buffer_add(&out, "", 1);
	cr_assert_str_eq(buffer_bytes(&out), "\033[32mOk:10: 6\033[0m\n"
	                                     "\033[31mError:10: Not found\033[0m\n"
	                                     "\033[33mHeartbit: node 10 is unavailable now\033[0m");
	buffer_free(&out);
	dtree_reply_free(reply);
}
