#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine_fixture.h"

#define ARGS(...)    ((const char *const[]){__VA_ARGS__, NULL})
#define KEYS(...)    ((const char *const[]){__VA_ARGS__, NULL})
#define PYTHON(code) "python3 -c '" HEAD code "'"
/* m is each message; say() writes one. */
#define HEAD \
	"import json, sys\\n" \
	"def say(**m): print(json.dumps(m), flush=True)\\n" \
	"def lines():\\n" \
	"    for line in sys.stdin: yield json.loads(line)\\n"

TestSuite(json_rpc, .init = engine_set_up, .fini = engine_tear_down, .timeout = 60);

Test(json_rpc, arguments_and_results)
{
	engine_begin("json", KEYS("command", PYTHON("for m in lines(): say(id=m[\"id\"], "
	                                            "result=m[\"params\"][\"args\"])")));
	engine_put(1, 0, ARGS("a", "\"b\""));
	engine_expect(1, ANSWER_DONE, "[\"a\",\"\\\"b\\\"\"]");
}

Test(json_rpc, its_traceparent_stands_beside_the_params)
{
	engine_begin("json", KEYS("command", PYTHON("for m in lines(): say(id=m[\"id\"], "
	                                            "result=m.get(\"traceparent\"))")));
	engine_put_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
	engine_put(1, 0, ARGS("a"));
	engine_put(2, 0, ARGS("a"));
	engine_expect(1, ANSWER_DONE, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
	engine_expect(2, ANSWER_DONE, NULL);
}

Test(json_rpc, a_string_is_its_text_and_null_is_none)
{
	engine_begin("json",
	             KEYS("command", PYTHON("for m in lines(): say(id=m[\"id\"], "
	                                    "result=\"x\" if m[\"params\"][\"args\"] else None)")));
	engine_put(1, 0, ARGS("a"));
	engine_put(2, 0, (const char *const[]){NULL});
	engine_expect(1, ANSWER_DONE, "x");
	engine_expect(2, ANSWER_DONE, NULL);
}

Test(json_rpc, an_error_is_a_refusal)
{
	engine_begin("json", KEYS("command", PYTHON("for m in lines(): say(id=m[\"id\"], "
	                                            "error=dict(code=5, message=\"no\"))")));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_REFUSED, "no");
	engine_expect_detail(1, "{\"code\":5}");
}

#define ANSWERS_WITH(error) \
	KEYS("command", PYTHON("for m in lines(): say(id=m[\"id\"], error=" error ")"))

Test(json_rpc, the_data_of_an_error_is_kept)
{
	engine_begin("json",
	             ANSWERS_WITH("dict(code=-3, message=\"no\", data=[1, {\"a\": None}])"));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_REFUSED, "no");
	engine_expect_detail(1, "{\"code\":-3,\"data\":[1,{\"a\":null}]}");
}

Test(json_rpc, an_error_without_a_good_code_has_none)
{
	engine_begin("json", ANSWERS_WITH("dict(code=\"x\", message=\"no\")"));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_REFUSED, "no");
	engine_expect_detail(1, NULL);
}

Test(json_rpc, data_that_is_too_large_is_dropped_and_that_is_said)
{
	engine_begin("json", ANSWERS_WITH("dict(code=1, message=\"no\", data=\"x\" * "
	                                  "int(m[\"params\"][\"args\"][0]))"));
	engine_put(1, 0, ARGS("65000"));
	engine_put(2, 0, ARGS("66000"));
	engine_await(1);
	cr_assert_gt(strlen(given[1].detail), 65000);
	engine_expect_detail(2, "{\"code\":1,\"data_dropped\":true}");
}

/* In a reply it stands in three objects, and in the array of a batch. */
Test(json_rpc, data_that_is_too_deep_for_a_reply_is_dropped)
{
	engine_begin("json", ANSWERS_WITH("dict(code=1, message=\"no\", data=json.loads("
	                                  "\"[\" * int(m[\"params\"][\"args\"][0]) + "
	                                  "\"]\" * int(m[\"params\"][\"args\"][0])))"));
	engine_put(1, 0, ARGS("2"));
	engine_put(2, 0, ARGS("28"));
	engine_put(3, 0, ARGS("29"));
	engine_expect_detail(1, "{\"code\":1,\"data\":[[]]}");
	engine_await(2);
	cr_assert(strstr(given[2].detail, "\"data\""), "%s", given[2].detail);
	engine_expect_detail(3, "{\"code\":1,\"data_dropped\":true}");
}

Test(json_rpc, answers_in_any_order)
{
	engine_begin("json", KEYS("command",
	                          PYTHON("all = lines()\\n"
	                                 "a = next(all)\\n"
	                                 "b = next(all)\\n"
	                                 "say(id=b[\"id\"], result=\"b\")\\n"
	                                 "say(id=a[\"id\"], result=\"a\")\\n"
	                                 "next(all)"),
	                          "concurrency", "2"));
	engine_put(1, 0, ARGS("a"));
	engine_put(2, 0, ARGS("b"));
	engine_expect(2, ANSWER_DONE, "b");
	engine_expect(1, ANSWER_DONE, "a");
}

Test(json_rpc, an_answer_twice_or_to_nothing_is_dropped)
{
	engine_begin("json", KEYS("command", PYTHON("for m in lines():\\n"
	                                            "    say(id=m[\"id\"], result=\"a\")\\n"
	                                            "    say(id=m[\"id\"], result=\"b\")\\n"
	                                            "    say(id=999, result=\"c\")")));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_DONE, "a");
	engine_put(2, 0, ARGS("a"));
	engine_expect(2, ANSWER_DONE, "a");
}

Test(json_rpc, its_own_requests_are_answered)
{
	engine_begin("json", KEYS("command", PYTHON("all = lines()\\n"
	                                            "say(id=\"p\", method=\"ping\")\\n"
	                                            "say(id=8, method=\"other\")\\n"
	                                            "got = [next(all) for i in range(3)]\\n"
	                                            "m = [x for x in got if \"method\" in x][0]\\n"
	                                            "say(id=m[\"id\"], result=[x for x in got if "
	                                            "not \"method\" in x])\\n"
	                                            "next(all)")));
	engine_put(1, 0, ARGS("a"));
	engine_await(1);
	cr_assert(strstr(given[1].text, "{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"result\":{}}"), "%s",
	          given[1].text);
	cr_assert(strstr(given[1].text, "-32601"), "%s", given[1].text);
}

Test(json_rpc, greetings_are_waited_for_one_after_the_other)
{
	engine_begin("json",
	             KEYS("command",
	                  PYTHON("all = lines()\\n"
	                         "a = next(all)\\n"
	                         "say(id=a[\"id\"], result=1)\\n"
	                         "b = next(all)\\n"
	                         "m = next(all)\\n"
	                         "say(id=m[\"id\"], result=[a[\"method\"], b[\"method\"]])\\n"
	                         "next(all)"),
	                  "hello", "{\"id\": \"h\", \"method\": \"initialize\"}", "hello",
	                  "{\"method\": \"initialized\"}"));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_DONE, "[\"initialize\",\"initialized\"]");
}

Test(json_rpc, its_own_methods)
{
	engine_begin("json", KEYS("command",
	                          PYTHON("for m in lines(): say(id=m[\"id\"], "
	                                 "result=[m[\"method\"], m.get(\"params\")])"),
	                          "method", "first"));
	engine_put(1, 0, ARGS("tools/list"));
	engine_expect(1, ANSWER_DONE, "[\"tools/list\",null]");
	engine_put(2, 0, ARGS("add", " {\"a\": 1}"));
	engine_expect(2, ANSWER_DONE, "[\"add\",{\"a\":1}]");
	engine_put(3, 0, ARGS("add", "7"));
	engine_expect(3, ANSWER_NOT_RUN, "params are an object or an array");
	engine_put(4, 0, ARGS("add", "{"));
	engine_await(4);
	cr_assert_eq(given[4].kind, ANSWER_NOT_RUN);
}

/* The second is sent once the first has been read, though not answered. */
Test(json_rpc, a_large_request_holds_up_the_next_only_until_it_is_read)
{
	cleanup_free char *large = mem_new(1500001);

	memset(large, 'x', 1500000);
	engine_begin("json", KEYS("command",
	                          PYTHON("all = lines()\\n"
	                                 "a = next(all)\\n"
	                                 "b = next(all)\\n"
	                                 "say(id=b[\"id\"], result=\"b\")\\n"
	                                 "say(id=a[\"id\"], result=\"a\")\\n"
	                                 "next(all)"),
	                          "concurrency", "2"));
	engine_put(1, 0, ARGS(large));
	engine_put(2, 0, ARGS("b"));
	engine_expect(2, ANSWER_DONE, "b");
	engine_expect(1, ANSWER_DONE, "a");
}

Test(json_rpc, one_that_asks_and_does_not_read_is_ended)
{
	engine_begin("json", KEYS("command", PYTHON("next(lines())\\n"
	                                            "while True: say(id=1, method=\"ping\")")));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_UNKNOWN, "the program does not read what it is sent");
}

Test(json_rpc, headers_instead_of_lines)
{
	engine_begin("json", KEYS("command",
	                          "python3 -c 'import json, sys\\n"
	                          "while True:\\n"
	                          "    n = int(sys.stdin.buffer.readline().split()[1])\\n"
	                          "    sys.stdin.buffer.readline()\\n"
	                          "    m = json.loads(sys.stdin.buffer.read(n))\\n"
	                          "    t = json.dumps(dict(id=m[\"id\"], result=\"fine\"))\\n"
	                          "    sys.stdout.write(\"Content-Type: x\\\\r\\\\ncontent-length: "
	                          "%d\\\\r\\\\n\\\\r\\\\n%s\" % (len(t), t))\\n"
	                          "    sys.stdout.flush()'",
	                          "framing", "headers"));
	engine_put(1, 0, ARGS("a"));
	engine_put(2, 0, ARGS("a"));
	engine_expect(1, ANSWER_DONE, "fine");
	engine_expect(2, ANSWER_DONE, "fine");
}

Test(json_rpc, what_is_no_message_ends_the_program)
{
	engine_begin("json", KEYS("command", PYTHON("for m in lines(): print(\"Traceback\", "
	                                            "flush=True)")));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_UNKNOWN, "the program said what is no JSON-RPC message: Traceback");
}

Test(json_rpc, past_its_deadline_it_is_cancelled_and_a_late_answer_is_dropped)
{
	engine_begin("json", KEYS("command", PYTHON("all = lines()\\n"
	                                            "a = next(all)\\n"
	                                            "c = next(all)\\n"
	                                            "say(id=a[\"id\"], result=\"late\")\\n"
	                                            "b = next(all)\\n"
	                                            "say(id=b[\"id\"], result=c)\\n"
	                                            "next(all)")));
	engine_put(1, 100, ARGS("a"));
	engine_expect(1, ANSWER_UNKNOWN, "it did not answer in time");
	engine_put(2, 0, ARGS("b"));
	engine_await(2);
	cr_assert(strstr(given[2].text, "\"method\":\"cancel\""), "%s", given[2].text);
}

Test(json_rpc, a_foreign_server_is_told_the_id_by_both_names)
{
	engine_begin("json", KEYS("command",
	                          PYTHON("all = lines()\\n"
	                                 "a = next(all)\\n"
	                                 "c = next(all)\\n"
	                                 "b = next(all)\\n"
	                                 "say(id=b[\"id\"], result=c)\\n"
	                                 "next(all)"),
	                          "method", "first", "cancel-method", "notifications/cancelled"));
	engine_put(1, 100, ARGS("a"));
	engine_expect(1, ANSWER_UNKNOWN, "it did not answer in time");
	engine_put(2, 0, ARGS("b"));
	engine_expect(2, ANSWER_DONE,
	              "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
	              "\"params\":{\"id\":1,\"requestId\":1}}");
}

#define SAYS(words) \
	KEYS("command", PYTHON("for m in lines():\\n" \
	                       "    i = m[\"id\"]\\n" words "\\n" \
	                       "    say(id=i, result=\"done\")"))

Test(json_rpc, how_far_a_call_has_come_is_told)
{
	engine_begin("json",
	             SAYS("    say(method=\"progress\", params=dict(id=i, done=1.5, total=10, "
	                  "text=\"half\", more=1))"));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_DONE, "done");
	cr_assert_str_eq(given[1].progress, "{\"done\":1.5,\"total\":10,\"text\":\"half\"}");
}

Test(json_rpc, what_is_no_progress_is_dropped)
{
	engine_begin("json",
	             SAYS("    for p in [dict(id=i), dict(id=i, done=-1), dict(id=i, done=\"x\"), "
	                  "dict(id=99, done=1), dict(done=1), dict(id=i, done=1, total=-2), "
	                  "dict(id=i, done=1, text=7), 5]: say(method=\"progress\", params=p)"));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_DONE, "done");
	cr_assert_null(given[1].progress);
}

Test(json_rpc, progress_is_told_now_and_then_and_the_last_of_it_counts)
{
	engine_begin("json", SAYS("    for n in range(20000): say(method=\"progress\", "
	                          "params=dict(id=i, done=n))\\n"
	                          "    import time\\n"
	                          "    time.sleep(0.2)"));
	engine_put(1, 0, ARGS("a"));
	engine_expect(1, ANSWER_DONE, "done");
	cr_assert_str_eq(given[1].progress, "{\"done\":19999}");
	cr_assert_lt(given[1].progresses, 1000);
}
