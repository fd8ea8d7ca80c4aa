/* The table of commands: what each takes and refuses. */
#include "ctl/verbs.h"

#include <criterion/criterion.h>
#include <string.h>

#include "client/internal.h"
#include "ctl/each.h"

TestSuite(verbs, .timeout = 60);

static int parse(const char *line, enum verb_place place, struct order *order, struct error *err)
{
	struct words words;
	int r;

	cr_assert_eq(verb_split(line, strlen(line), &words, err), 0, "%s", line);
	r = verb_parse(&words, place, order, err);
	words_free(&words);
	return r;
}

/* The request that the line makes. */
static void sends(const char *line, const char *wanted)
{
	struct order order;
	struct error err = {0};
	struct buffer out = {0};

	cr_assert_eq(parse(line, PLACE_SHELL, &order, &err), 0, "%s: %s", line, err.text);
	cr_assert_eq(request_write(order.request, 1, &out, NULL), 0);
	dtree_request_free(order.request);
	buffer_add(&out, "", 1);
	cr_assert(strstr(buffer_bytes(&out), wanted), "%s: %s", line, buffer_bytes(&out));
	buffer_free(&out);
}

static void refuses(const char *line, const char *why)
{
	struct order order;
	struct error err = {0};

	cr_assert_eq(parse(line, PLACE_SHELL, &order, &err), -1, "%s", line);
	cr_assert_eq(err.code, ERR_PARAMS);
	cr_assert(strstr(err.text, why), "%s: %s", line, err.text);
	cr_assert_null(order.request);
}

Test(verbs, commands_make_their_requests)
{
	sends("create 10", "\"method\":\"create\",\"params\":{\"id\":10}");
	sends("create -5 -1", "\"params\":{\"id\":-5,\"parent\":-1}");
	sends("create 10 --service dict 5",
	      "\"params\":{\"id\":10,\"parent\":5,\"service\":\"dict\"}");
	sends("create --service=dict 10", "\"params\":{\"id\":10,\"service\":\"dict\"}");
	sends("ping 0", "\"method\":\"ping\",\"params\":{\"id\":0}");
	sends("pingall", "\"method\":\"pingall\"");
	sends("heartbit 200", "\"method\":\"heartbeat\",\"params\":{\"interval_ms\":200}");
	sends("heartbeat 86400000", "\"interval_ms\":86400000");
	sends("kill 2147483647", "\"method\":\"kill\",\"params\":{\"id\":2147483647}");
	sends("remove -5", "\"method\":\"kill\",\"params\":{\"id\":-5}");
	sends("status", "\"method\":\"status\"");
	sends("call ping {\"id\": 1}", "\"method\":\"ping\",\"params\":{\"id\": 1}");
}

Test(verbs, change_takes_a_node_and_what_is_to_be)
{
	sends("change 10 --restart no", "\"params\":{\"id\":10,\"restart\":\"no\"}");
	sends("change --name=x @y --group g",
	      "\"params\":{\"id\":\"@y\",\"name\":\"x\",\"group\":\"g\"}");
	sends("change 10 --name= --group=", "\"params\":{\"id\":10,\"name\":\"\",\"group\":\"\"}");
	sends("change 10 --on-hang= --hang-timeout=",
	      "\"params\":{\"id\":10,\"on_hang\":\"\",\"hang_timeout_ms\":0}");
	sends("create 10 --hang-timeout 200 --on-hang restart",
	      "\"params\":{\"id\":10,\"on_hang\":\"restart\",\"hang_timeout_ms\":200}");
	refuses("create 10 --hang-timeout 0",
	        "--hang-timeout '0' is not an integer from 1 to 86400000");
	sends("change 10 --parent -1", "\"params\":{\"id\":10,\"parent\":-1}");
	sends("change 10 --parent=@y --name z",
	      "\"params\":{\"id\":10,\"parent\":\"@y\",\"name\":\"z\"}");
	refuses("change 10 --parent=", "parent");
	refuses("change 10 --parent 5x", "5x");
	refuses("change", "usage: change ID");
	refuses("change 10", "usage: change ID");
	refuses("change --name x", "usage: change ID");
	refuses("change 10 11 --name x", "usage: change ID");
	refuses("change 10 --name x --name y", "usage: change ID");
	refuses("change 10 --service dict", "usage: change ID");
	refuses("change 1x --name y", "1x");
}

Test(verbs, exec_at_many_nodes_is_a_form_of_its_own)
{
	sends("exec --all 2 3 4",
	      "\"method\":\"exec_all\",\"params\":{\"args\":[\"2\",\"3\",\"4\"]}");
	sends("exec --all", "\"params\":{\"args\":[]}");
	sends("exec --subtree -5 --reduce sum a --all",
	      "\"params\":{\"subtree\":-5,\"reduce\":\"sum\",\"args\":[\"a\",\"--all\"]}");
	sends("exec --reduce=max --subtree=7 -- --x",
	      "\"params\":{\"subtree\":7,\"reduce\":\"max\",\"args\":[\"--x\"]}");
	refuses("exec --subtree 5x 1", "5x");
	refuses("exec --subtree", "usage: exec --all|--subtree ID");
	refuses("exec --all --subtree 5", "usage");
	refuses("exec --all --all", "usage");
	refuses("exec --all=5", "usage: exec --all|--subtree ID");
	refuses("exec --json 5", "usage: exec [--stdin]");
	refuses("exec -- 5", "usage: exec [--stdin]");
	refuses("exec --reduce sum 1 5", "usage");
	refuses("exec --other 1 5", "usage");
}

Test(verbs, an_option_that_is_none_is_told_the_right_one)
{
	refuses("create 10 --servce x",
	        "no option '--servce'; did you mean --service? usage: create");
	refuses("stop 10 --sub", "did you mean --subtree?");
	refuses("change 10 --restat=no", "no option '--restat=no'; did you mean --restart?");
	refuses("create 10 --colour x", "usage: create");
}

/* The command that help is about. */
static void helps(const char *line, const char *topic)
{
	struct order order;
	struct error err;

	cr_assert_eq(parse(line, PLACE_SHELL, &order, &err), 0, "%s: %s", line, err.text);
	cr_assert_eq(order.verb->kind, VERB_HELP, "%s", line);
	cr_assert_str_eq(order.topic->name, topic);
}

Test(verbs, a_word_asks_for_help_where_it_is_no_argument)
{
	struct order order;
	struct error err;

	helps("kill -h", "kill");
	helps("create 10 --service sum --help", "create");
	helps("exec --help", "exec");
	cr_assert_eq(parse("exec 10 --help", PLACE_SHELL, &order, &err), 0);
	cr_assert_eq(order.verb->kind, VERB_EXEC);
	refuses("stop -- --help", "usage");
}

Test(verbs, logs_takes_its_options_anywhere)
{
	sends("logs 10", "\"method\":\"logs\",\"params\":{\"id\":10}");
	sends("logs -n 5 -7", "\"params\":{\"id\":-7,\"lines\":5}");
	sends("logs 10 -n0", "\"params\":{\"id\":10,\"lines\":0}");
	sends("logs --lines=3 10 -f", "\"params\":{\"id\":10,\"lines\":3}");
	sends("logs -f 10", "\"params\":{\"id\":10,\"lines\":10}");
	sends("logs --follow --since @5 10", "\"params\":{\"id\":10,\"since_ms\":5000}");
	sends("logs 10 -n 4 --since=1970-01-01Z",
	      "\"params\":{\"id\":10,\"lines\":4,\"since_ms\":0}");
	refuses("logs", "usage: logs ID");
	refuses("logs -f", "usage");
	refuses("logs 10 11", "usage");
	refuses("logs 10 -n", "usage");
	refuses("logs 10 -n 1 -n 2", "usage");
	refuses("logs 10 --since", "usage");
	refuses("logs 10 --tail 5", "usage");
	refuses("logs 10 -n 5x", "number of lines");
	refuses("logs 10 -n -1", "number of lines");
	refuses("logs 10 --since soon", "'soon' is no time");
	refuses("logs 5x", "5x");
}

Test(verbs, each_word_of_some_is_a_request_of_its_own)
{
	static const struct word words[] = {{"10", 2}, {"5x", 2}, {"-7", 2}};
	static const char *const wanted[] = {"{\"id\":10}", NULL, "{\"id\":-7}"};
	struct order order;
	struct error err = {0};

	cr_assert_eq(parse("start 10 5x -7", PLACE_SHELL, &order, &err), 0, "%s", err.text);
	cr_assert_eq(order.verb->kind, VERB_EACH);
	cr_assert_null(order.request);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct order one;
		struct buffer out = {0};
		struct word word = words[i];
		int rc = verb_parse_each(order.verb, &(struct words){&word, 1}, &one, &err);
		cr_assert_eq(rc, wanted[i] ? 0 : -1, "%zu", i);
		if (!wanted[i]) {
			cr_assert_null(one.request);
			continue;
		}
		cr_assert_eq(request_write(one.request, 1, &out, NULL), 0);
		dtree_request_free(one.request);
		buffer_add(&out, "", 1);
		cr_assert(strstr(buffer_bytes(&out), "\"method\":\"start\""));
		cr_assert(strstr(buffer_bytes(&out), wanted[i]), "%s", buffer_bytes(&out));
		buffer_free(&out);
	}
}

/* The request for the first id of a command that is done for each. */
static void sends_each(const char *line, const char *wanted)
{
	struct words words;
	struct order order;
	struct order one;
	struct each each;
	struct error err = {0};
	struct buffer out = {0};

	cr_assert_eq(verb_split(line, strlen(line), &words, &err), 0);
	cr_assert_eq(verb_parse(&words, PLACE_SHELL, &order, &err), 0, "%s: %s", line, err.text);
	cr_assert_eq(order.verb->kind, VERB_EACH, "%s", line);
	each_split(&(struct words){words.items + 1, words.count - 1}, &each);
	cr_assert_eq(verb_parse_each(order.verb, each_with(&each, &each.ids.items[0]), &one, &err),
	             0, "%s: %s", line, err.text);
	cr_assert_eq(request_write(one.request, 1, &out, NULL), 0);
	dtree_request_free(one.request);
	buffer_add(&out, "", 1);
	cr_assert(strstr(buffer_bytes(&out), wanted), "%s: %s", line, buffer_bytes(&out));
	buffer_free(&out);
	each_free(&each);
	words_free(&words);
}

Test(verbs, an_option_chooses_the_form_of_an_order)
{
	sends_each("restart 10", "\"method\":\"restart\",\"params\":{\"id\":10}");
	sends_each("restart 10 11 --subtree",
	           "\"method\":\"restart_all\",\"params\":{\"subtree\":10}");
	sends_each("stop --subtree --at-once 2 @a",
	           "\"method\":\"stop_all\",\"params\":{\"subtree\":\"@a\",\"at_once\":2}");
	sends("start --all", "\"method\":\"start_all\"");
	sends("restart --at-once=64 --all",
	      "\"method\":\"restart_all\",\"params\":{\"at_once\":64}");
	refuses("restart", "usage: restart ID...");
	refuses("restart --subtree", "usage: restart ID... --subtree");
	refuses("restart 10 --force", "usage");
	refuses("restart 10 --at-once 2", "usage");
	refuses("restart --all 10", "usage: restart --all");
	refuses("restart --all --all", "usage");
	refuses("restart --all --at-once", "usage");
	refuses("restart --all --at-once 65", "--at-once '65'");
	refuses("restart 10 --subtree --at-once 0", "--at-once '0'");
}

Test(verbs, a_report_is_json_by_an_option_too)
{
	struct order order;
	struct error err;

	sends("slow --json", "\"method\":\"slow\"");
	sends("diagnose --json", "\"method\":\"diagnose\"");
	sends("diagnose --json 10", "\"method\":\"diagnose\",\"params\":{\"id\":10}");
	sends("diagnose @a --json", "\"method\":\"diagnose\",\"params\":{\"id\":\"@a\"}");
	cr_assert_eq(parse("diagnose 10 --json", PLACE_ONCE, &order, &err), 0);
	cr_assert_null(order.verb->render);
	dtree_request_free(order.request);
	refuses("slow 10", "usage: slow");
	refuses("slow --json --json", "usage: slow --json");
	refuses("diagnose 10 11 --json", "usage: diagnose [ID] --json");
	refuses("diagnose --json --json", "id '--json'");
}

Test(verbs, wait_has_options_for_all_its_ids)
{
	struct order order;
	struct error err;

	sends_each("wait 10", "\"method\":\"wait\",\"params\":{\"id\":10}");
	sends_each("wait 10 --for dead 11 --timeout 1.5",
	           "\"params\":{\"id\":10,\"for\":\"dead\",\"timeout_ms\":1500}");
	cr_assert_eq(parse("wait 10 --timeout 90", PLACE_ONCE, &order, &err), 0);
	cr_assert(!order.patient);
	cr_assert_eq(order.exec.timeout_ms, 90000);
	cr_assert_eq(parse("wait 10", PLACE_ONCE, &order, &err), 0);
	cr_assert(order.patient);
	refuses("wait", "usage: wait ID...");
	refuses("wait --for dead", "usage");
	refuses("wait 10 --for", "usage");
	refuses("wait 10 --for dead --for dead", "usage");
	refuses("wait 10 --timeout 0", "wait --timeout takes seconds");
}

Test(verbs, wrong_usage_is_refused)
{
	refuses("create", "usage: create");
	refuses("create 5x", "5x");
	refuses("create -1", "controller");
	refuses("create 1 2 3", "usage");
	refuses("create 1 --service", "usage");
	refuses("create 1 --other x", "usage");
	refuses("ping", "usage: ping ID");
	refuses("ping 01", "leading zero");
	refuses("ping 4294967306", "32 bits");
	refuses("pingall 1", "usage");
	refuses("start", "usage: start ID...");
	refuses("stop", "usage: stop ID...");
	refuses("restart", "usage: restart ID...");
	refuses("heartbit", "usage");
	refuses("heartbit 0", "interval");
	refuses("heartbit -5", "interval");
	refuses("heartbit 1.5", "interval");
	refuses("heartbit 86400001", "interval");
	refuses("exec", "usage");
	refuses("exec 0x10 1", "0x10");
	refuses("call", "usage");
	refuses("%s%n", "unknown command '%s%n'");
}

Test(verbs, a_wrong_value_is_told_from_wrong_usage)
{
	static const char *const misused[] = {"none", "ping", "ping 1 2", "create 1 --other x",
	                                      "exit"};
	static const char *const values[] = {"ping 5x", "create 1 5x", "exec -1", "heartbit 0"};
	struct order order;
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(misused); i++) {
		cr_assert_eq(parse(misused[i], PLACE_ONCE, &order, &err), -1, "%s", misused[i]);
		cr_assert(order.misused, "%s", misused[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		cr_assert_eq(parse(values[i], PLACE_ONCE, &order, &err), -1, "%s", values[i]);
		cr_assert_not(order.misused, "%s", values[i]);
	}
}

Test(verbs, places_are_kept_apart)
{
	struct order order;
	struct error err;

	refuses("shell", "outside the shell only");
	refuses("events", "outside the shell only");
	cr_assert_eq(parse("exit", PLACE_ONCE, &order, &err), -1);
	cr_assert_eq(parse("exit", PLACE_SHELL, &order, &err), 0);
	cr_assert_eq(order.verb->kind, VERB_EXIT);
}

Test(verbs, exec_keeps_its_arguments_in_one_word)
{
	struct words words;
	struct error err;
	const char *line = "exec 10 3  1 2 3";

	cr_assert_eq(verb_split(line, strlen(line), &words, &err), 0);
	cr_assert_eq(words.count, 3);
	cr_assert(word_is(&words.items[2], "3  1 2 3"));
	words_free(&words);
}

Test(verbs, names_are_unique)
{
	size_t first = 0;

	for (size_t i = 0; verb_at(i); i++) {
		struct word name = {verb_at(i)->name, strlen(verb_at(i)->name)};
		/* Other forms of a command follow it in the table. */
		first = verb_at(i)->options ? first : i;
		cr_assert_eq(verb_find(&name), verb_at(first));
		if (!verb_at(i)->alias)
			continue;
		name = (struct word){verb_at(i)->alias, strlen(verb_at(i)->alias)};
		cr_assert_eq(verb_find(&name), verb_at(i));
	}
}

/* The node, where the arguments begin, and the options, of an exec of one node. */
static struct order execs(const char *line, enum verb_place place, size_t words)
{
	struct order order;
	struct words split;
	struct error err = {0};

	cr_assert_eq(verb_split(line, strlen(line), &split, &err), 0, "%s", line);
	cr_assert_eq(split.count, words, "%s: %zu", line, split.count);
	cr_assert_eq(verb_parse(&split, place, &order, &err), 0, "%s: %s", line, err.text);
	cr_assert_eq(order.verb->kind, VERB_EXEC, "%s", line);
	cr_assert_eq(order.id, 10, "%s", line);
	words_free(&split);
	return order;
}

Test(verbs, options_of_an_exec_stand_before_its_node_or_behind_it)
{
	struct order o;

	o = execs("exec 10 a b  c", PLACE_SHELL, 3);
	cr_assert_eq(o.rest, 2);
	cr_assert(!o.exec.raw);
	o = execs("exec --raw 10 --stdin a b", PLACE_ONCE, 5);
	cr_assert_eq(o.rest, 4);
	cr_assert(o.exec.raw && o.exec.input);
	o = execs("exec 10 --raw", PLACE_ONCE, 3);
	cr_assert_eq(o.rest, 3);
	cr_assert(o.exec.raw && !o.exec.input);
	o = execs("exec 10 a --raw", PLACE_SHELL, 3);
	cr_assert_eq(o.rest, 2);
	cr_assert(!o.exec.raw);
	o = execs("exec 10 -- --raw a", PLACE_SHELL, 4);
	cr_assert_eq(o.rest, 3);
	cr_assert(!o.exec.raw);
	o = execs("exec 10 --other", PLACE_SHELL, 3);
	cr_assert_eq(o.rest, 2);
}

Test(verbs, options_of_an_exec_are_for_one_node_outside_the_shell)
{
	refuses("exec --raw 10", "exec --raw works outside the shell only");
	refuses("exec 10 --stdin a", "exec --stdin works outside the shell only");
	refuses("exec --raw --all 5", "usage: exec --all|--subtree ID");
	refuses("exec --raw", "usage: exec");
	refuses("exec --raw 5x", "5x");
}

/* Like execs(), of one that names no id. */
static struct order execs_named(const char *line, size_t words)
{
	struct words split;
	struct order order;
	struct error err;

	cr_assert_eq(verb_split(line, strlen(line), &split, &err), 0, "%s", line);
	cr_assert_eq(verb_parse(&split, PLACE_SHELL, &order, &err), 0, "%s: %s", line, err.text);
	cr_assert_eq(order.verb->kind, VERB_EXEC, "%s", line);
	cr_assert_eq(split.count, words, "%s", line);
	words_free(&split);
	return order;
}

Test(verbs, an_exec_may_name_its_node_or_a_group)
{
	struct order o;

	o = execs_named("exec @worker-1 a b", 3);
	cr_assert_str_eq(o.exec.name, "worker-1");
	cr_assert_eq(o.rest, 2);
	o = execs_named("exec --any workers a b  c", 4);
	cr_assert_str_eq(o.exec.any, "workers");
	cr_assert_str_eq(o.exec.name, "");
	cr_assert_eq(o.rest, 3);
	o = execs_named("exec --any=workers", 2);
	cr_assert_str_eq(o.exec.any, "workers");
	cr_assert_eq(o.rest, 2);
	o = execs_named("exec --any workers -- --all a", 5);
	cr_assert_eq(o.rest, 4);
	refuses("exec --any", "usage: exec");
	refuses("exec --any workers --all", "usage: exec");
	refuses("exec 10 --any workers", "usage: exec");
	refuses("exec @w --any workers", "usage: exec");
	refuses("exec @", "name '' is empty");
	refuses("exec --any= a", "group '' is empty");
	refuses(
	    "exec @aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1",
	    "too long");
	refuses("ping", "usage: ping");
	refuses("create @a", "id '@a'");
}

Test(verbs, an_exec_may_have_its_own_time)
{
	struct order o;

	o = execs("exec --timeout 2.5 10 a b", PLACE_SHELL, 5);
	cr_assert_eq(o.rest, 4);
	cr_assert_eq(o.exec.timeout_ms, 2500);
	cr_assert(!o.exec.unordered);
	o = execs("exec 10 --timeout=0.001 --unordered a", PLACE_ONCE, 5);
	cr_assert_eq(o.exec.timeout_ms, 1);
	cr_assert(o.exec.unordered);
	refuses("exec --timeout 0 10", "exec --timeout takes seconds, from 0.001 to 86400");
	refuses("exec --timeout 10", "usage: exec");
	refuses("exec --timeout 86401 10", "exec --timeout takes seconds");
	refuses("exec --all --timeout 1s", "exec --timeout takes seconds");
	refuses("exec --all --unordered", "usage: exec");
}
