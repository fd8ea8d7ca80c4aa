/* exec over the control socket: whole, in parts, and large. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "control/test/control_fixture.h"
#include "wire/base64.h"
#include "wire/json_write.h"

CONTROL_SUITE(exec, 120);

static char *args(size_t count)
{
	struct buffer b = {0};

	buffer_add_string(&b, "{\"id\":1,\"args\":[\"1\"");
	for (size_t i = 1; i < count; i++)
		buffer_add_string(&b, ",\"1\"");
	buffer_add(&b, "]}", 3);
	return b.data;
}

/* exec_feed of n bytes. */
static char *feed(size_t n, char byte)
{
	struct buffer b = {0};

	buffer_add_string(&b, "{\"stream\":1,\"data\":\"");
	memset(buffer_reserve(&b, n), byte, n);
	buffer_claim(&b, n);
	buffer_add(&b, "\"}", 3);
	return b.data;
}

Test(exec, takes_4096_arguments_and_no_more)
{
	cleanup_free char *most = args(4096);
	cleanup_free char *more = args(4097);

	fake->big = 3;
	peer_call(peer, "exec", most, "{\"id\":1,\"result\":\"xxx\"}");
	peer_fail(peer, "exec", more, -32007, "exec_open");
	peer_fail(peer, "exec_open", more, -32007, "exec_feed");
}

Test(exec, a_stream_joins_its_parts)
{
	peer_call(peer, "exec_open", "{\"id\":1,\"args\":[\"5\",\"a b\"]}",
	          "{\"stream\":1,\"credit\":262137}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"2 3\"}", "{\"credit\":262134}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"0 \\t\\r\\n 400\"}",
	          "{\"credit\":262129}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"\"}", "{\"credit\":262129}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"0\\t-\"}", "{\"credit\":262126}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"5\"}", "{\"credit\":262125}");
	peer_call(peer, "exec_close", "{\"stream\":1}",
	          "{\"id\":1,\"result\":\"[5][a b][2][30][4000][-5]\"}");
	peer_fail(peer, "exec_feed", "{\"stream\":1,\"data\":\"1\"}", -32602, "no stream 1");
	peer_fail(peer, "exec_close", "{\"stream\":1}", -32602, "no stream 1");
	cr_assert_eq(fake->streams, 0);
}

Test(exec, end_arg_keeps_blanks)
{
	peer_call(peer, "exec_open", "{\"id\":1}", "{\"stream\":1,\"credit\":262143}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\" a \",\"end_arg\":false}",
	          "{\"credit\":262140}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"b \",\"end_arg\":true}",
	          "{\"credit\":262137}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"\",\"end_arg\":true}",
	          "{\"credit\":262136}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"\",\"end_arg\":false}",
	          "{\"credit\":262136}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"c\",\"end_arg\":false}",
	          "{\"credit\":262135}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"d e\"}", "{\"credit\":262132}");
	peer_call(peer, "exec_close", "{\"stream\":1}",
	          "{\"id\":1,\"result\":\"[ a b ][][cd][e]\"}");
}

Test(exec, an_empty_stream_has_no_arguments)
{
	peer_call(peer, "exec_open", "{\"id\":1,\"args\":[]}", "{\"stream\":1,\"credit\":262143}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"  \"}", "{\"credit\":262143}");
	peer_call(peer, "exec_close", "{\"stream\":1}", "{\"id\":1,\"result\":null}");
}

Test(exec, more_than_the_credit_is_refused_and_not_taken)
{
	cleanup_free char *most = feed(262143, '7');
	cleanup_free char *over = feed(262144, '7');
	cleanup_free char *blanks = feed(262144, ' ');

	peer_call(peer, "exec_open", "{\"id\":1}", "{\"stream\":1,\"credit\":262143}");
	peer_fail(peer, "exec_feed", over, -32007, "262144 bytes fed, the credit is 262143");
	peer_fail(peer, "exec_feed", blanks, -32007, "LIMIT");
	/* Without credit there is still room to end the argument. */
	peer_call(peer, "exec_feed", most, "{\"credit\":0}");
	peer_fail(peer, "exec_feed", "{\"stream\":1,\"data\":\"1\"}", -32007, "the credit is 0");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data\":\"\"}", "{\"credit\":0}");
	fake->big = 1;
	peer_call(peer, "exec_close", "{\"stream\":1}", "{\"id\":1,\"result\":\"x\"}");
}

Test(exec, first_arguments_over_the_window_are_refused)
{
	cleanup_free char *text = feed(262143, '7');
	cleanup_free char *params =
	    mem_format("{\"id\":1,\"args\":[\"%.262143s\"]}", strchr(text, '7'));

	peer_fail(peer, "exec_open", params, -32007, "262144 bytes");
	cr_assert_eq(fake->asked, 0);
}

Test(exec, feeds_may_be_pipelined_before_they_are_answered)
{
	peer_call(peer, "exec_open", "{\"id\":1}", "{\"stream\":1,\"credit\":262143}");
	fake->hold = true;
	for (int i = 0; i < 3; i++)
		peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"exec_feed\",\"params\":"
		                "{\"stream\":1,\"data\":\"1 \"}}");
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"exec_close\",\"params\":"
	                "{\"stream\":1}}");
	wait_for(fake_waiting(fake) == 4);
	fake_answer_all(fake);
	for (int i = 0; i < 3; i++)
		peer_expect_part(peer, "\"id\":2,\"result\":{\"credit\":");
	peer_expect(
	    peer, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"id\":1,\"result\":\"[1][1][1]\"}}");
}

Test(exec, a_stream_of_input_has_any_bytes)
{
	peer_call(peer, "exec_open", "{\"id\":1,\"args\":[\"a\"],\"stdin\":true}",
	          "{\"stream\":1,\"credit\":262143}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data_base64\":\"AP8=\"}",
	          "{\"credit\":262141}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data_base64\":\"\"}", "{\"credit\":262141}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data_base64\":\"IAo=\"}",
	          "{\"credit\":262139}");
	peer_call(peer, "exec_close", "{\"stream\":1}",
	          "{\"id\":1,\"result_base64\":\"AP8gCg==\"}");
	cr_assert_eq(fake->streams, 0);
}

Test(exec, what_is_no_input_is_refused_and_not_taken)
{
	peer_call(peer, "exec_open", "{\"id\":1,\"stdin\":true}",
	          "{\"stream\":1,\"credit\":262143}");
	peer_fail(peer, "exec_feed", "{\"stream\":1,\"data_base64\":\"AP8\"}", -32602,
	          "stream 1: 'data_base64' is not base64");
	peer_fail(peer, "exec_feed", "{\"stream\":1,\"data_base64\":\"AP9=\"}", -32602,
	          "stream 1: 'data_base64' is not base64");
	peer_fail(peer, "exec_feed", "{\"stream\":1,\"data\":\"a\"}", -32602,
	          "stream 1 takes standard input, which is 'data_base64'");
	peer_fail(peer, "exec_feed", "{\"stream\":1}", -32602, "stream 1 takes standard input");
	peer_fail(peer, "exec_feed", "{\"stream\":1,\"data_base64\":\"\",\"end_arg\":true}", -32602,
	          "stream 1 takes standard input");
	peer_fail(peer, "exec_feed", "{\"stream\":1,\"data_base64\":7}", -32602,
	          "'data_base64' is not a string");
	peer_call(peer, "exec_close", "{\"stream\":1}", "{\"id\":1,\"result\":\"\"}");
	peer_call(peer, "exec_open", "{\"id\":1,\"stdin\":false}",
	          "{\"stream\":2,\"credit\":262143}");
	peer_fail(peer, "exec_feed", "{\"stream\":2,\"data_base64\":\"AP8=\"}", -32602,
	          "stream 2 takes arguments, which are 'data'");
	peer_fail(peer, "exec_feed", "{\"stream\":2}", -32602, "stream 2 takes arguments");
	peer_call(peer, "exec_close", "{\"stream\":2}", "{\"id\":1,\"result\":null}");
}

Test(exec, more_input_than_the_credit_is_refused)
{
	struct buffer most = {0};
	static const char zeros[262143];

	peer_call(peer, "exec_open", "{\"id\":1,\"stdin\":true}",
	          "{\"stream\":1,\"credit\":262143}");
	json_open_object(&most, NULL);
	json_add_int(&most, "stream", 1);
	json_add_base64(&most, "data_base64", zeros, sizeof zeros);
	json_close_object(&most);
	buffer_add(&most, "", 1);
	peer_call(peer, "exec_feed", buffer_bytes(&most), "{\"credit\":0}");
	peer_fail(peer, "exec_feed", "{\"stream\":1,\"data_base64\":\"AA==\"}", -32007,
	          "1 bytes fed, the credit is 0");
	peer_call(peer, "exec_close", "{\"stream\":1,\"abandon\":true}", "{}");
	buffer_free(&most);
}

Test(exec, a_feed_says_that_no_more_is_wanted)
{
	peer_call(peer, "exec_open", "{\"id\":1,\"args\":[\"sated\"],\"stdin\":true}",
	          "{\"stream\":1,\"credit\":262143}");
	peer_call(peer, "exec_feed", "{\"stream\":1,\"data_base64\":\"AA==\"}",
	          "{\"credit\":262142,\"ended\":true}");
	peer_call(peer, "exec_close", "{\"stream\":1,\"abandon\":true}", "{}");
}

Test(exec, a_failed_first_feed_leaves_no_stream)
{
	fake->hold = true;
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec_open\",\"params\":"
	                "{\"id\":1,\"args\":[\"a\"]}}");
	wait_for(fake_waiting(fake) == 1);
	fake->fails = ERR_SERVICE;
	fake_answer(fake);
	fake_answer(fake);
	peer_expect_part(peer, "SERVICE_ERROR");
	fake_answer_all(fake);
	cr_assert_eq(fake->streams, 0);
}

Test(exec, an_unanswered_stream_goes_with_its_client)
{
	struct peer *other = peer_new();

	peer_call(other, "exec_open", "{\"id\":1}", "{\"stream\":1,\"credit\":262143}");
	fake->hold = true;
	peer_send(other, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"exec_feed\",\"params\":"
	                 "{\"stream\":1,\"data\":\"1 \"}}");
	wait_for(fake_waiting(fake) == 1);
	peer_fail(peer, "exec_feed", "{\"stream\":1,\"data\":\"\"}", -32602, "no stream 1");
	peer_free(other);
	wait_for(fake->streams == 0);
	cr_assert_eq(fake_waiting(fake), 0);
}

Test(exec, a_result_of_64_mib_arrives_whole)
{
	cleanup_free char *line = NULL;
	size_t n = (size_t)64 * 1024 * 1024;

	fake->big = n;
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec\",\"params\":"
	                "{\"id\":-2147483648,\"args\":[]}}");
	line = peer_line(peer);
	cr_assert_eq(strlen(line), n + strlen("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"
	                                      "{\"id\":-2147483648,\"result\":\"\"}}"));
}

/* The length of the reply to an exec with a result of so many bytes of that kind. */
static size_t reply_length(size_t n, char filling, const char *member)
{
	cleanup_free char *line = NULL;

	fake->big = n;
	fake->filling = filling;
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec\",\"params\":"
	                "{\"id\":1,\"args\":[]}}");
	line = peer_line(peer);
	cr_assert(strstr(line, member), "%.100s", line);
	return strlen(line) -
	       strlen("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"id\":1,\"\":\"\"}}") -
	       strlen(member);
}

Test(exec, what_would_be_too_long_as_text_travels_as_base64)
{
	size_t half = (size_t)32 * 1024 * 1024;

	cr_assert_eq(reply_length(half, '"', "result"), half * 2);
	cr_assert_eq(reply_length(half + 1, '"', "result_base64"), base64_size(half + 1));
}

Test(exec, what_is_no_text_travels_as_base64)
{
	fake->big = 2;
	fake->filling = '\xff';
	peer_call(peer, "exec", "{\"id\":1,\"args\":[]}", "{\"id\":1,\"result_base64\":\"//8=\"}");
	fake->filling = '\x1b';
	peer_call(peer, "exec", "{\"id\":1,\"args\":[]}",
	          "{\"id\":1,\"result\":\"\\u001b\\u001b\"}");
}

Test(exec, results_that_nobody_reads_are_bounded)
{
	int good = 0;
	int limit = 0;

	fake->hold = true;
	fake->big = (size_t)48 * 1024 * 1024;
	for (int i = 0; i < 8; i++)
		peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"exec\",\"params\":"
		                "{\"id\":1,\"args\":[]}}");
	wait_for(fake_waiting(fake) == 8);
	fake_answer_all(fake);
	for (int i = 0; i < 8; i++) {
		cleanup_free char *line = peer_line(peer);
		good += strlen(line) > fake->big;
		limit += strstr(line, "\"code\":-32007") != NULL;
	}
	cr_assert_eq(good, 5);
	cr_assert_eq(limit, 3);
}
